/**
 * Rows of numbers without names as a data source: sets of features with targets, whatever they come from, whose rows lie
 * one after another.
 */
import { UserError } from '../../errors.js';
import { placeIn } from '../../formats/npy.js';
import type { Fit } from '../../formats/pixels.js';
import type { Spec } from '../../options.js';
import { unlearned } from '../notes.js';
import { type DataContext, type DataSource, type DataWindow, matrixOf, type Split } from '../source.js';
import { noColumns, planSplit } from '../splits/index.js';
import { planScale } from './scale.js';
import type { PlannedTarget } from './targets.js';

/** Features of one set of rows. */
export interface MatrixSet {
  /** Where they come from, for messages. */
  readonly where: string;
  readonly rows: number;
  /** Sizes of one row. */
  readonly shape: readonly number[];
  readonly type: DataSource['featureType'];
  /** Where the value at a place is, for messages. Default: its row and column in the array `where`, from 1 on. */
  readonly placeOf?: (at: number) => string;
  /** Reads all rows, row-major. @throws UserError for what is not as it was declared */
  readInto(target: DataWindow['features']): Promise<void>;
}

export interface MatrixGiven {
  readonly where: string;
  /** The training set, and those for validation and test that there are. */
  readonly train: MatrixSet;
  readonly validation?: MatrixSet;
  readonly test?: MatrixSet;
  /** Numbers a row of what is to be predicted. */
  readonly width: number;
  /** Reads what is to be predicted, of all rows in that order; is called once it is known that they fit into memory. */
  target(): Promise<PlannedTarget>;
  /** As `scaleOption`. */
  readonly scale?: unknown;
  readonly split?: Spec;
  /** What stands where nobody says how to split. */
  readonly usualSplit: Spec;
  /** Of images: height, width and, where there are several, channels. */
  readonly image?: readonly number[];
  /** What became of pictures of another shape; undefined: there were none, or they were an error. */
  readonly fit?: Fit;
  readonly spec?: Spec;
  readonly notes?: readonly string[];
}

/** What one shared WebAssembly memory can hold. */
const LARGEST_BYTES = 2 ** 32;
const BYTES = { uint8: 1, int32: 4, float32: 4, float64: 8 };
/** Of a row beside its values: a place in the shuffled order. */
const ORDER_BYTES = 4;

/** @throws UserError where sets do not fit each other, or memory, and whatever targets, scale and split ask for */
export async function matrixSource(given: MatrixGiven, { seed }: DataContext): Promise<DataSource> {
  const { where, train, validation, test } = given;
  const sets = [train, validation, test].filter((set) => set !== undefined);
  for (const set of sets) agree(set, train);
  const features = train.shape.reduce((product, size) => product * size, 1);
  const rows = sets.reduce((sum, set) => sum + set.rows, 0);
  const bytes = rows * (features * BYTES[train.type] + given.width + ORDER_BYTES);
  if (bytes > LARGEST_BYTES) {
    throw new UserError(
      `${where}: expected at most ${LARGEST_BYTES} bytes, which memory can hold, got ${rows} rows of ${features} × ` +
        `${BYTES[train.type]} bytes and ${given.width} to predict`,
    );
  }
  const planned = planScale(given.scale, features);
  const target = await given.target();
  const plan = planSplit(given.split ?? given.usualSplit, {
    first: train.rows + (validation?.rows ?? 0),
    validation: validation?.rows ?? 0,
    test: test?.rows ?? 0,
    where,
    rows: {
      classes: target.classes,
      column: (name) => noColumns(name, where),
    },
  });
  let notes: readonly string[] | undefined;
  return {
    rows,
    features,
    outputs: target.outputs,
    featureType: train.type,
    scale: planned.scale,
    targets: target.targets,
    parts: plan.parts,
    split: plan.split,
    ...(given.spec && { spec: given.spec }),
    get notes() {
      notes ??= [...(given.notes ?? []), ...unlearnedOf(target, plan.split(seed))];
      return notes.length > 0 ? notes : undefined;
    },
    // Scales are there once rows were read.
    get preprocessing() {
      const matrix = matrixOf({ features, scale: planned.scale });
      const { image: shape, fit } = given;
      return { matrix: { ...matrix, ...(shape && { shape }), ...(fit && { fit }) }, target: target.fitted };
    },
    async read(window) {
      let row = 0;
      for (const set of sets) {
        const end = row + set.rows;
        const own = window.features.subarray(row * features, end * features);
        await set.readInto(own);
        allFinite(own, set);
        row = end;
      }
      planned.fit(window.features, features, plan.split(seed).train);
      target.fill(window.targets);
    },
  };
}

function unlearnedOf({ classes, fitted }: PlannedTarget, split: Split): string[] {
  if (classes === undefined || fitted.kind === 'values') return [];
  const names = fitted.kind === 'class' ? fitted.classes : fitted.columns[0].classes;
  return unlearned('the target', names, (row) => classes[row], split);
}

/** @throws UserError naming row and column of a number that is none */
export function allFinite(
  values: DataWindow['features'],
  {
    where,
    rows,
    shape,
    placeOf = (at) => `${where}: ${placeIn([rows, ...shape], at)}`,
  }: Pick<MatrixSet, 'where' | 'rows' | 'shape' | 'placeOf'>,
): void {
  if (values instanceof Uint8Array || values instanceof Int32Array) return;
  for (let at = 0; at < values.length; at++) {
    // Less a difference of equals, what is not finite is NaN.
    if (values[at] - values[at] === 0) continue;
    throw new UserError(
      `${placeOf(at)}: expected a finite number, got ${values[at]}; replace it beforehand, or use a ` +
        'table (data.name: csv, parquet), which has rules for missing values',
    );
  }
}

/** @throws UserError where a set's rows are not as those of the first */
function agree(set: MatrixSet, first: MatrixSet): void {
  const [got, expected] = [set, first].map(({ shape }) => shape.join(' × ') || 'one value');
  if (got !== expected) {
    throw new UserError(`${set.where}: expected rows of ${expected} as in ${first.where}, got ${got}`);
  }
  if (set.type !== first.type) {
    throw new UserError(
      `${set.where}: expected values of ${first.type} as in ${first.where}, got ${set.type}`,
    );
  }
}
