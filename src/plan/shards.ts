/**
 * How a minibatch is cut. Everything here follows from the configuration and the number of rows alone,
 * never from the number of threads: that is why results do not depend on it.
 */

/** Rows that a default shard has at least: below, products get too small to be quick. */
const ROWS_A_SHARD = 16;
const MOST_SHARDS = 16;

/** Shards of a full minibatch when the configuration does not say: one for each 16 rows, from 1 to 16. */
export function defaultShards(batchSize: number, powerOfTwo = false): number {
  const shards = Math.min(MOST_SHARDS, Math.max(1, Math.floor(batchSize / ROWS_A_SHARD)));
  return powerOfTwo ? 2 ** Math.floor(Math.log2(shards)) : shards;
}

/** Where part `part` of `parts` begins when `count` things are dealt out as evenly as possible, in order. */
export function cut(count: number, parts: number, part: number): number {
  return Math.floor((count * part) / parts);
}

/** Shards of a minibatch of `rows` rows: no shard is ever empty. */
export function shardsOf(rows: number, shards: number): number {
  return Math.min(rows, shards);
}
