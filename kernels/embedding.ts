/** The kernels of src/model/layers/formulas/embedding.ts. */
import { lanes, read, write } from './vector';

@inline
function copy<T>(from: usize, to: usize, n: i32): void {
  for (let left = n, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) write<T>(to + i, read<T>(from + i, left), left);
}

@inline
function pass<T>(x: usize, y: usize, rows: i32, inputs: i32, outputs: i32, from: i32, to: i32, count: i32): void {
  x += <usize>from * sizeof<T>();
  y += <usize>to * sizeof<T>();
  for (; rows > 0; rows--, x += <usize>inputs * sizeof<T>(), y += <usize>outputs * sizeof<T>()) copy<T>(x, y, count);
}

@inline
function forward<T>(
  x: usize, w: usize, y: usize, rows: i32, inputs: i32, outputs: i32, at: i32, to: i32, codes: i32, size: i32,
): void {
  x += <usize>at * sizeof<T>();
  y += <usize>to * sizeof<T>();
  const row = <usize>size * sizeof<T>();
  for (; rows > 0; rows--, x += <usize>inputs * sizeof<T>(), y += <usize>outputs * sizeof<T>()) {
    const code = load<T>(x);
    // Of NaN neither is true: whatever a code is, nothing beside the table is read.
    if (code >= 0 && code < <T>codes) copy<T>(w + <usize>code * row, y, size);
    else memory.fill(y, 0, row);
  }
}

@inline
function gradient<T>(
  x: usize, delta: usize, dw: usize, rows: i32, inputs: i32, outputs: i32, at: i32, to: i32, first: i32, count: i32, size: i32,
): void {
  x += <usize>at * sizeof<T>();
  delta += <usize>to * sizeof<T>();
  const row = <usize>size * sizeof<T>();
  const least = <T>first;
  const end = <T>(first + count);
  memory.fill(dw, 0, <usize>count * row);
  for (; rows > 0; rows--, x += <usize>inputs * sizeof<T>(), delta += <usize>outputs * sizeof<T>()) {
    const code = load<T>(x);
    if (!(code >= least && code < end)) continue;
    const into = dw + (<usize>code - <usize>first) * row;
    for (let left = size, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      write<T>(into + i, v128.add<T>(read<T>(into + i, left), read<T>(delta + i, left)), left);
    }
  }
}

export function embedding_pass_f32(
  x: usize, y: usize, rows: i32, inputs: i32, outputs: i32, from: i32, to: i32, count: i32,
): void {
  pass<f32>(x, y, rows, inputs, outputs, from, to, count);
}
export function embedding_pass_f64(
  x: usize, y: usize, rows: i32, inputs: i32, outputs: i32, from: i32, to: i32, count: i32,
): void {
  pass<f64>(x, y, rows, inputs, outputs, from, to, count);
}
export function embedding_forward_f32(
  x: usize, w: usize, y: usize, rows: i32, inputs: i32, outputs: i32, at: i32, to: i32, codes: i32, size: i32,
): void {
  forward<f32>(x, w, y, rows, inputs, outputs, at, to, codes, size);
}
export function embedding_forward_f64(
  x: usize, w: usize, y: usize, rows: i32, inputs: i32, outputs: i32, at: i32, to: i32, codes: i32, size: i32,
): void {
  forward<f64>(x, w, y, rows, inputs, outputs, at, to, codes, size);
}
export function embedding_gradient_f32(
  x: usize, delta: usize, dw: usize, rows: i32, inputs: i32, outputs: i32, at: i32, to: i32, first: i32, count: i32, size: i32,
): void {
  gradient<f32>(x, delta, dw, rows, inputs, outputs, at, to, first, count, size);
}
export function embedding_gradient_f64(
  x: usize, delta: usize, dw: usize, rows: i32, inputs: i32, outputs: i32, at: i32, to: i32, first: i32, count: i32, size: i32,
): void {
  gradient<f64>(x, delta, dw, rows, inputs, outputs, at, to, first, count, size);
}
