/** What a split is: how a data set's rows are dealt out to training, validation and test. */
import { UserError } from '../../errors.js';
import type { Options, Values } from '../../options.js';
import { keyed, shuffle } from '../../random.js';
import type { PartRows, Split } from '../source.js';

/** The sets that a source has: numbers of rows, which lie in memory in this order. */
export interface Sets {
  /** The one to train with, or the only one; at least 1 row. */
  readonly first: number;
  /** A test set of its own; 0 where there is none. */
  readonly test: number;
  /** Where they come from, for messages. */
  readonly where: string;
  /** Rows of the first set that files of their own say are for validation: its last ones; default none. */
  readonly validation?: number;
  /** What the rows hold, where that is known before they are read into place. */
  readonly rows?: SetRows;
}

/** What splits may know of rows. */
export interface SetRows {
  /** A number for each row of what is to be predicted: its class; undefined where that is a value. */
  readonly classes: ArrayLike<number> | undefined;
  /** A column by its name. @throws UserError where there is none */
  column(name: string): SplitColumn;
}

/** Numbers a row: values, dates in milliseconds, or places in `names`; NaN or −1 is missing. */
export interface SplitColumn {
  readonly values: ArrayLike<number>;
  readonly names?: readonly string[];
}

/** How many rows each part gets, and which, once the seed is known. */
export interface SplitPlan {
  readonly parts: PartRows;
  /** As `DataSource.split`. */
  split(seed: number): Split;
}

/** A way to split: a member says what it is, describes its options, and plans. */
export interface SplitFamily<O extends Options = Options> {
  readonly description: string;
  readonly options: O;
  /** Columns that decide who belongs where, and are no inputs. */
  decides?(options: Values<O>): readonly string[];
  /** Whether all runs have the same rows for the same, whatever their seed; where a split does not say, they may not. */
  ignoresSeed?(options: Values<O>): boolean;
  /** @throws UserError where a source has not the sets or the rows that are asked for; looks at no row */
  plan(sets: Sets, options: Values<O>): SplitPlan;
}

/**
 * Rows that an option asks for: a whole number counts them, a number below 1 is a share of `rows`, rounded down, so that
 * shares which add up to 1 at most never come to more than there is.
 */
export function rowsOf(wanted: number, rows: number): number {
  // Of 100 rows 0.29 is 28.999999999999996.
  return wanted >= 1 ? wanted : Math.floor(wanted * rows + 1e-6);
}

/** What is left for training where nobody said how much, or what was said. @throws UserError where that is too much */
export function trainRows(wanted: number | undefined, rows: number, others: PartRows, where: string): number {
  const { validation, test } = others;
  const train = wanted === undefined ? rows - validation - test : rowsOf(wanted, rows);
  const asked = `validation ${validation} + test ${test}`;
  if (wanted !== undefined && train + validation + test > rows) {
    throw new UserError(
      `data.split: expected at most ${rows} rows, which ${where} holds, got train ${train} + ` +
        `${asked} = ${train + validation + test}; lower one of them`,
    );
  }
  if (train < 1 && wanted === undefined) {
    throw new UserError(
      `data.split: expected rows to be left for training of the ${rows} that ${where} holds, got ${asked} = ` +
        `${validation + test}; lower one of them`,
    );
  }
  if (train < 1) {
    throw new UserError(
      `data.split.train: expected at least 1 row, got ${wanted}${wanted === 0 ? '' : ` of ${rows} rows`}`,
    );
  }
  return train;
}

/** The classes to stratify by. @throws UserError where there are none */
export function classesOf({ rows, where }: Sets): ArrayLike<number> {
  if (rows === undefined) {
    throw new UserError(
      `data.split.stratify: needs classes that are known beforehand, and those of ${where} are not`,
    );
  }
  if (rows.classes === undefined) {
    throw new UserError('data.split.stratify: needs classes, and the target is a value; leave it out');
  }
  return rows.classes;
}

/**
 * How many rows of each class a part of `wanted` rows gets: shares of all classes alike, the remainders to those that
 * lost most by rounding.
 * @param left rows of each class that are still to be had
 */
export function quotas(counts: readonly number[], wanted: number, left: readonly number[]): number[] {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (rows === 0 ? 0 : (count * wanted) / rows));
  const given = exact.map((share, k) => Math.min(left[k], Math.floor(share)));
  let rest = wanted - given.reduce((sum, count) => sum + count, 0);
  const byRemainder = exact
    .map((share, k) => ({ k, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder || a.k - b.k);
  for (let round = 0; rest > 0 && round < 2; round++) {
    for (const { k } of byRemainder) {
      if (rest > 0 && given[k] < left[k]) {
        given[k]++;
        rest--;
      }
    }
  }
  return given;
}

/** Deals rows out class by class in the order given: as many of each class to each part as its quotas say, the rest to the last. */
export function dealt(
  order: Uint32Array,
  classes: ArrayLike<number>,
  wanted: readonly number[][],
): number[][] {
  const parts: number[][] = [...wanted.map(() => []), []];
  const left = wanted.map((quota) => [...quota]);
  for (const row of order) {
    const own = classes[row];
    const part = left.findIndex((quota) => quota[own] > 0);
    if (part < 0) (parts.at(-1) as number[]).push(row);
    else {
      left[part][own]--;
      parts[part].push(row);
    }
  }
  return parts;
}

/** How many rows each class has. */
export function countsOf(classes: ArrayLike<number>, rows: number): number[] {
  const counts: number[] = [];
  for (let row = 0; row < rows; row++) {
    while (counts.length <= classes[row]) counts.push(0);
    counts[classes[row]]++;
  }
  return counts;
}

/** The numbers from 0 to `rows` − 1 in an order that the seed alone decides. */
export function shuffled(rows: number, seed: number): Uint32Array {
  return shuffle(
    Uint32Array.from({ length: rows }, (_, row) => row),
    keyed(seed, 'split'),
  );
}
