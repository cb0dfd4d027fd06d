/**
 * How a minibatch is cut. Everything here follows from the configuration and the number of rows alone,
 * never from the number of threads: that is why results do not depend on it.
 */

/** Rows that a default shard has at least: below, products get too small to be quick. */
const ROWS_A_SHARD = 16;
/** The same where each shard is a call of its own, which packs all of a layer's weights anew: narrow, wide layers. */
const ROWS_A_CALL = 32;
const ROWS_A_WIDE_CALL = 64;
/** Units from which on a layer is wide, and the shards of few rows that a minibatch has all the same. */
const WIDE = 512;
const FEW_SHARDS = 4;
const FEW_WIDE_SHARDS = 2;
const MOST_SHARDS = 16;

/**
 * Shards of a full minibatch when the configuration does not say: one for each 16 rows, from 1 to 16. Where an engine's
 * bits depend on the shape of a call, one for each 32 (64 if `widest`, the units of the widest layer, are many), but 4
 * (2) as soon as these have 16 rows each.
 */
export function defaultShards(batchSize: number, inOrder: boolean, widest: number): number {
  const small = Math.max(1, Math.floor(batchSize / ROWS_A_SHARD));
  const wide = widest >= WIDE;
  const large = Math.floor(batchSize / (wide ? ROWS_A_WIDE_CALL : ROWS_A_CALL));
  const shards = inOrder ? small : Math.max(large, Math.min(small, wide ? FEW_WIDE_SHARDS : FEW_SHARDS));
  return Math.min(MOST_SHARDS, shards);
}

/** Where part `part` of `parts` begins when `count` things are dealt out as evenly as possible, in order. */
export function cut(count: number, parts: number, part: number): number {
  return Math.floor((count * part) / parts);
}

/** Shards of a minibatch of `rows` rows: no shard is ever empty. */
export function shardsOf(rows: number, shards: number): number {
  return Math.min(rows, shards);
}
