/** IDX files as targets: one file, or the four of a data set. Knows what a reader may take, not how it reads. */
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createGunzip, gunzipSync } from 'node:zlib';
import { openMnist } from '../../src/data/mnist.js';
import { openIdx } from '../../src/formats/idx.js';
import type { Target, Targets } from './target.js';

/** Values that are read; what declares more is only opened. */
export const largestRead = 16 * 2 ** 20;

/** Opens a file of so many dimensions, and reads it where that is not too much. */
function idx(rank: number): Target {
  return async (bytes, path) => {
    const opened = await openIdx(path, rank);
    if (opened.length > largestRead) return 'accepted';
    const values = Buffer.alloc(opened.length);
    await opened.readInto(values);
    const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const start = 4 + 4 * rank;
    if (!gzipped && bytes.length === start + values.length && values.compare(bytes, start) !== 0) {
      throw new Error('read other values than the file holds');
    }
    return 'accepted';
  };
}

/** Rows whose order is drawn: that is training's first work, and takes a second for some millions. */
const mostShuffled = 2 ** 18;

/** Between the four files of a data set in one input. */
export const separator = '\0next file\0';
const names = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];

/** The input is the four files, one after another; those that are missing are missing on the disk. */
const mnist: Target = async (bytes, path) => {
  const folder = `${path}-set`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  let rest = Buffer.from(bytes);
  for (const name of names) {
    const end = rest.indexOf(separator);
    await writeFile(`${folder}/${name}`, end < 0 ? rest : rest.subarray(0, end));
    if (end < 0) break;
    rest = rest.subarray(end + separator.length);
  }
  const source = await openMnist({ path: folder, split: { train: 1, validation: 0, test: 0 } });
  const { rows, features } = source;
  if (rows * features > largestRead) return 'accepted';
  if (rows <= mostShuffled) {
    const [row] = source.split(1).train;
    if (row >= rows) throw new Error(`row ${row} of ${rows}`);
  }
  const labels = new Uint8Array(rows);
  await source.read(new Uint8Array(rows * features), labels);
  if (labels.some((label) => label >= source.outputs)) throw new Error('a label that is no class');
  return 'accepted';
};

/** Believes the header. */
const unsized: Target = async (bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = [4, 8, 12].reduce(
    (product, at) => product * (at + 4 <= bytes.length ? view.getUint32(at) : 1),
    1,
  );
  new Uint8Array(length).fill(0, 0, 1);
  return 'accepted';
};

/** Opens whatever stands there. */
const unasked: Target = async (_bytes, path) => {
  await readFile(path).catch(() => {});
  return 'accepted';
};

/** Unpacks to the end of the file, and looks at the header then. */
const unbounded: Target = async (_bytes, path) => {
  try {
    gunzipSync(await readFile(path));
  } catch {}
  return 'accepted';
};

/** Leaves the errors of unpacking to whoever listens. */
const unheard: Target = (_bytes, path) =>
  new Promise((resolve) => {
    createReadStream(path)
      .pipe(createGunzip())
      .on('data', () => {})
      .on('close', () => resolve('accepted'));
  });

export const idxTargets: Targets = {
  labels: idx(1),
  images: idx(3),
  deepest: idx(255),
  mnist,
  'images without the size check': unsized,
  'images without the look at what it is': unasked,
  'images without the stop at the declared size': unbounded,
  'images without the care for damage': unheard,
};
