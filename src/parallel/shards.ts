/**
 * How a minibatch is cut. Everything here follows from the configuration and the number of rows alone,
 * never from the number of threads: that is why results do not depend on it.
 */

/** Rows that a default shard has at least: below, products get too small to be quick. */
const ROWS_A_SHARD = 16;
/** The same where each shard is a call of its own, which packs all of a layer's weights anew. */
const ROWS_A_CALL = 32;
const MOST_SHARDS = 16;

/**
 * Shards of a full minibatch when the configuration does not say: one for each 16 rows, from 1 to 16; one for each 32
 * where the engine's bits depend on the shape of a call.
 */
export function defaultShards(batchSize: number, inOrder: boolean): number {
  const rows = inOrder ? ROWS_A_SHARD : ROWS_A_CALL;
  return Math.min(MOST_SHARDS, Math.max(1, Math.floor(batchSize / rows)));
}

/** Where part `part` of `parts` begins when `count` things are dealt out as evenly as possible, in order. */
export function cut(count: number, parts: number, part: number): number {
  return Math.floor((count * part) / parts);
}

/** Shards of a minibatch of `rows` rows: no shard is ever empty. */
export function shardsOf(rows: number, shards: number): number {
  return Math.min(rows, shards);
}
