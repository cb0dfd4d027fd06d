/** A worker's share of a vector. */
import { cut } from '../../plan/shards.js';
import { CACHE_LINE } from '../../shared/arena.js';

/** Values [from, to). */
export interface Slice {
  readonly from: number;
  readonly to: number;
}

/** Slice `part` of `parts`, cut on cache lines so that two workers never write to one. */
export function sliceOf(values: number, bytes: number, parts: number, part: number): Slice {
  const perLine = CACHE_LINE / bytes;
  const lines = Math.ceil(values / perLine);
  const edge = (k: number) => Math.min(values, cut(lines, parts, k) * perLine);
  return { from: edge(part), to: edge(part + 1) };
}
