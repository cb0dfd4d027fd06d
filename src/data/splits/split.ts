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

/** The numbers from 0 to `rows` − 1 in an order that the seed alone decides. */
export function shuffled(rows: number, seed: number): Uint32Array {
  return shuffle(
    Uint32Array.from({ length: rows }, (_, row) => row),
    keyed(seed, 'split'),
  );
}
