/** The rows of an NPY array, some at a time, whichever order they have in the file. */
import type { NpyArray } from './npy.js';
import { decoders, type NpyValues } from './npy-types.js';

/** Values of a block at most, or one row. */
const MOST_VALUES = 1 << 24;

/**
 * Hands over blocks of rows, row-major, and waits for `use` before it reads on. An array in Fortran order lies in memory
 * whole, any other one never.
 * @param atOnce rows of a block; fewer where they are wide
 * @param use may keep the rows
 * @throws UserError as `NpyArray.each`
 */
export async function eachBlock(
  array: NpyArray,
  atOnce: number,
  use: (values: NpyValues['values'], firstRow: number, rows: number) => Promise<void>,
): Promise<void> {
  const { shape, length, type, fortran } = array;
  const [rows = 1] = shape;
  const width = length / rows;
  const { make } = decoders[type];
  const most = Math.max(1, Math.min(atOnce, Math.floor(MOST_VALUES / width)));
  if (fortran && shape.length > 1) {
    const all = make(length);
    await array.readInto(all);
    for (let first = 0; first < rows; first += most) {
      const count = Math.min(most, rows - first);
      await use(all.subarray(first * width, (first + count) * width), first, count);
    }
    return;
  }
  let row = 0;
  let block = make(Math.min(most, rows) * width);
  let filled = 0;
  await array.each(async (values, count) => {
    for (let from = 0; from < count; ) {
      const taken = Math.min(count - from, block.length - filled);
      block.set(values.subarray(from, from + taken), filled);
      from += taken;
      filled += taken;
      if (filled < block.length) continue;
      const own = block;
      const first = row;
      row += own.length / width;
      filled = 0;
      if (row < rows) block = make(Math.min(most, rows - row) * width);
      await use(own, first, own.length / width);
    }
  });
}
