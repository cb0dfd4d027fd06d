/**
 * The averaging rule and the update, for one worker's slice of the parameters: sum over the shards in a fixed
 * tree order, scale by 1/N, one optimizer step. Three separate things: between the sum and the scaling, the
 * sums of other hosts could join. Knows nothing of how the partial sums came about.
 */
import type { Engine, Offset } from '../engines/engine.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { CACHE_LINE } from './arena.js';
import { type Layout, UPDATE_BLOCK } from './layout.js';
import { cut } from './shards.js';

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

/** Averages one slice over `shards` partial sums of `rows` examples in all, and hands each block to `use`. */
export function averageSlice(
  engine: Engine,
  layout: Layout,
  sum: Offset,
  slice: Slice,
  shards: number,
  rows: number,
  use: (average: Offset, first: number, n: number) => void,
): void {
  const { bytes } = engine;
  for (let first = slice.from; first < slice.to; first += UPDATE_BLOCK) {
    const n = Math.min(UPDATE_BLOCK, slice.to - first);
    engine.shards_sum(sum, layout.gradients.offset + first * bytes, layout.gradientStride, shards, n);
    engine.scale(sum, n, 1 / rows);
    use(sum, first, n);
  }
}

/** Averages one slice and updates its parameters. */
export function updateSlice(
  engine: Engine,
  layout: Layout,
  optimizer: Optimizer,
  sum: Offset,
  slice: Slice,
  shards: number,
  rows: number,
  rate: number,
): void {
  const { bytes } = engine;
  averageSlice(engine, layout, sum, slice, shards, rows, (average, first, n) => {
    const state = layout.state.map((slot) => slot.offset + first * bytes);
    optimizer.step(engine, layout.parameters.offset + first * bytes, average, state, n, rate);
  });
}
