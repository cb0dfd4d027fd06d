/** Rows of numbers without names, larger than memory: read block by block while others are learned from. */
import { UserError } from '../../errors.js';
import { placeIn } from '../../formats/npy.js';
import type { NpyRows } from '../../formats/npy-rows.js';
import type { Spec } from '../../options.js';
import { type FittedTarget, unscaled } from '../../preprocess/fitted.js';
import { fitted as fittedScale } from '../../preprocess/scales/scale.js';
import { reciprocal } from '../scale.js';
import {
  classTargets,
  type DataContext,
  type DataSource,
  type DataWindow,
  MOST_CLASSES,
  matrixOf,
  type Scale,
  type Targets,
} from '../source.js';
import { runsOf, type StreamedSplit, type StreamSpec, streamedSplit } from '../streaming.js';
import type { TargetOptions } from './targets.js';

export interface StreamedGiven {
  readonly features: NpyRows;
  readonly target: NpyRows;
  readonly options: TargetOptions;
  /** As `scaleOption`. */
  readonly scale?: unknown;
  readonly split?: Spec;
  readonly stream: StreamSpec;
}

const BYTES = { uint8: 1, int32: 4, float32: 4, float64: 8 };
/** Values that passes over a file read at a time. */
const PASS_VALUES = 1 << 20;

/** What rows are to give, and how a window's targets are made of the file's. */
interface StreamedTarget {
  readonly targets: Targets;
  readonly outputs: number;
  readonly fitted: FittedTarget;
  put(values: Float64Array, rows: number, into: DataWindow['targets'], place: number, first: number): void;
}

/** @throws UserError for what cannot be streamed, and for what is not as it should be */
export async function streamedMatrix(given: StreamedGiven, context: DataContext): Promise<DataSource> {
  const { features, target, stream, split = { name: 'random' } } = given;
  const { rows, width } = features;
  const planned = await streamedTarget(given, context.targets);
  const rowBytes = width * BYTES[features.as] + targetBytes(planned.targets);
  const { seed, minibatches } = context;
  const plan = streamedSplit(stream, split, { rows, rowBytes, seed, where: features.path, minibatches });
  const scale = await streamedScale(given, plan);
  const read = async (first: number, count: number, into: DataWindow, place: number) => {
    await features.read(first, count, into.features as never, place);
    allFinite(into.features, place * width, count * width, features, first);
    const values = new Float64Array(count * target.width);
    const own = target.as === 'float64' ? values : new views[target.as](values.length);
    await target.read(first, count, own as never, 0);
    if (own !== values) values.set(own);
    planned.put(values, count, into.targets, place, first);
  };
  const { block, perWindow, lanes, isTrain, trainRowsOf, held, resident } = plan;
  return {
    rows: resident,
    features: width,
    outputs: planned.outputs,
    featureType: features.as,
    scale,
    targets: planned.targets,
    parts: plan.parts,
    split: plan.split,
    numberOf: (row) => held[row - resident + held.length],
    preprocessing: { matrix: matrixOf({ features: width, scale }), target: planned.fitted },
    async read(into) {
      for (const { first, count, at } of runsOf(held)) {
        await read(first, count, into, resident - held.length + at);
      }
    },
    stream: {
      rows,
      block,
      perWindow,
      ...(lanes && { lanes }),
      isTrain,
      trainRowsOf,
      read,
      fingerprint: async () => `${await features.fingerprint()} ${await target.fingerprint()}`,
    },
  };
}

const views = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };

const targetBytes = (targets: Targets) =>
  targets.kind === 'class' ? (targets.type === 'uint8' ? 1 : 2) : 8 * targets.outputs;

/** All values of an array, part by part in their order. */
async function eachPart(
  array: NpyRows,
  use: (values: Float64Array, first: number, rows: number) => void,
): Promise<void> {
  const most = Math.max(1, Math.floor(PASS_VALUES / array.width));
  for (let first = 0; first < array.rows; first += most) {
    const rows = Math.min(most, array.rows - first);
    const own = new views[array.as](rows * array.width);
    await array.read(first, rows, own as never, 0);
    use(Float64Array.from(own), first, rows);
  }
}

async function streamedTarget(
  { target, options }: StreamedGiven,
  takes: DataContext['targets'],
): Promise<StreamedTarget> {
  const { width } = target;
  const type = options.type ?? (takes === 'values' ? 'value' : 'class');
  if (type === 'value') {
    const columns = Array.from({ length: width }, (_, k) => ({ name: `output${k + 1}`, scale: unscaled }));
    return {
      targets: { kind: 'values', outputs: width, type: 'float64' },
      outputs: width,
      fitted: { kind: 'values', columns },
      put: (values, _, into, place) => into.set(values, place * width),
    };
  }
  if (width !== 1) throw new UserError(`${target.path}: expected a label for each row, got ${width} values`);
  const labels = await labelsOf(target, options.classes);
  const places = new Map(labels.map((label, code) => [label, code]));
  const names = typeof options.classes === 'object' ? [...options.classes] : labels.map(String);
  const codeOf = (label: number, row: number): number => {
    const code = places.get(label);
    if (code !== undefined) return code;
    throw new UserError(
      `${target.path}: row ${row + 1}: expected a label from ${labels[0]} to ${labels.at(-1)}, got ${label}`,
    );
  };
  const numeric = typeof options.classes !== 'object';
  const put: StreamedTarget['put'] = (values, rows, into, place, first) => {
    for (let r = 0; r < rows; r++) into[place + r] = codeOf(values[r], first + r);
  };
  if (takes !== 'binary') {
    const fitted = { kind: 'class', column: 'class', classes: names, numeric } as const;
    return { targets: classTargets(labels.length), outputs: labels.length, fitted, put };
  }
  if (labels.length !== 2) {
    throw new UserError(
      `data.target: expected two classes, which the loss is for, got ${labels.length}; use cross-entropy`,
    );
  }
  const columns = [{ name: 'class', classes: [names[0], names[1]], numeric }] as const;
  return {
    targets: { kind: 'values', outputs: 1, type: 'float64' },
    outputs: 1,
    fitted: { kind: 'binary', columns } as FittedTarget,
    put,
  };
}

/** The labels in the order of their classes: those that were given, or all that there are, which takes a pass over the file. */
async function labelsOf(target: NpyRows, classes: TargetOptions['classes']): Promise<number[]> {
  if (classes !== undefined) {
    return Array.from({ length: typeof classes === 'number' ? classes : classes.length }, (_, k) => k);
  }
  const found = new Set<number>();
  await eachPart(target, (values, first) => {
    for (let r = 0; r < values.length; r++) {
      if (found.has(values[r])) continue;
      if (!Number.isSafeInteger(values[r]) || found.size === MOST_CLASSES) {
        throw new UserError(
          `${target.path}: row ${first + r + 1}: expected a label, a whole number, of at most ${MOST_CLASSES}, got ` +
            `${values[r]}; for values to predict set data.target.type: value`,
        );
      }
      found.add(values[r]);
    }
  });
  if (found.size < 2)
    throw new UserError(`${target.path}: every label is the same; there is nothing to tell apart`);
  return [...found].sort((a, b) => a - b);
}

/** One pass over the training rows, in the file's order; means and squares of parts are merged (Chan, Golub and LeVeque 1979). */
async function streamedScale(
  { features, scale }: StreamedGiven,
  plan: StreamedSplit,
): Promise<Scale | undefined> {
  if (scale === undefined || scale === 1) return undefined;
  if (typeof scale === 'number') return { kind: 'one', ...reciprocal(scale), offset: 0 };
  const { name } = typeof scale === 'string' ? { name: scale } : (scale as Spec);
  if (name === 'none') return undefined;
  if (name !== 'standard' && name !== 'min-max') {
    throw new UserError(
      `data.scale: expected "standard", "min-max", "none" or a number for data that are streamed, got "${name}": it ` +
        'needs all values of a column at once',
    );
  }
  const { width } = features;
  const means = new Float64Array(width);
  const squares = new Float64Array(width);
  const lowest = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
  const highest = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
  let before = 0;
  await eachPart(features, (values, first, rows) => {
    allFinite(values, 0, values.length, features, first);
    const own = Uint32Array.from({ length: rows }, (_, r) => r).filter((r) => plan.isTrain(first + r));
    const n = own.length;
    if (n === 0) return;
    for (let c = 0; c < width; c++) {
      let sum = 0;
      for (const r of own) sum += values[r * width + c];
      const mean = sum / n;
      let around = 0;
      for (const r of own) {
        const value = values[r * width + c];
        around += (value - mean) ** 2;
        lowest[c] = Math.min(lowest[c], value);
        highest[c] = Math.max(highest[c], value);
      }
      const apart = mean - means[c];
      means[c] += (apart * n) / (before + n);
      squares[c] += around + apart ** 2 * ((before * n) / (before + n));
    }
    before += n;
  });
  const scales = new Float64Array(width);
  const offsets = new Float64Array(width);
  for (let c = 0; c < width; c++) {
    const { center, spread } =
      name === 'standard'
        ? fittedScale(means[c], Math.sqrt(squares[c] / before))
        : fittedScale(lowest[c], highest[c] - lowest[c]);
    scales[c] = 1 / spread;
    offsets[c] = -center / spread;
  }
  return { kind: 'columns', scales, offsets };
}

/** @throws UserError naming row and column of a number that is none */
function allFinite(
  values: DataWindow['features'],
  from: number,
  count: number,
  { path, rows, shape, width }: NpyRows,
  first: number,
): void {
  if (values instanceof Uint8Array || values instanceof Int32Array) return;
  for (let k = 0; k < count; k++) {
    if (values[from + k] - values[from + k] === 0) continue;
    throw new UserError(
      `${path}: ${placeIn([rows, ...shape], first * width + k)}: expected a finite number, got ${values[from + k]}; replace it beforehand`,
    );
  }
}
