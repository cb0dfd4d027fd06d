/** Which of a network's inputs are codes that numbers are learned for. */
import { type FittedColumn, type FittedTraining, inputsOf, slotsOf } from './fitted.js';

/** A column that is embedded: which input it is, how many codes it has, how many numbers each becomes. */
export interface Embedded extends FittedTraining {
  readonly at: number;
  readonly codes: number;
  readonly size: number;
}

/** The embedded columns by their names; undefined where there are none. */
export function embeddedOf(
  columns: readonly FittedColumn[] = [],
): Readonly<Record<string, Embedded>> | undefined {
  const found: [string, Embedded][] = [];
  let at = 0;
  for (const column of columns) {
    if (column.type === 'category' && column.encode.name === 'embed') {
      const { name: _, ...own } = column.encode;
      found.push([column.name, { at, codes: column.codes, ...own }]);
    }
    at += inputsOf(slotsOf(column));
  }
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
