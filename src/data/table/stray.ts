/** Texts that keep a column from being one of numbers: a typing error among thousands of figures, or a word for "missing". */
import { numberOf } from '../../preprocess/cells.js';
import type { Column } from './column.js';

/** Of fewer different values nobody can tell what was meant. */
const FEWEST = 4;
/** The largest share of the different values that are strays, and not the column's own kind. */
const MOST = 0.05;

export interface Stray {
  readonly text: string;
  /** The first row that has it. */
  readonly row: number;
  /** Different ones in all. */
  readonly count: number;
}

/** The first stray text of a column of categories whose other values are numbers; undefined where it has none. */
export function strayOf(column: Column | undefined, point: '.' | ',' = '.'): Stray | undefined {
  if (column?.type !== 'category' || column.names.length < FEWEST) return undefined;
  const { names, codes } = column;
  const most = Math.max(1, MOST * names.length);
  const odd: number[] = [];
  for (const [code, name] of names.entries()) {
    if (!Number.isNaN(numberOf(name, point))) continue;
    // 01234 and digits that no number holds are names, and so are the others then.
    if (/^\d+$/.test(name) || odd.push(code) > most) return undefined;
  }
  if (odd.length === 0) return undefined;
  return { text: names[odd[0]], row: codes.indexOf(odd[0]), count: odd.length };
}
