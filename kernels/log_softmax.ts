/** The kernels of src/model/activations/log-softmax.ts. */
import { exp, log } from './math';
import { rowMax } from './outputs';
import { laneSum, lanes, read, readOr, write } from './vector';

/** h = (u − m) − log Σe^(u − m) of each row, m its largest value. */
@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  const stride = <usize>cols * sizeof<T>();
  const lowest = v128.splat<T>(<T>-Infinity);
  for (; rows > 0; rows--, u += stride, h += stride) {
    const max = rowMax<T>(u, cols);
    let sums = v128.splat<T>(<T>0);
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      // e^−∞ = 0 past the row's end
      sums = v128.add<T>(sums, exp<T>(v128.sub<T>(readOr<T>(u + i, left, lowest), max)));
    }
    const logSum = v128.splat<T>(<T>log(<f64>laneSum<T>(sums)));
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      write<T>(h + i, v128.sub<T>(v128.sub<T>(read<T>(u + i, left), max), logSum), left);
    }
  }
}

/** Δ − e^h·ΣΔ of each row. */
@inline
function backward<T>(h: usize, delta: usize, rows: i32, cols: i32): void {
  const stride = <usize>cols * sizeof<T>();
  for (; rows > 0; rows--, h += stride, delta += stride) {
    let sums = v128.splat<T>(<T>0);
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      sums = v128.add<T>(sums, read<T>(delta + i, left));
    }
    const sum = v128.splat<T>(laneSum<T>(sums));
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      const share = v128.mul<T>(exp<T>(read<T>(h + i, left)), sum);
      write<T>(delta + i, v128.sub<T>(read<T>(delta + i, left), share), left);
    }
  }
}

export function log_softmax_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function log_softmax_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function log_softmax_backward_f32(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(h, delta, rows, cols);
}
export function log_softmax_backward_f64(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(h, delta, rows, cols);
}
