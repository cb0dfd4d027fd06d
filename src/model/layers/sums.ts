/** What layers share that add up a few values for each shard: gradients of γ and β, statistics. */
import type { NetworkOps, Offset } from '../operations.js';

/** Values kept for each shard begin on whole vectors, which a sum over shards reads and writes. */
export const padded = (values: number): number => Math.ceil(values / 4) * 4;

/** into = the sum of `n` values of shards [firstShard, endShard), whose own lie at `at`, `stride` bytes apart. */
export function sumOfShards(
  engine: NetworkOps,
  at: Offset,
  stride: number,
  firstShard: number,
  endShard: number,
  n: number,
  into: Offset,
): void {
  const first = at + firstShard * stride;
  // A sum writes whole vectors, a copy does not: in a shard's own gradient buffer the next tensor may follow at once.
  if (endShard - firstShard === 1) engine.copy(first, into, n);
  else engine.shards_sum(into, first, stride, endShard - firstShard, n);
}
