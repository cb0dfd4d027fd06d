/** What of a table is to be predicted, as the loss takes its targets. */
import { quoted, shortened, UserError } from '../../errors.js';
import { type FittedTarget, scaled, unscaled } from '../../preprocess/fitted.js';
import { fitScale } from '../../preprocess/scales/index.js';
import { classTargets, type DataContext, MOST_CLASSES, type Targets } from '../source.js';
import { type Column, isMissing, type RowList, type Table } from './column.js';
import { byCodePoint } from './fit.js';
import type { TargetOptions } from './options.js';
import { strayOf } from './stray.js';

/** Classes that a column of the table names: each row's, −1 where it is none of them. */
interface Classed {
  readonly names: string[];
  readonly numeric: boolean;
  readonly codes: () => Int32Array;
}

/** A target before it is known which rows are for training. */
export interface PlannedTarget {
  readonly outputs: number;
  readonly targets: Targets;
  /** Of one column of classes, each row's: to stratify by. */
  readonly classes: (() => ArrayLike<number>) | undefined;
  /** @param train the training rows */
  fit(train: RowList): FittedTarget;
  /** Fills in the targets of `rows` of the table, in their order. */
  fill(fitted: FittedTarget, rows: Uint32Array, into: { [at: number]: number }): void;
}

/**
 * @param rows those of the table that are kept
 * @throws UserError for a target that the loss does not take, or that has no value somewhere
 */
export async function planTarget(
  table: Table,
  rows: RowList,
  options: TargetOptions,
  takes: DataContext['targets'],
): Promise<PlannedTarget> {
  const { columns: names } = options;
  const columns = names.map((name) => table.columns.get(name) as Column);
  for (const [k, column] of columns.entries()) {
    let empty = -1;
    let some = false;
    rows.each((row) => {
      if (!isMissing(column, row)) some = true;
      else if (empty < 0) empty = row;
    });
    if (empty < 0) continue;
    if (!some) {
      throw new UserError(
        `data.target: column ${quoted(names[k])} has no value in any row of ${table.where}; there is nothing to predict`,
      );
    }
    throw new UserError(
      `${await table.place(empty)}: column ${quoted(names[k])}: the target is missing; leave such rows out ` +
        `(data.columns.${names[k]}.missing: drop)`,
    );
  }
  if (options.scale !== undefined && takes !== 'values') {
    throw new UserError(
      'data.target.scale: is for values, and this loss takes its targets for classes; leave it out',
    );
  }
  if (takes === 'values' || areShares(columns, rows, takes)) {
    for (const [k, column] of columns.entries()) await refuseStray(table, names[k], column);
    return values(names, columns, options);
  }
  if (takes === 'binary') return binary(names, columns, rows, options);
  if (names.length > 1) {
    throw new UserError(
      'data.target: this loss takes one column of classes, or several of numbers, the shares of classes; use ' +
        'binary-cross-entropy where a row may have several labels',
    );
  }
  return oneOfMany(names[0], columns[0], rows, options);
}

/**
 * Whether targets are shares in place of classes: several columns of numbers where one class of many is learned; columns of
 * numbers from 0 to 1, more than two of them, where it is yes or no.
 */
function areShares(columns: readonly Column[], rows: RowList, takes: DataContext['targets']): boolean {
  if (!columns.every(({ type }) => type === 'number')) return false;
  if (takes === 'classes') return columns.length > 1;
  let some = false;
  for (const column of columns) {
    if (column.type !== 'number') return false;
    const found = new Set<number>();
    let within = true;
    rows.each((row) => {
      const value = column.values[row];
      within &&= value >= 0 && value <= 1;
      if (found.size < 3) found.add(value);
    });
    if (!within) return false;
    some ||= found.size > 2;
  }
  return some;
}

/** @throws UserError where a column of numbers is none for a text among them */
async function refuseStray(table: Table, name: string, column: Column): Promise<void> {
  const stray = strayOf(column);
  if (stray === undefined) return;
  throw new UserError(
    `${await table.place(stray.row)}: column ${quoted(name)}: expected a number to predict as the column's other values are, got ` +
      `${quoted(shortened(stray.text, 40))}; correct it, or add it to data.missing and leave such rows out ` +
      `(data.columns.${name}.missing: drop)`,
  );
}

function values(names: readonly string[], columns: readonly Column[], options: TargetOptions): PlannedTarget {
  for (const [k, column] of columns.entries()) {
    if (column.type === 'number') continue;
    throw new UserError(
      `data.target: column ${quoted(names[k])} is one of ${column.type}, and this loss takes values; use cross-entropy ` +
        '(or binary-cross-entropy) for classes',
    );
  }
  const all = columns.map((column) => (column as Extract<Column, { type: 'number' | 'date' }>).values);
  return {
    outputs: names.length,
    targets: { kind: 'values', outputs: names.length, type: 'float64' },
    classes: undefined,
    fit: (train) => ({
      kind: 'values',
      columns: names.map((name, k) => ({
        name,
        scale: options.scale ? fitScale(options.scale, picked(all[k], train)) : unscaled,
      })),
    }),
    fill(fitted, rows, into) {
      if (fitted.kind !== 'values') return;
      for (const [k, { scale }] of fitted.columns.entries()) {
        for (let r = 0; r < rows.length; r++) into[r * names.length + k] = scaled(all[k][rows[r]], scale);
      }
    },
  };
}

function picked(values: Float64Array, rows: RowList): Float64Array {
  const found = new Float64Array(rows.length);
  let n = 0;
  rows.each((row) => {
    found[n++] = values[row];
  });
  return found;
}

function oneOfMany(name: string, column: Column, rows: RowList, options: TargetOptions): PlannedTarget {
  const { names, codes, numeric } = classed(name, column, rows, options.classes);
  if (names.length > MOST_CLASSES) throw tooMany(name, names.length, numeric);
  return {
    outputs: names.length,
    targets: classTargets(names.length),
    classes: codes,
    fit: () => ({ kind: 'class', column: name, classes: names, numeric }),
    fill(_, rows, into) {
      const all = codes();
      for (let r = 0; r < rows.length; r++) into[r] = all[rows[r]];
    },
  };
}

function binary(
  names: readonly string[],
  columns: readonly Column[],
  rows: RowList,
  options: TargetOptions,
): PlannedTarget {
  const each = columns.map((column, k) => {
    const found = classed(names[k], column, rows, names.length === 1 ? options.classes : undefined);
    if (found.names.length > 2) {
      throw new UserError(
        `data.target: column ${quoted(names[k])} has ${found.names.length} classes (${some(found.names)}), and ` +
          'this loss takes two a column; use cross-entropy with a softmax of as many units',
      );
    }
    return found;
  });
  return {
    outputs: names.length,
    targets: { kind: 'values', outputs: names.length, type: 'float64' },
    classes: names.length === 1 ? each[0].codes : undefined,
    fit: () => ({
      kind: 'binary',
      columns: each.map((one, k) => ({
        name: names[k],
        classes: [one.names[0], one.names[1]],
        numeric: one.numeric,
      })),
    }),
    fill(_, rows, into) {
      for (const [k, { codes }] of each.entries()) {
        const all = codes();
        for (let r = 0; r < rows.length; r++) into[r * names.length + k] = all[rows[r]];
      }
    },
  };
}

/** Classes of texts by code point, of numbers by size, or in the order given. */
function classed(name: string, column: Column, rows: RowList, order: readonly string[] | undefined): Classed {
  const numeric = column.type === 'number';
  const textOf =
    column.type === 'category'
      ? (row: number) => column.names[column.codes[row]]
      : column.type === 'number'
        ? (row: number) => String(column.values[row])
        : (row: number) => new Date(column.values[row]).toISOString();
  const found = new Set<string>();
  rows.each((row) => {
    found.add(textOf(row));
    // A column of values would name as many as there are rows.
    if (found.size > MOST_CLASSES) throw tooMany(name, found.size, numeric);
  });
  const sorted = [...found].sort(numeric ? (a, b) => Number(a) - Number(b) : byCodePoint);
  const names = order ? [...order] : sorted;
  const places = new Map(names.map((text, code) => [text, code]));
  const strange = sorted.find((text) => !places.has(text));
  if (strange !== undefined) {
    throw new UserError(
      `data.target.classes: expected all classes of column ${quoted(name)}, ${quoted(strange)} is missing`,
    );
  }
  if (names.length < 2) {
    throw new UserError(
      `data.target: column ${quoted(name)} has only one class (${some(names)}); there is nothing to tell apart`,
    );
  }
  let made: Int32Array | undefined;
  const codes = () => {
    if (made !== undefined) return made;
    const each = new Int32Array(column.type === 'category' ? column.codes.length : column.values.length).fill(
      -1,
    );
    rows.each((row) => {
      each[row] = places.get(textOf(row)) as number;
    });
    made = each;
    return each;
  };
  return { names, numeric, codes };
}

function tooMany(name: string, classes: number, numeric: boolean): UserError {
  return new UserError(
    `data.target: column ${quoted(name)} has ${classes > MOST_CLASSES ? `more than ${MOST_CLASSES}` : classes} classes; ` +
      (numeric ? 'to predict values, use loss: mean-squared-error' : 'expected at most 65,535'),
  );
}

const some = (names: readonly string[]) =>
  names.length > 3
    ? `${names
        .slice(0, 3)
        .map((text) => shortened(text, 20))
        .join(', ')}, …`
    : names.map((text) => shortened(text, 20)).join(', ');
