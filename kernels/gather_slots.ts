/** Rows of a table: numbers, and codes of categories that become as many inputs, of which one is 1. */
import { rowOf } from './rows';

/**
 * X[r, ·] from the `values` float64 of row order[r]: `slots` has 0 for one that is an input as it is, n for a code from 0
 * to n − 1, or −1 for none, that becomes n inputs.
 */
@inline
function gatherSlots<T>(
  features: usize,
  order: usize,
  x: usize,
  rows: i32,
  values: i32,
  cols: i32,
  slots: usize,
): void {
  memory.fill(x, 0, <usize>rows * <usize>cols * sizeof<T>());
  const end = slots + (<usize>values << 2);
  for (let r = 0; r < rows; r++) {
    let from = features + (rowOf(order, r, values) << 3);
    for (let slot = slots; slot < end; slot += 4, from += 8) {
      const codes = load<i32>(slot);
      const value = load<f64>(from);
      if (codes == 0) {
        store<T>(x, <T>value);
        x += sizeof<T>();
      } else {
        if (value >= 0) store<T>(x + <usize>value * sizeof<T>(), <T>1);
        x += <usize>codes * sizeof<T>();
      }
    }
  }
}

export function gather_slots_f32(features: usize, order: usize, x: usize, rows: i32, values: i32, cols: i32, slots: usize): void {
  gatherSlots<f32>(features, order, x, rows, values, cols, slots);
}
export function gather_slots_f64(features: usize, order: usize, x: usize, rows: i32, values: i32, cols: i32, slots: usize): void {
  gatherSlots<f64>(features, order, x, rows, values, cols, slots);
}
