/** A worker's share of a vector. */
import { cut } from '../../plan/shards.js';
import { CACHE_LINE } from '../../shared/arena.js';

/** Values [from, to). */
export interface Slice {
  readonly from: number;
  readonly to: number;
}

/**
 * Slice `part` of `parts`, cut on cache lines so that two workers never write to one.
 * @param unit values that must stay together, in place of a cache line's
 */
export function sliceOf(
  values: number,
  bytes: number,
  parts: number,
  part: number,
  unit = CACHE_LINE / bytes,
): Slice {
  const units = Math.ceil(values / unit);
  const edge = (k: number) => Math.min(values, cut(units, parts, k) * unit);
  return { from: edge(part), to: edge(part + 1) };
}
