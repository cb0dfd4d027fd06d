/** Where rows of the data set lie. */

/** Rows at random places come from memory; so many are asked for at once, or else each line is waited for. */
const AHEAD = 8;
/** Of a longer row, the processor has seen by then where it goes on; more rows than this would not stay in its cache. */
const AHEAD_BYTES: usize = 2048;
const LINE: usize = 64;

/** The first value of the r-th wanted row, counted in values. */
@inline
export function rowOf(order: usize, r: i32, cols: i32): usize {
  return <usize>load<u32>(order + (<usize>r << 2)) * <usize>cols;
}

/** Before each 8th row: asks for this one and the next ones. Short rows share lines, and are not worth it. */
@inline
export function prefetch<S>(features: usize, order: usize, r: i32, rows: i32, cols: i32): void {
  const bytes = min(<usize>cols * sizeof<S>(), AHEAD_BYTES);
  if (r % AHEAD != 0 || bytes < LINE) return;
  for (let next = r; next < min(r + AHEAD, rows); next++) {
    const at = features + rowOf(order, next, cols) * sizeof<S>();
    for (let i: usize = 0; i < bytes; i += LINE) load<u8>(at + i);
  }
}
