/** The kernel of src/model/layers/formulas/fork.ts. */
import { lanes, read, write } from './vector';

/** Δ += the first `cols` of `stride` columns of the other way's Δ. */
@inline
function add<T>(delta: usize, other: usize, rows: i32, cols: i32, stride: i32): void {
  const own = <usize>cols * sizeof<T>();
  const next = <usize>stride * sizeof<T>();
  for (; rows > 0; rows--, delta += own, other += next) {
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      write<T>(delta + i, v128.add<T>(read<T>(delta + i, left), read<T>(other + i, left)), left);
    }
  }
}

export function fork_add_f32(delta: usize, other: usize, rows: i32, cols: i32, stride: i32): void {
  add<f32>(delta, other, rows, cols, stride);
}
export function fork_add_f64(delta: usize, other: usize, rows: i32, cols: i32, stride: i32): void {
  add<f64>(delta, other, rows, cols, stride);
}
