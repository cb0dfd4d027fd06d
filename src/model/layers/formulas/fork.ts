/** Where rows go on two ways: Δ by what both come from is the sum of those of either way. */
import { formula } from './formula.js';

/** Δ += the first `cols` of `stride` columns of the other way's Δ; rows×cols and rows×stride. */
function add(delta: Float64Array, other: Float64Array, rows: number, cols: number, stride: number): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) delta[r * cols + c] += other[r * stride + c];
  }
}

export const fork = { add: formula([0, 1], add) };
