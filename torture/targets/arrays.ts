/** Arrays and pictures as targets: NPY, NPZ, PNG, JPEG. Knows what a reader may take, not how it reads. */
import { copyFile, writeFile } from 'node:fs/promises';
import { PNG } from 'pngjs';
import { UserError } from '../../src/errors.js';
import { openNpy } from '../../src/formats/npy.js';
import { openNpyRows } from '../../src/formats/npy-rows.js';
import { pictureSize, readPicture } from '../../src/formats/picture.js';
import type { Target, Targets } from './target.js';

/** Values that are read; what declares more is only opened. */
export const largestRead = 2 ** 21;
/** Pixels of pictures that are read. */
const mostPixels = 2 ** 18;

const makers = {
  uint8: (length: number) => new Uint8Array(length),
  int32: (length: number) => new Int32Array(length),
  float32: (length: number) => new Float32Array(length),
  float64: (length: number) => new Float64Array(length),
};

async function whole(path: string): Promise<'accepted'> {
  const array = await openNpy(path);
  if (array.shape.reduce((product, side) => product * side, 1) !== array.length)
    throw new Error(`${array.length} values of the shape ${array.shape}`);
  if (array.length <= largestRead) await array.readInto(makers[array.as](array.length));
  return 'accepted';
}

const npy: Target = (_bytes, path) => whole(path);

/** In a file whose name says what it is. The archive's only array, or its first. */
const npz: Target = async (bytes, path) => {
  const archive = `${path}.npz`;
  if (bytes.length > 0) await copyFile(path, archive);
  else await writeFile(archive, bytes);
  try {
    return await whole(archive);
  } catch (error) {
    if (!(error instanceof UserError && error.message.includes('expected the name of one of its arrays')))
      throw error;
    return whole(`${archive}#x`);
  }
};

/** Rows one by one from where they stand, and all at once: the same. */
const npyRows: Target = async (_bytes, path) => {
  const { rows, width, as, read, fingerprint } = await openNpyRows(path);
  if (rows * width > largestRead || rows > 1000) return 'accepted';
  const [one, all] = [makers[as](rows * width), makers[as](rows * width)];
  await read(0, rows, all, 0);
  for (let row = 0; row < Math.min(rows, 16); row++) {
    await read(row, 1, one, row);
    for (let k = row * width; k < (row + 1) * width; k++)
      if (!Object.is(one[k], all[k])) throw new Error(`row ${row} is another one when it is read alone`);
  }
  await fingerprint();
  return 'accepted';
};

const picture: Target = async (_bytes, path) => {
  const size = await pictureSize(path);
  if (size.width * size.height > mostPixels) return 'accepted';
  const { width, height, pixels } = await readPicture(path);
  if (pixels.length !== 4 * width * height) throw new Error(`${pixels.length} bytes of pixels`);
  return 'accepted';
};

/** Believes the shape. */
const unsized: Target = async (bytes) => {
  const [, sides = ''] = /'shape': \(([\d, ]*)\)/.exec(Buffer.from(bytes).toString('latin1')) ?? [];
  new Float64Array(sides.split(',').reduce((product, side) => product * (Number(side) || 1), 1));
  return 'accepted';
};

/** Decodes as many pixels as the header says. */
const unmeasured: Target = async (bytes) => {
  try {
    PNG.sync.read(Buffer.from(bytes));
  } catch {
    throw new UserError('damaged');
  }
  return 'accepted';
};

export const arrayTargets: Targets = {
  npy,
  npz,
  'npy rows': npyRows,
  picture,
  'npy without the size check': unsized,
  'picture without the size check': unmeasured,
};
