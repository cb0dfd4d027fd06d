/** The kernels of src/model/losses/quantile.ts. */
import { slopesOfTerms, sumOfTerms, Terms, weightOf } from './loss';

@unmanaged
class Pinball extends Terms {
  @inline
  term(h: f64, y: f64, quantile: f64): f64 {
    const d = y - h;
    return d < 0 ? (quantile - 1) * d : quantile * d;
  }
  /** 0 in the middle, and NaN stays. */
  @inline
  slope(h: f64, y: f64, quantile: f64): f64 {
    const d = y - h;
    return d > 0 ? -quantile : d < 0 ? 1 - quantile : d;
  }
}

/** How many of several quantiles are there: those after them are NaN. */
function counted(a: f64, b: f64, c: f64, d: f64, e: f64, f: f64, g: f64, i: f64, j: f64): i32 {
  return (
    i32(a == a) + i32(b == b) + i32(c == c) + i32(d == d) + i32(e == e) + i32(f == f) + i32(g == g) + i32(i == i) + i32(j == j)
  );
}

/** The one at a place. */
function at(k: i32, a: f64, b: f64, c: f64, d: f64, e: f64, f: f64, g: f64, i: f64, j: f64): f64 {
  switch (k) {
    case 0:
      return a;
    case 1:
      return b;
    case 2:
      return c;
    case 3:
      return d;
    case 4:
      return e;
    case 5:
      return f;
    case 6:
      return g;
    case 7:
      return i;
    default:
      return j;
  }
}

/** One quantile for all outputs, where no others are there; else output k has that at the place k modulo their number. */
@inline
function forward<T>(h: usize, y: usize, weights: usize, rows: i32, cols: i32, quantile: f64, a: f64, b: f64, c: f64, d: f64, e: f64, f: f64, g: f64, i: f64, j: f64): f64 {
  if (a != a) return sumOfTerms<T, Pinball>(h, y, weights, rows, cols, quantile);
  const terms = changetype<Pinball>(0);
  const n = counted(a, b, c, d, e, f, g, i, j);
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const weight = weightOf<T>(weights, r);
    for (let k = 0; k < cols; k++, h += sizeof<T>(), y += sizeof<T>()) {
      sum += weight * terms.term(<f64>load<T>(h), <f64>load<T>(y), at(k % n, a, b, c, d, e, f, g, i, j));
    }
  }
  return sum / <f64>cols;
}

@inline
function backward<T>(h: usize, y: usize, weights: usize, delta: usize, rows: i32, cols: i32, quantile: f64, a: f64, b: f64, c: f64, d: f64, e: f64, f: f64, g: f64, i: f64, j: f64): void {
  if (a != a) return slopesOfTerms<T, Pinball>(h, y, weights, delta, rows, cols, quantile);
  const terms = changetype<Pinball>(0);
  const n = counted(a, b, c, d, e, f, g, i, j);
  for (let r = 0; r < rows; r++) {
    const factor = weightOf<T>(weights, r) / <f64>cols;
    for (let k = 0; k < cols; k++, h += sizeof<T>(), y += sizeof<T>(), delta += sizeof<T>()) {
      store<T>(delta, <T>(factor * terms.slope(<f64>load<T>(h), <f64>load<T>(y), at(k % n, a, b, c, d, e, f, g, i, j))));
    }
  }
}

export function quantile_forward_f32(h: usize, y: usize, weights: usize, rows: i32, cols: i32, quantile: f64, a: f64, b: f64, c: f64, d: f64, e: f64, f: f64, g: f64, i: f64, j: f64): f64 {
  return forward<f32>(h, y, weights, rows, cols, quantile, a, b, c, d, e, f, g, i, j);
}
export function quantile_forward_f64(h: usize, y: usize, weights: usize, rows: i32, cols: i32, quantile: f64, a: f64, b: f64, c: f64, d: f64, e: f64, f: f64, g: f64, i: f64, j: f64): f64 {
  return forward<f64>(h, y, weights, rows, cols, quantile, a, b, c, d, e, f, g, i, j);
}
export function quantile_backward_f32(h: usize, y: usize, weights: usize, delta: usize, rows: i32, cols: i32, quantile: f64, a: f64, b: f64, c: f64, d: f64, e: f64, f: f64, g: f64, i: f64, j: f64): void {
  backward<f32>(h, y, weights, delta, rows, cols, quantile, a, b, c, d, e, f, g, i, j);
}
export function quantile_backward_f64(h: usize, y: usize, weights: usize, delta: usize, rows: i32, cols: i32, quantile: f64, a: f64, b: f64, c: f64, d: f64, e: f64, f: f64, g: f64, i: f64, j: f64): void {
  backward<f64>(h, y, weights, delta, rows, cols, quantile, a, b, c, d, e, f, g, i, j);
}
