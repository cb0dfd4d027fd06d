/**
 * Panels for the blocked product: `width` rows (or columns) of a matrix side by side, so that the inner loop reads
 * memory in order: panel[k·width + j] = element (j, k), zero beyond `valid`.
 */

/** From a source whose j lie next to each other: element (j, k) at src + k·stride + j. */
@inline
export function packAlong<T>(dst: usize, src: usize, stride: usize, width: i32, valid: i32, depth: i32): void {
  const lanes = 16 / <i32>sizeof<T>();
  const vectorWidth = min(width, valid) & ~(lanes - 1);
  for (let k = 0; k < depth; k++) {
    let j = 0;
    for (; j < vectorWidth; j += lanes) {
      v128.store(dst + <usize>j * sizeof<T>(), v128.load(src + <usize>j * sizeof<T>()));
    }
    for (; j < valid; j++) store<T>(dst + <usize>j * sizeof<T>(), load<T>(src + <usize>j * sizeof<T>()));
    for (; j < width; j++) store<T>(dst + <usize>j * sizeof<T>(), 0);
    dst += <usize>width * sizeof<T>();
    src += stride;
  }
}

/** From a source whose k lie next to each other: element (j, k) at src + j·stride + k. */
@inline
export function packAcross<T>(dst: usize, src: usize, stride: usize, width: i32, valid: i32, depth: i32): void {
  const lanes = 16 / sizeof<T>();
  const step = <usize>width * sizeof<T>();
  for (let j = 0; j < width; j += lanes) {
    let to = dst + <usize>j * sizeof<T>();
    let from = src + <usize>j * stride;
    let k = 0;
    if (j + lanes <= valid) {
      for (; k + lanes <= depth; k += lanes) {
        if (sizeof<T>() == 4) {
          const r0 = v128.load(from);
          const r1 = v128.load(from + stride);
          const r2 = v128.load(from + 2 * stride);
          const r3 = v128.load(from + 3 * stride);
          const a = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
          const b = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
          const c = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
          const d = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
          v128.store(to, v128.shuffle<i32>(a, b, 0, 1, 4, 5));
          v128.store(to + step, v128.shuffle<i32>(a, b, 2, 3, 6, 7));
          v128.store(to + 2 * step, v128.shuffle<i32>(c, d, 0, 1, 4, 5));
          v128.store(to + 3 * step, v128.shuffle<i32>(c, d, 2, 3, 6, 7));
        } else {
          const r0 = v128.load(from);
          const r1 = v128.load(from + stride);
          v128.store(to, v128.shuffle<i64>(r0, r1, 0, 2));
          v128.store(to + step, v128.shuffle<i64>(r0, r1, 1, 3));
        }
        to += <usize>lanes * step;
        from += 16;
      }
    }
    for (; k < depth; k++) {
      for (let l = 0; l < min(lanes, width - j); l++) {
        store<T>(to + <usize>l * sizeof<T>(), j + l < valid ? load<T>(from + <usize>l * stride) : <T>0);
      }
      to += step;
      from += sizeof<T>();
    }
  }
}
