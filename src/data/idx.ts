/** Data of one's own in IDX files, the format of MNIST: images or other rows of any shape, with labels or values. */

import { UserError } from '../errors.js';
import { idxTypes, openIdx } from '../formats/idx.js';
import type { Options, Values } from '../options.js';
import { balanceOption } from './balance.js';
import { reciprocal } from './scale.js';
import { type IdxSet, idxSource, isReal } from './sets.js';
import type { DataFamily, Scale } from './source.js';
import { hasSet, type SetPaths, usualFiles } from './usual-files.js';

/** Pixels are bytes that stand for value/255. */
const BYTE_SCALE = 255;

const file = (description: string) => ({ type: 'text', path: true, description, optional: true }) as const;

const options = {
  path: file(
    'Folder of files with the usual names, as train-images-idx3-ubyte: train-* and, where they are there, t10k-* as ' +
      'the test set. In place of it: features and targets.',
  ),
  features: file('IDX file of the features, gzipped or not: rows of values of any shape.'),
  targets: file('IDX file of the targets: whole numbers are labels, fractions are values to predict.'),
  testFeatures: file('Features of a test set of its own.'),
  testTargets: file('Targets of a test set of its own.'),
  scale: {
    type: 'number',
    above: 0,
    max: 1e9,
    description: 'What features are divided by. Default: 255 where they are bytes, else nothing.',
    optional: true,
  },
  balance: balanceOption,
  split: {
    type: 'member',
    family: 'splits',
    description:
      'Which rows are for training, for validation and for the test. Default: official where there is a test set, ' +
      'else random.',
    optional: true,
  },
} as const satisfies Options;

/**
 * A row is a row of the features' file, row-major. Its target is a class where the targets' file holds one whole number
 * a row (labels from 0 or from 1, see labels.ts), else the values of that file's row. The rows of the test set lie after
 * the others.
 */
export const idx: DataFamily<typeof options> = {
  description: 'Own files in the IDX format: images or other rows of any size, with labels or values.',
  options,
  async open(given) {
    const paths = await pathsOf(given);
    const sets: IdxSet[] = [];
    for (const each of paths) sets.push(await openSet(each));
    const [{ features, targets }] = sets;
    const divisor = given.scale ?? (features.type === 'uint8' ? BYTE_SCALE : 1);
    const scale: Scale | undefined =
      divisor === 1 ? undefined : { kind: 'one', ...reciprocal(divisor), offset: 0 };
    return idxSource({
      sets,
      where: given.path ?? features.path,
      labels: isReal(targets) ? undefined : 'found',
      scale,
      split: given.split ?? { name: sets.length > 1 ? 'official' : 'random' },
    });
  },
};

/** The files of the first set and of the test set, if there is one. */
async function pathsOf(given: Values<typeof options>): Promise<SetPaths[]> {
  const { path, features, targets, testFeatures, testTargets } = given;
  const named = [features, targets, testFeatures, testTargets].some((each) => each !== undefined);
  if (path !== undefined && named) {
    throw new UserError(
      'data: expected either path, or features and targets, got both; path is a folder of files with the usual names',
    );
  }
  if (path !== undefined) {
    const first = await usualFiles(path, 'train');
    return (await hasSet(path, 't10k')) ? [first, await usualFiles(path, 't10k')] : [first];
  }
  const first = pairOf('features', features, 'targets', targets);
  const test = pairOf('testFeatures', testFeatures, 'testTargets', testTargets);
  if (first === undefined) {
    throw new UserError(
      'data: expected path, a folder of files with the usual names, or features and targets, two files, got neither',
    );
  }
  return test === undefined ? [first] : [first, test];
}

function pairOf(
  featuresKey: string,
  features: string | undefined,
  targetsKey: string,
  targets: string | undefined,
): SetPaths | undefined {
  if (features !== undefined && targets !== undefined) return { features, targets };
  if (features === undefined && targets === undefined) return undefined;
  const [there, missing] = features === undefined ? [targetsKey, featuresKey] : [featuresKey, targetsKey];
  throw new UserError(`data.${missing}: expected the file that belongs to ${there}, got none`);
}

async function openSet(paths: SetPaths): Promise<IdxSet> {
  const features = await openIdx(paths.features, undefined, idxTypes);
  const targets = await openIdx(paths.targets, undefined, idxTypes);
  if (features.shape.length === 1) {
    throw new UserError(
      `${features.path}: expected rows of values, 2 or more dimensions, got ${features.length} single values; ` +
        'are features and targets interchanged?',
    );
  }
  if (targets.shape.length > 1 && !isReal(targets)) {
    throw new UserError(
      `${targets.path}: expected a label for each row, one dimension, or values of float32 or float64, ` +
        `got ${targets.shape.join(' × ')} values of ${targets.type}; are features and targets interchanged?`,
    );
  }
  return { features, targets };
}
