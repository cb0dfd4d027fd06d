/** Rows of the data set, in the order of this minibatch, as the network's input and target matrices. */

/**
 * x / 255, rounded once, for whole x up to 255: x·high is exact, since `high` has few bits, and x·low is what is
 * missing. (Two multiplications and an addition take a third of a division's time.) Tried for every byte.
 */
@inline
function per255<T>(x: v128): v128 {
  const high = sizeof<T>() == 4 ? 0.0039215087890625 : 0.0039215686274509665;
  const low = sizeof<T>() == 4 ? 5.983839201917363e-8 : 1.3932210505100003e-17;
  return v128.add<T>(v128.mul<T>(x, v128.splat<T>(<T>high)), v128.mul<T>(x, v128.splat<T>(<T>low)));
}

/** Rows at random places come from memory; so many are asked for at once, or else each line is waited for. */
const AHEAD = 8;

@inline
function prefetch(at: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 64) load<u8>(at + i);
}

@inline
function rowOf(order: usize, r: i32, cols: i32): usize {
  return <usize>load<u32>(order + (<usize>r << 2)) * <usize>cols;
}

/** X[r, c] = features[order[r]·cols + c] / 255, features being bytes. */
@inline
function gatherBytes<T>(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  const bytes = <usize>cols;
  for (let r = 0; r < rows; r++) {
    if (r % AHEAD == 0) {
      for (let next = r; next < min(r + AHEAD, rows); next++) prefetch(features + rowOf(order, next, cols), bytes);
    }
    let from = features + rowOf(order, r, cols);
    const end = from + bytes;
    const vectorEnd = from + (bytes & ~7);
    while (from < vectorEnd) {
      const words = v128.load_ext<u8>(from);
      const low = v128.extend_low<u16>(words);
      const high = v128.extend_high<u16>(words);
      if (sizeof<T>() == 4) {
        v128.store(x, per255<T>(f32x4.convert_i32x4_s(low)));
        v128.store(x, per255<T>(f32x4.convert_i32x4_s(high)), 16);
      } else {
        const lowUp = v128.shuffle<i32>(low, low, 2, 3, 0, 1);
        const highUp = v128.shuffle<i32>(high, high, 2, 3, 0, 1);
        v128.store(x, per255<T>(f64x2.convert_low_i32x4_u(low)));
        v128.store(x, per255<T>(f64x2.convert_low_i32x4_u(lowUp)), 16);
        v128.store(x, per255<T>(f64x2.convert_low_i32x4_u(high)), 32);
        v128.store(x, per255<T>(f64x2.convert_low_i32x4_u(highUp)), 48);
      }
      from += 8;
      x += 8 * sizeof<T>();
    }
    for (; from < end; from++, x += sizeof<T>()) store<T>(x, <T>load<u8>(from) / <T>255);
  }
}

export function gather_bytes_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  gatherBytes<f32>(features, order, x, rows, cols);
}
export function gather_bytes_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  gatherBytes<f64>(features, order, x, rows, cols);
}

/** X[r, c] = features[order[r]·cols + c], features being float64. */
@inline
function gatherValues<T>(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) {
    const from = features + ((<usize>load<u32>(order + (<usize>r << 2)) * <usize>cols) << 3);
    for (let c: usize = 0; c < <usize>cols; c++, x += sizeof<T>()) store<T>(x, <T>load<f64>(from + (c << 3)));
  }
}

export function gather_values_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  gatherValues<f32>(features, order, x, rows, cols);
}
export function gather_values_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  gatherValues<f64>(features, order, x, rows, cols);
}

/** Y[r, ·] = 1 at classes[order[r]], 0 elsewhere. */
@inline
function gatherClasses<T>(classes: usize, order: usize, y: usize, rows: i32, cols: i32): void {
  memory.fill(y, 0, <usize>rows * <usize>cols * sizeof<T>());
  for (let r = 0; r < rows; r++) {
    const row = <usize>load<u32>(order + (<usize>r << 2));
    store<T>(y + (<usize>r * <usize>cols + <usize>load<u8>(classes + row)) * sizeof<T>(), <T>1);
  }
}

export function gather_classes_f32(classes: usize, order: usize, y: usize, rows: i32, cols: i32): void {
  gatherClasses<f32>(classes, order, y, rows, cols);
}
export function gather_classes_f64(classes: usize, order: usize, y: usize, rows: i32, cols: i32): void {
  gatherClasses<f64>(classes, order, y, rows, cols);
}
