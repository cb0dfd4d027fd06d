/**
 * The averaging rule: sums of gradients over the shards, slice by slice. What is done with them (update.ts) is another
 * thing: in between, the sums of other hosts could join.
 */
import type { Engine, Offset } from '../engines/engine.js';
import { type Layout, UPDATE_BLOCK } from '../plan/layout.js';
import { cut } from '../plan/shards.js';
import { CACHE_LINE } from '../shared/arena.js';

/** A worker's share of the parameter vector, in values. */
export interface Slice {
  readonly from: number;
  readonly to: number;
}

/** Slice `part` of `parts`, cut on cache lines so that two workers never write to one. */
export function sliceOf(parameters: number, bytes: number, parts: number, part: number): Slice {
  const perLine = CACHE_LINE / bytes;
  const lines = Math.ceil(parameters / perLine);
  const edge = (k: number) => Math.min(parameters, cut(lines, parts, k) * perLine);
  return { from: edge(part), to: edge(part + 1) };
}

/**
 * What is done with `n` gradient sums at `sums`, those of the parameters from index `first` on. Returns whether all
 * that came of them is finite.
 */
export type UseSums = (sums: Offset, first: number, n: number) => boolean;

/**
 * Sums one slice over the buffers of `shards` shards, block by block at `block`, and hands each block to `use`.
 * @returns whether `use` found all of them finite
 */
export function sumSlice(
  engine: Engine,
  layout: Layout,
  block: Offset,
  slice: Slice,
  shards: number,
  use: UseSums,
): boolean {
  const { bytes } = engine;
  let finite = true;
  for (let first = slice.from; first < slice.to; first += UPDATE_BLOCK) {
    const n = Math.min(UPDATE_BLOCK, slice.to - first);
    engine.shards_sum(block, layout.gradients.offset + first * bytes, layout.gradientStride, shards, n);
    finite = use(block, first, n) && finite;
  }
  return finite;
}
