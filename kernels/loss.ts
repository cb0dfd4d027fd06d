/** What kernels of several losses share, as src/model/losses/loss.ts has it. */
import { lanes, read, write } from './vector';

/** Δ = ŷ − y. */
@inline
export function outputMinusTarget<T>(h: usize, y: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), h += 16, y += 16, delta += 16) {
    write<T>(delta, v128.sub<T>(read<T>(h, left), read<T>(y, left)), left);
  }
}
