/** The kernels of src/model/layers/formulas/layer-norm.ts. Rows are summed lane by lane, then the lanes. */
import { laneSum, lanes, read, readOr, write } from './vector';

@inline
function forward<T>(
  x: usize, gamma: usize, beta: usize, y: usize, kept: usize, rows: i32, cols: i32, eps: T,
): void {
  const stride = <usize>cols * sizeof<T>();
  for (; rows > 0; rows--, x += stride, y += stride, kept += 2 * sizeof<T>()) {
    let sums = v128.splat<T>(<T>0);
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      sums = v128.add<T>(sums, read<T>(x + i, left));
    }
    const first: T = laneSum<T>(sums) / <T>cols;
    const firsts = v128.splat<T>(first);
    let offs = v128.splat<T>(<T>0);
    let squares = v128.splat<T>(<T>0);
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      const deviation = v128.sub<T>(readOr<T>(x + i, left, firsts), firsts); // 0 past the row's end
      offs = v128.add<T>(offs, deviation);
      squares = v128.add<T>(squares, v128.mul<T>(deviation, deviation));
    }
    const off = laneSum<T>(offs);
    const mean: T = first + off / <T>cols;
    const variance: T = max<T>(0, laneSum<T>(squares) - (off * off) / <T>cols) / <T>cols;
    const inverse: T = 1 / sqrt<T>(variance + eps);
    const means = v128.splat<T>(mean);
    const inverses = v128.splat<T>(inverse);
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      const normal = v128.mul<T>(v128.sub<T>(read<T>(x + i, left), means), inverses);
      const scaled = v128.mul<T>(normal, read<T>(gamma + i, left));
      write<T>(y + i, v128.add<T>(scaled, read<T>(beta + i, left)), left);
    }
    store<T>(kept, mean);
    store<T>(kept, inverse, sizeof<T>());
  }
}

@inline
function backward<T>(
  x: usize, gamma: usize, delta: usize, kept: usize, sums: usize, rows: i32, cols: i32,
): void {
  const stride = <usize>cols * sizeof<T>();
  const others = sums + stride;
  memory.fill(sums, 0, 2 * stride);
  for (; rows > 0; rows--, x += stride, delta += stride, kept += 2 * sizeof<T>()) {
    const means = v128.splat<T>(load<T>(kept));
    const inverses = v128.splat<T>(load<T>(kept, sizeof<T>()));
    let plains = v128.splat<T>(<T>0);
    let alongs = v128.splat<T>(<T>0);
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      const normal = v128.mul<T>(v128.sub<T>(readOr<T>(x + i, left, means), means), inverses);
      const d = read<T>(delta + i, left);
      const scaled = v128.mul<T>(d, read<T>(gamma + i, left));
      write<T>(sums + i, v128.add<T>(read<T>(sums + i, left), v128.mul<T>(d, normal)), left);
      write<T>(others + i, v128.add<T>(read<T>(others + i, left), d), left);
      plains = v128.add<T>(plains, scaled);
      alongs = v128.add<T>(alongs, v128.mul<T>(scaled, normal));
    }
    const plain = v128.splat<T>(<T>(laneSum<T>(plains) / <T>cols));
    const along = v128.splat<T>(<T>(laneSum<T>(alongs) / <T>cols));
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      const normal = v128.mul<T>(v128.sub<T>(read<T>(x + i, left), means), inverses);
      const scaled = v128.mul<T>(read<T>(delta + i, left), read<T>(gamma + i, left));
      const rest = v128.sub<T>(v128.sub<T>(scaled, plain), v128.mul<T>(normal, along));
      write<T>(delta + i, v128.mul<T>(inverses, rest), left);
    }
  }
}

export function layer_norm_forward_f32(
  x: usize, gamma: usize, beta: usize, y: usize, kept: usize, rows: i32, cols: i32, eps: f32,
): void {
  forward<f32>(x, gamma, beta, y, kept, rows, cols, eps);
}
export function layer_norm_forward_f64(
  x: usize, gamma: usize, beta: usize, y: usize, kept: usize, rows: i32, cols: i32, eps: f64,
): void {
  forward<f64>(x, gamma, beta, y, kept, rows, cols, eps);
}
export function layer_norm_backward_f32(
  x: usize, gamma: usize, delta: usize, kept: usize, sums: usize, rows: i32, cols: i32,
): void {
  backward<f32>(x, gamma, delta, kept, sums, rows, cols);
}
export function layer_norm_backward_f64(
  x: usize, gamma: usize, delta: usize, kept: usize, sums: usize, rows: i32, cols: i32,
): void {
  backward<f64>(x, gamma, delta, kept, sums, rows, cols);
}
