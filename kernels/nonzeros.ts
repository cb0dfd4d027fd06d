/**
 * Where a layer's input is not zero, and products that visit only those places. Skipping x = ±0 changes no
 * bit of a sum that starts from +0 (x·w is then ±0, and s + ±0 = s), as long as the other factor is finite.
 *
 * What `nonzeros` leaves at nz, all uint32: [skip, rows, rowStart[0…rows], columns of row 0, of row 1, …], and room
 * for the same by column: [columnStart[0…cols], rows of column 0, …]. skip = 0 means "dense: nothing noted".
 */

/** Above this share of nonzeros the blocked dense product is faster (measured on 784×100 and 100×100). */
const PAYS_BELOW: f32 = 0.5;

/** Bytes at nz for rows × cols. */
export function nonzeros_bytes(rows: i32, cols: i32): usize {
  return (<usize>rows + <usize>cols + 5 + 2 * <usize>rows * <usize>cols) << 2;
}

@inline
export function skips(nz: usize): bool {
  return load<u32>(nz) != 0;
}

/** Bitmask of the lanes at x that are not ±0 (NaN is not zero). */
@inline
function mask<T>(x: usize): i32 {
  const differs = v128.ne<T>(v128.load(x), v128.splat<T>(<T>0));
  return sizeof<T>() == 4 ? i32x4.bitmask(differs) : i64x2.bitmask(differs);
}

@inline
function note<T>(x: usize, nz: usize, rows: i32, cols: i32): void {
  const lanes = 16 / sizeof<T>();
  const vectorCols = cols & ~(lanes - 1);
  if (rows > 1) {
    const limit = <i32>(PAYS_BELOW * <f32>(<f32>rows * <f32>cols));
    let count = 0;
    let at = x;
    for (let r = 0; r < rows && count <= limit; r++) {
      let c = 0;
      for (; c < vectorCols; c += lanes, at += 16) count += popcnt(mask<T>(at));
      for (; c < cols; c++, at += sizeof<T>()) count += <i32>(load<T>(at) != <T>0);
    }
    if (count > limit) {
      store<u32>(nz, 0);
      return;
    }
  }
  store<u32>(nz, 1);
  store<u32>(nz, rows, 4);
  const starts = nz + 8;
  const columns = starts + ((<usize>rows + 1) << 2);
  let found: usize = 0;
  store<u32>(starts, 0);
  for (let r = 0; r < rows; r++) {
    let c = 0;
    for (; c < vectorCols; c += lanes, x += 16) {
      for (let bits = mask<T>(x); bits != 0; bits &= bits - 1, found++) {
        store<u32>(columns + (found << 2), c + ctz(bits));
      }
    }
    for (; c < cols; c++, x += sizeof<T>()) {
      if (load<T>(x) != <T>0) {
        store<u32>(columns + (found << 2), c);
        found++;
      }
    }
    store<u32>(starts + ((<usize>r + 1) << 2), <u32>found);
  }
}

export function nonzeros_f32(x: usize, nz: usize, rows: i32, cols: i32): void {
  note<f32>(x, nz, rows, cols);
}
export function nonzeros_f64(x: usize, nz: usize, rows: i32, cols: i32): void {
  note<f64>(x, nz, rows, cols);
}

/** out[·] (+)= x₀·p₀[·] + … of `count` (1, 2 or 4, a constant where inlined) rows, in this order. */
@inline
function combine<T>(
  out: usize, cols: i32, first: bool, count: i32,
  x0: T, p0: usize, x1: T, p1: usize, x2: T, p2: usize, x3: T, p3: usize,
): void {
  const lanes = 16 / sizeof<T>();
  const bytes = <usize>cols * sizeof<T>();
  const vectorBytes = <usize>(cols & ~(lanes - 1)) * sizeof<T>();
  const v0 = v128.splat<T>(x0);
  const v1 = v128.splat<T>(x1);
  const v2 = v128.splat<T>(x2);
  const v3 = v128.splat<T>(x3);
  let i: usize = 0;
  for (; i < vectorBytes; i += 16) {
    let sum = first ? v128.splat<T>(<T>0) : v128.load(out + i);
    sum = v128.add<T>(sum, v128.mul<T>(v0, v128.load(p0 + i)));
    if (count > 1) sum = v128.add<T>(sum, v128.mul<T>(v1, v128.load(p1 + i)));
    if (count > 2) {
      sum = v128.add<T>(sum, v128.mul<T>(v2, v128.load(p2 + i)));
      sum = v128.add<T>(sum, v128.mul<T>(v3, v128.load(p3 + i)));
    }
    v128.store(out + i, sum);
  }
  for (; i < bytes; i += sizeof<T>()) {
    let sum = first ? <T>0 : load<T>(out + i);
    sum = <T>(sum + <T>(x0 * load<T>(p0 + i)));
    if (count > 1) sum = <T>(sum + <T>(x1 * load<T>(p1 + i)));
    if (count > 2) {
      sum = <T>(sum + <T>(x2 * load<T>(p2 + i)));
      sum = <T>(sum + <T>(x3 * load<T>(p3 + i)));
    }
    store<T>(out + i, sum);
  }
}

/**
 * out[·] = Σ_j x_j·p_j[·] over the indices k at `list`, in list order from +0:
 * x_j = value at x + k·xStride, p_j = row of `cols` values at p + k·pStride.
 */
@inline
function combineRows<T>(
  out: usize, cols: i32, list: usize, count: i32, x: usize, xStride: usize, p: usize, pStride: usize,
): void {
  const end = list + (<usize>count << 2);
  let first = true;
  for (; list + 16 <= end; list += 16, first = false) {
    const k0 = <usize>load<u32>(list);
    const k1 = <usize>load<u32>(list, 4);
    const k2 = <usize>load<u32>(list, 8);
    const k3 = <usize>load<u32>(list, 12);
    combine<T>(
      out, cols, first, 4,
      load<T>(x + k0 * xStride), p + k0 * pStride, load<T>(x + k1 * xStride), p + k1 * pStride,
      load<T>(x + k2 * xStride), p + k2 * pStride, load<T>(x + k3 * xStride), p + k3 * pStride,
    );
  }
  if (list + 8 <= end) {
    const k0 = <usize>load<u32>(list);
    const k1 = <usize>load<u32>(list, 4);
    combine<T>(
      out, cols, first, 2,
      load<T>(x + k0 * xStride), p + k0 * pStride, load<T>(x + k1 * xStride), p + k1 * pStride,
      <T>0, 0, <T>0, 0,
    );
    list += 8;
    first = false;
  }
  if (list < end) {
    const k0 = <usize>load<u32>(list);
    combine<T>(
      out, cols, first, 1, load<T>(x + k0 * xStride), p + k0 * pStride, <T>0, 0, <T>0, 0, <T>0, 0,
    );
    first = false;
  }
  if (first) memory.fill(out, 0, <usize>cols * sizeof<T>());
}

/** U = X·W + b over X's noted places. */
@inline
export function forwardSkipping<T>(
  x: usize, nz: usize, w: usize, b: usize, u: usize, rows: i32, inputs: i32, units: i32,
): void {
  const starts = nz + 8;
  const columns = starts + ((<usize>rows + 1) << 2);
  const uStride = <usize>units * sizeof<T>();
  for (let r: usize = 0; r < <usize>rows; r++) {
    const from = load<u32>(starts + (r << 2));
    const to = load<u32>(starts + (r << 2), 4);
    combineRows<T>(
      u, units, columns + (<usize>from << 2), to - from,
      x + r * <usize>inputs * sizeof<T>(), sizeof<T>(), w, uStride,
    );
    let i: usize = 0;
    const vectorBytes = uStride & ~15;
    for (; i < vectorBytes; i += 16) v128.store(u + i, v128.add<T>(v128.load(u + i), v128.load(b + i)));
    for (; i < uStride; i += sizeof<T>()) store<T>(u + i, <T>(load<T>(u + i) + load<T>(b + i)));
    u += uStride;
  }
}

/** dW = XᵀΔ over X's noted places in rows [first, first + rows): a column's rows meet in row order. */
@inline
export function weightsSkipping<T>(
  x: usize, nz: usize, delta: usize, dw: usize, first: i32, rows: i32, inputs: i32, units: i32,
): void {
  const starts = nz + 8;
  const all = <usize>load<u32>(nz, 4);
  const columns = starts + ((all + 1) << 2);
  const columnStarts = columns + ((all * <usize>inputs) << 2);
  const list = columnStarts + ((<usize>inputs + 2) << 2);
  const from = <usize>load<u32>(starts + (<usize>first << 2));
  const to = <usize>load<u32>(starts + ((<usize>first + <usize>rows) << 2));
  // A counting sort by column: counts, their running sum, then each place into its column's list.
  memory.fill(columnStarts, 0, (<usize>inputs + 2) << 2);
  for (let k = from; k < to; k++) {
    const count = columnStarts + ((<usize>load<u32>(columns + (k << 2)) + 2) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  for (let c: usize = 2; c < <usize>inputs + 2; c++) {
    store<u32>(columnStarts + (c << 2), load<u32>(columnStarts + (c << 2)) + load<u32>(columnStarts + ((c - 1) << 2)));
  }
  for (let r = <usize>first; r < <usize>first + <usize>rows; r++) {
    const end = <usize>load<u32>(starts + (r << 2), 4);
    for (let k = <usize>load<u32>(starts + (r << 2)); k < end; k++) {
      const cursor = columnStarts + ((<usize>load<u32>(columns + (k << 2)) + 1) << 2);
      const place = load<u32>(cursor);
      store<u32>(list + (<usize>place << 2), <u32>r);
      store<u32>(cursor, place + 1);
    }
  }
  for (let c: usize = 0; c < <usize>inputs; c++) {
    const begin = load<u32>(columnStarts + (c << 2));
    const end = load<u32>(columnStarts + (c << 2), 4);
    combineRows<T>(
      dw + c * <usize>units * sizeof<T>(), units, list + (<usize>begin << 2), end - begin,
      x + c * sizeof<T>(), <usize>inputs * sizeof<T>(), delta, <usize>units * sizeof<T>(),
    );
  }
}

/** W ← W − rate·xᵀδ over one row's noted places, b ← b − rate·δ. */
@inline
function rank1<T>(
  x: usize, nz: usize, delta: usize, w: usize, b: usize, units: i32, rate: T,
): void {
  const bytes = <usize>units * sizeof<T>();
  const vectorBytes = bytes & ~15;
  const rates = v128.splat<T>(rate);
  const columns = nz + 16;
  const end = columns + (<usize>load<u32>(nz, 12) << 2);
  for (let at = columns; at < end; at += 4) {
    const c = <usize>load<u32>(at);
    const value = load<T>(x + c * sizeof<T>());
    const values = v128.splat<T>(value);
    const row = w + c * bytes;
    let i: usize = 0;
    for (; i < vectorBytes; i += 16) {
      const g = v128.mul<T>(values, v128.load(delta + i));
      v128.store(row + i, v128.sub<T>(v128.load(row + i), v128.mul<T>(rates, g)));
    }
    for (; i < bytes; i += sizeof<T>()) {
      store<T>(row + i, <T>(load<T>(row + i) - <T>(rate * <T>(value * load<T>(delta + i)))));
    }
  }
  let i: usize = 0;
  for (; i < vectorBytes; i += 16) {
    v128.store(b + i, v128.sub<T>(v128.load(b + i), v128.mul<T>(rates, v128.load(delta + i))));
  }
  for (; i < bytes; i += sizeof<T>()) store<T>(b + i, <T>(load<T>(b + i) - <T>(rate * load<T>(delta + i))));
}

export function sgd_rank1_step_f32(
  x: usize, nz: usize, delta: usize, w: usize, b: usize, inputs: i32, units: i32, rate: f32,
): void {
  rank1<f32>(x, nz, delta, w, b, units, rate);
}
export function sgd_rank1_step_f64(
  x: usize, nz: usize, delta: usize, w: usize, b: usize, inputs: i32, units: i32, rate: f64,
): void {
  rank1<f64>(x, nz, delta, w, b, units, rate);
}
