/** What columns are for, guessed: what is to be predicted, and what is no input. */
import type { ColumnProfile, Profile } from './profile.js';

/** Names that say it outright, and names of what people like to predict; without anything but letters. */
const outright = new Set(
  'target targets label labels class classes y outcome response dependent groundtruth'.split(' '),
);
const usual = new Set(
  (
    'species diagnosis price saleprice income salary survived churn churned quality result category ' +
    'medv charges default fraud isfraud'
  ).split(' '),
);
/** Names of what tells rows apart, or when they came: seldom what is to be predicted. */
const seldom =
  /^(id|index|row|no|nr|uuid|guid|key|name|year|month|day|date|time|timestamp)$|[_\- ](id|date|time|at)$/i;

const bare = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '');

/** What is to be predicted, or the columns that it could be, the likeliest first. */
export type TargetGuess =
  | { readonly column: string; readonly why: string }
  | { readonly candidates: readonly string[] };

/**
 * The column whose name says so; else the last one, where it could be one. More than one name that says so, or a last
 * column that is an identifier, a date, a constant or has hardly two rows alike: nobody can tell.
 */
export function guessTarget(profile: Profile): TargetGuess {
  const { columns, rows } = profile;
  const able = columns.filter((column) => canBeTarget(column, rows));
  const last = columns[columns.length - 1];
  for (const names of [outright, usual]) {
    const named = able.filter(({ name }) => names.has(bare(name)) && !isCoordinate(name, columns));
    const [only] = named;
    if (named.length === 1) return { column: only.name, why: 'by its name' };
    if (named.includes(last)) return { column: last.name, why: 'by its name, and as the last column' };
    if (named.length > 1) return { candidates: named.map(({ name }) => name) };
  }
  if (able.includes(last) && !seldom.test(last.name)) return { column: last.name, why: 'the last column' };
  const likely = [
    ...able.filter(({ name }) => !seldom.test(name)),
    ...able.filter(({ name }) => seldom.test(name)),
  ];
  return { candidates: likely.map(({ name }) => name) };
}

/** Beside x and z, y is a place and no response. */
const isCoordinate = (name: string, columns: readonly ColumnProfile[]) =>
  bare(name) === 'y' && columns.some((column) => bare(column.name) === 'z');

/** Whether there is something to predict: values, or classes that more than one row has. */
function canBeTarget(column: ColumnProfile, rows: number): boolean {
  if (column.distinct < 2 || column.type === 'date' || isCounter(column)) return false;
  return column.type === 'number' || column.distinct <= (rows - column.missing) / 2;
}

/** Why a column is no input; undefined where it may be one. */
export function whyIgnored(column: ColumnProfile, rows: number): string | undefined {
  const present = rows - column.missing;
  if (column.distinct === 0) return 'holds nothing';
  // One value and gaps: whether it is there may say something.
  if (column.distinct === 1 && column.missing === 0) return 'is the same in every row';
  if (isCounter(column)) return 'counts the rows';
  if (column.type === 'category' && present >= FEW && column.distinct > 0.9 * present) {
    return column.distinct === present ? 'is another text in each row' : 'is another text in nearly each row';
  }
  if (column.type === 'number' && column.distinct === present && /(^|[_\- .])id$/i.test(column.name)) {
    return 'is another number in each row, and called an id';
  }
  return undefined;
}

/** Of fewer rows all texts may differ by chance. */
const FEW = 20;

/** Whether it holds each whole number from 0 or 1 on once, in any order. */
export function isCounter({ column, distinct, missing, numbers }: ColumnProfile): boolean {
  if (column.type !== 'number' || numbers === undefined || missing > 0) return false;
  const { length } = column.values;
  const { min, max } = numbers;
  if (length < 3 || distinct !== length || (min !== 0 && min !== 1)) return false;
  return max - min === length - 1 && column.values.every(Number.isInteger);
}

/** Whether the numbers of a target are names of classes, and not sizes. */
export function isClassNumber({ column, distinct, missing }: ColumnProfile, rows: number): boolean {
  if (column.type !== 'number') return false;
  if (distinct === 2) return true;
  const whole = column.values.every((value) => Number.isNaN(value) || Number.isInteger(value));
  return whole && distinct <= MOST_CLASS_NUMBERS && distinct <= 0.05 * (rows - missing);
}

const MOST_CLASS_NUMBERS = 20;
