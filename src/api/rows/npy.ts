/** Rows of an array of NumPy. */
import { UserError } from '../../errors.js';
import { openNpy } from '../../formats/npy.js';
import { eachBlock } from '../../formats/npy-blocks.js';
import { type FileRow, keepsNothing, none, type RowFile } from './file.js';

/** Rows that are handed over at once: a batch of predictions. */
const AT_ONCE = 512;

/**
 * @param path a `.npy` file, gzipped or not, or an array in an archive: `d.npz#x`
 * @param features numbers a row that the model takes; undefined: it takes columns
 */
export async function npyRows(path: string, features: number | undefined): Promise<RowFile> {
  if (features === undefined) {
    throw new UserError(
      `${path}: the model takes rows of columns, and an array has numbers without names; give it a table`,
    );
  }
  const array = await openNpy(path);
  const [rows = 1, ...shape] = array.shape;
  const width = array.length / rows;
  if (array.shape.length < 2 || width !== features) {
    throw new UserError(
      `${array.path}: expected rows of ${features} numbers, got an array of ${array.shape.join(' × ') || 'one value'}` +
        (shape.length === 0 && rows === features ? '; a single row has the shape 1 × n (x[None])' : ''),
    );
  }
  return {
    where: array.path,
    placeOf: (row) => `${array.path}: row ${row}`,
    async each(wanted, use) {
      keepsNothing(wanted, array.path);
      await eachBlock(array, AT_ONCE, (values, firstRow, count) =>
        use(
          Array.from(
            { length: count },
            (_, r): FileRow => ({
              at: firstRow + r + 1,
              cells: values.subarray(r * width, (r + 1) * width),
              kept: none,
            }),
          ),
        ),
      );
    },
  };
}
