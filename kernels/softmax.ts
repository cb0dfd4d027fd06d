/** The kernels of src/model/activations/softmax.ts. */
import { rowMax, softmaxRow } from './outputs';
import { laneSum, lanes, read, write } from './vector';

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  const stride = <usize>cols * sizeof<T>();
  for (; rows > 0; rows--, u += stride, h += stride) softmaxRow<T>(u, h, cols, rowMax<T>(u, cols));
}

@inline
function backward<T>(h: usize, delta: usize, rows: i32, cols: i32): void {
  const stride = <usize>cols * sizeof<T>();
  for (; rows > 0; rows--, h += stride, delta += stride) {
    let dots = v128.splat<T>(<T>0);
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      dots = v128.add<T>(dots, v128.mul<T>(read<T>(h + i, left), read<T>(delta + i, left)));
    }
    const dot = v128.splat<T>(laneSum<T>(dots));
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      const shifted = v128.sub<T>(read<T>(delta + i, left), dot);
      write<T>(delta + i, v128.mul<T>(read<T>(h + i, left), shifted), left);
    }
  }
}

export function softmax_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function softmax_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function softmax_backward_f32(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(h, delta, rows, cols);
}
export function softmax_backward_f64(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(h, delta, rows, cols);
}
