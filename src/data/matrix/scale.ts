/** Scales of columns of numbers without names, fitted to the training rows, and finite numbers seen to. */
import { UserError } from '../../errors.js';
import type { Spec } from '../../options.js';
import { fitScale } from '../../preprocess/scales/index.js';
import { reciprocal } from '../scale.js';
import type { Scale } from '../source.js';

/** What `data.scale` may say: what features are divided by, or how each column is scaled. */
export const scaleOption = {
  type: 'either',
  of: [
    {
      type: 'number',
      above: 0,
      max: 1e9,
      description: 'What all features are divided by, as 255 for bytes.',
    },
    { type: 'member', family: 'scales', description: 'How each column is scaled; fitted on training rows.' },
  ],
  optional: true,
  description:
    'What becomes of features: a number that all are divided by, or a scale for each column. Default: nothing.',
} as const;

/** The scale of a source, whose columns' numbers `fit` finds once the rows are there. */
export interface PlannedScale {
  readonly scale: Scale | undefined;
  /** @param values all rows, `features` values each @param train the training rows */
  fit(values: ArrayLike<number>, features: number, train: Uint32Array): void;
}

/** Columns that are gathered in one pass over the rows: a cache line of float64. */
const BLOCK = 8;

/** @param given what `scaleOption` comes to @throws UserError for a scale that is not x·a + b */
export function planScale(given: unknown, features: number): PlannedScale {
  if (given === undefined || given === 1) return { scale: undefined, fit: () => {} };
  if (typeof given === 'number')
    return { scale: { kind: 'one', ...reciprocal(given), offset: 0 }, fit: () => {} };
  const spec: Spec = typeof given === 'string' ? { name: given } : (given as Spec);
  if (spec.name === 'none') return { scale: undefined, fit: () => {} };
  if (fitScale(spec, Float64Array.of(1, 2)).log) {
    throw new UserError(
      `data.scale: "${spec.name}" takes logarithms, which rows of numbers without names are not prepared with; take them ` +
        'beforehand, or use a table (data.name: csv, parquet), where each column has a scale of its own',
    );
  }
  const scales = new Float64Array(features);
  const offsets = new Float64Array(features);
  return {
    scale: { kind: 'columns', scales, offsets },
    fit(values, width, train) {
      const block = Array.from({ length: BLOCK }, () => new Float64Array(train.length));
      for (let first = 0; first < width; first += BLOCK) {
        const count = Math.min(BLOCK, width - first);
        for (let k = 0; k < train.length; k++) {
          const at = train[k] * width + first;
          for (let c = 0; c < count; c++) block[c][k] = values[at + c];
        }
        for (let c = 0; c < count; c++) {
          const { center, spread } = fitScale(spec, block[c]);
          scales[first + c] = 1 / spread;
          offsets[first + c] = -center / spread;
        }
      }
    },
  };
}
