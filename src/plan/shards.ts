/**
 * How a minibatch is cut. Everything here follows from the configuration and the number of rows alone,
 * never from the number of threads: that is why results do not depend on it.
 */

import { type AveragingName, averagings } from '../averaging/index.js';

/** Rows that a default shard has at least: below, products get too small to be quick. */
const ROWS_A_SHARD = 16;
const MOST_SHARDS = 16;

/** Shards of a full minibatch when the configuration does not say: one for each 16 rows, from 1 to 16. */
export function defaultShards(batchSize: number, powerOfTwo = false): number {
  const shards = Math.min(MOST_SHARDS, Math.max(1, Math.floor(batchSize / ROWS_A_SHARD)));
  return powerOfTwo ? 2 ** Math.floor(Math.log2(shards)) : shards;
}

/** What a configuration says of how a step's rows are taken. */
export interface StepCut {
  readonly batchSize: number;
  readonly shards?: number | undefined;
  readonly accumulate?: number | undefined;
  readonly averaging: AveragingName;
}

/**
 * Shards of a minibatch, of which a step has `accumulate`. By default a power of two where there are several: these then are
 * subtrees of the tree over all of their shards.
 */
export function shardsOfMinibatch({ batchSize, shards, accumulate = 1, averaging }: StepCut): number {
  return shards ?? defaultShards(batchSize, accumulate > 1 || averagings[averaging].powerOfTwo);
}

/** The fewest rows of the minibatches that a step of so many rows is taken in. */
export function fewestRows(rows: number, cutOf: StepCut): number {
  const each = shardsOfMinibatch(cutOf);
  const all = shardsOf(rows, each * (cutOf.accumulate ?? 1));
  // Where there are fewer rows than shards, each of these has one, and the last minibatch those that are left.
  return all === rows ? rows % each || Math.min(rows, each) : Math.floor((rows * each) / all);
}

/** Where part `part` of `parts` begins when `count` things are dealt out as evenly as possible, in order. */
export function cut(count: number, parts: number, part: number): number {
  return Math.floor((count * part) / parts);
}

/** Shards of a minibatch of `rows` rows: no shard is ever empty. */
export function shardsOf(rows: number, shards: number): number {
  return Math.min(rows, shards);
}
