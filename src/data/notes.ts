/** What somebody should know of data before a run learns from them: a line each. Nothing here is an error. */
import { quoted, shortened } from '../errors.js';
import type { FittedColumn } from '../preprocess/fitted.js';
import type { Split } from './source.js';
import { isMissing, type NumberColumn, type Table } from './table/column.js';
import { strayOf } from './table/stray.js';

/** More are counted. */
const MOST_NAMED = 5;
/** To find a row's place its file may have to be read once more. */
const MOST_STRAYS = 3;

const some = (all: readonly string[]) =>
  all.length > MOST_NAMED
    ? `${all.slice(0, MOST_NAMED).join(', ')} and ${all.length - MOST_NAMED} more`
    : all.join(', ');

/**
 * Classes that no training row has, which nothing can be learned of.
 * @param of whose classes, in words
 * @param classOf the class of a row of the split
 */
export function unlearned(
  of: string,
  names: readonly string[],
  classOf: (row: number) => number,
  { train, validation, test }: Split,
): string[] {
  const counted = (rows: Uint32Array) => {
    const counts = new Uint32Array(names.length);
    for (const row of rows) counts[classOf(row)]++;
    return counts;
  };
  const learned = counted(train);
  const lacking = names.flatMap((name, code) => (learned[code] === 0 ? [[name, code] as const] : []));
  if (lacking.length === 0) return [];
  const parts = [
    ['validation', counted(validation)],
    ['test', counted(test)],
  ] as const;
  const each = lacking.map(([name, code]) => {
    const has = parts
      .filter(([, counts]) => counts[code] > 0)
      .map(([part, counts]) => `${counts[code]} ${part} ${counts[code] === 1 ? 'row' : 'rows'}`);
    return `${quoted(shortened(name, 40))} (${has.length > 0 ? has.join(', ') : 'nor has any other row'})`;
  });
  return [
    `no training row has ${lacking.length === 1 ? 'the class' : 'the classes'} ${some(each)} of ${of}, so that nothing is learned of ` +
      `${lacking.length === 1 ? 'it' : 'them'}; stratify the split, or leave such rows out`,
  ];
}

/** Inputs that are the same in every training row. */
export function constants(table: Table, columns: readonly FittedColumn[], train: Uint32Array): string[] {
  const same = columns.filter((fitted) => isConstant(table, fitted, train)).map(({ name }) => name);
  if (same.length === 0 || train.length < 2) return [];
  return [
    `${same.length === 1 ? 'the column' : 'the columns'} ${some(same.map((name) => quoted(shortened(name, 40))))} ` +
      `${same.length === 1 ? 'is' : 'are'} the same in every training row, so that nothing is learned from ` +
      `${same.length === 1 ? 'it' : 'them'}; data.ignore leaves ${same.length === 1 ? 'it' : 'them'} out`,
  ];
}

function isConstant(table: Table, fitted: FittedColumn, train: Uint32Array): boolean {
  const column = table.columns.get(fitted.name);
  if (column === undefined) return false;
  if (column.type === 'category') return train.every((row) => column.codes[row] === column.codes[train[0]]);
  const gaps = fitted.type === 'number' && fitted.indicator && train.some((row) => isMissing(column, row));
  return !gaps && isOne(column, train);
}

/** Whether there is one value at most: what stands for missing ones may differ from it, but follows from it mostly. */
function isOne({ values }: NumberColumn, rows: Uint32Array): boolean {
  let first = Number.NaN;
  for (const row of rows) {
    if (Number.isNaN(first)) first = values[row];
    else if (!Number.isNaN(values[row]) && values[row] !== first) return false;
  }
  return true;
}

/** Columns that a few texts keep from being numbers. @param names those that nobody said the type of */
export async function strays(
  table: Pick<Table, 'columns' | 'place'>,
  names: readonly string[],
  point: '.' | ',',
): Promise<string[]> {
  const found = names.flatMap((name) => {
    const stray = strayOf(table.columns.get(name), point);
    return stray === undefined ? [] : [{ name, ...stray }];
  });
  const notes: string[] = [];
  for (const { name, text, row, count } of found.slice(0, MOST_STRAYS)) {
    notes.push(
      `${await table.place(row)}: column ${quoted(shortened(name, 40))}: ${quoted(shortened(text, 40))} is no number` +
        `${count > 1 ? ` (nor are ${count - 1} other texts)` : ''} and the column's other values are, which makes it one of ` +
        'categories; correct it, or add it to data.missing if it means a missing value',
    );
  }
  const rest = found.slice(MOST_STRAYS).map(({ name }) => quoted(shortened(name, 40)));
  if (rest.length > 0) notes.push(`the same is so in ${some(rest)}`);
  return notes;
}
