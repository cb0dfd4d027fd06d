/** Arrays of NumPy: features in one, what is to be predicted in another. */

import { UserError } from '../errors.js';
import { type NpyArray, openNpy, placeIn } from '../formats/npy.js';
import { type NpyRows, openNpyRows } from '../formats/npy-rows.js';
import type { Options } from '../options.js';
import { balanceOption } from './balance.js';
import { scaleOption } from './matrix/scale.js';
import { type MatrixSet, matrixSource } from './matrix/source.js';
import { streamedMatrix } from './matrix/streamed.js';
import { planTarget, type TargetOptions } from './matrix/targets.js';
import { anyContext, type DataFamily } from './source.js';
import { type StreamSpec, streamOption } from './streaming.js';

const file = (description: string) => ({ type: 'text', path: true, description }) as const;

const options = {
  features: file(
    'Array of the features, rows first: a .npy file, gzipped or not, or an array in an archive, as in data.npz#x.',
  ),
  target: {
    type: 'either',
    description:
      'Array of what is to be predicted, a row for each of the features; or a mapping that says more.',
    of: [
      file('The array.'),
      {
        type: 'group',
        description: 'The array and what it holds.',
        options: {
          path: file('The array.'),
          type: {
            type: 'choice',
            of: ['class', 'value'],
            description: 'Whether it holds labels or values. Default: what the loss takes them for.',
            optional: true,
          },
          classes: {
            type: 'either',
            of: [
              {
                type: 'integer',
                min: 2,
                max: 65_535,
                description: 'How many classes there are: labels are from 0 on.',
              },
              { type: 'texts', least: 2, description: 'What the labels 0, 1, 2, … stand for.' },
            ],
            description:
              'How many classes there are, or their names. Default: the labels that there are, by size.',
            optional: true,
          },
        },
      },
    ],
  },
  testFeatures: { ...file('Features of a test set of its own.'), optional: true },
  testTarget: { ...file('What is to be predicted of it.'), optional: true },
  scale: scaleOption,
  stream: streamOption,
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
 * A row is what the first index of the features names, row-major, whichever order the file has. Bytes, integers of 32 bits,
 * float32 and float64 lie in memory as they are, narrower ones widen; wider integers are float64, and refused where they
 * would be rounded. Labels may be any whole numbers.
 */
export const npy: DataFamily<typeof options> = {
  description: 'Arrays of NumPy: .npy files, or arrays in .npz archives.',
  options,
  async open(given, context = anyContext) {
    const { features, testFeatures, testTarget, scale, split } = given;
    const { path, ...target } = targetOf(given.target);
    if (given.stream !== undefined) {
      if (testFeatures !== undefined || testTarget !== undefined) {
        throw new UserError(
          'data.testFeatures: streamed data are one array, of which some rows are the test; leave it out',
        );
      }
      const arrays = { features: await openNpyRows(features), target: await openNpyRows(path) };
      agreeRows(arrays.features, arrays.target);
      const stream = given.stream as StreamSpec;
      return streamedMatrix({ ...arrays, options: target, scale, split, stream }, context);
    }
    const pairs = [await openPair(features, path)];
    if ((testFeatures === undefined) !== (testTarget === undefined)) {
      const [there, missing] = testTarget === undefined ? ['Features', 'Target'] : ['Target', 'Features'];
      throw new UserError(`data.test${missing}: expected the array that belongs to test${there}, got none`);
    }
    if (testFeatures !== undefined && testTarget !== undefined)
      pairs.push(await openPair(testFeatures, testTarget));
    const [train, test] = pairs.map(({ rows }) => rows);
    return matrixSource(
      {
        where: features,
        train,
        test,
        width: pairs[0].target.length / pairs[0].rows.rows,
        target: async () =>
          planTarget(await readTargets(pairs.map((pair) => pair.target)), target, context.targets),
        scale,
        split,
        usualSplit: { name: test === undefined ? 'random' : 'official' },
      },
      context,
    );
  },
};

function targetOf(given: unknown): TargetOptions & { readonly path: string } {
  if (typeof given === 'string') return { path: given };
  const target = given as TargetOptions & { readonly path?: string };
  if (target.path === undefined) throw new UserError('data.target.path: expected an array, got nothing');
  return { ...target, path: target.path };
}

/** @throws UserError where the arrays are not of the same rows */
function agreeRows(features: NpyRows, target: NpyRows): void {
  if (features.rows === target.rows) return;
  throw new UserError(
    `${target.path}: expected ${features.rows} rows, as many as ${features.path} has, got ${target.rows}`,
  );
}

async function openPair(features: string, target: string): Promise<{ rows: MatrixSet; target: NpyArray }> {
  const values = await openNpy(features);
  const labels = await openNpy(target);
  const [rows, ...shape] = values.shape;
  if (rows === undefined || shape.length === 0) {
    throw new UserError(
      `${values.path}: expected rows of values, 2 or more dimensions, got ${rows === undefined ? 'a single value' : `${rows} single values`}; ` +
        'are features and target interchanged?',
    );
  }
  if (labels.shape[0] !== rows) {
    throw new UserError(
      `${labels.path}: expected ${rows} rows, as many as ${values.path} has, got ${labels.shape.join(' × ') || 'a single value'}`,
    );
  }
  const set: MatrixSet = { where: values.path, rows, shape, type: values.as, readInto: values.readInto };
  return { rows: set, target: labels };
}

const views = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };

/** All sets' targets, one after another. */
async function readTargets(arrays: readonly NpyArray[]) {
  const widths = arrays.map(({ length, shape }) => length / shape[0]);
  const odd = widths.findIndex((width) => width !== widths[0]);
  if (odd > 0) {
    throw new UserError(
      `${arrays[odd].path}: expected ${widths[0]} values a row as in ${arrays[0].path}, got ${widths[odd]}`,
    );
  }
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  const same = arrays.every(({ as }) => as === arrays[0].as);
  const values = new views[same ? arrays[0].as : 'float64'](length);
  let at = 0;
  const ends: number[] = [];
  for (const array of arrays) {
    const own = new views[array.as](array.length);
    await array.readInto(own);
    values.set(own, at);
    at += array.length;
    ends.push(at);
  }
  return {
    values,
    rows: length / widths[0],
    width: widths[0],
    as: same && arrays[0].as === 'float32' ? 'float32' : 'float64',
    place: (place: number) => {
      const k = ends.findIndex((end) => place < end);
      return `${arrays[k].path}: ${placeIn(arrays[k].shape, place - (k === 0 ? 0 : ends[k - 1]))}`;
    },
  } as const;
}
