/**
 * A data set in IDX files: one set of features and targets, and maybe a test set of the same kind, as one source whose
 * rows are those of the first set and then those of the test set.
 */

import { UserError } from '../errors.js';
import type { IdxFile } from '../formats/idx.js';
import type { Real } from '../model/precision.js';
import type { Spec } from '../options.js';
import { type Labelling, labellingOf, readClasses } from './labels.js';
import { classTargets, type DataSource, type Scale, type Targets } from './source.js';
import { noColumns, planSplit } from './splits/index.js';

/** The files of one set. */
export interface IdxSet {
  readonly features: IdxFile;
  readonly targets: IdxFile;
}

export interface IdxSource {
  /** One, or two of which the second is the test set. */
  readonly sets: readonly IdxSet[];
  /** Where they come from, for messages. */
  readonly where: string;
  /** What the targets' files hold: labels, `found` where these are to say which there are; undefined: values. */
  readonly labels?: Labelling | 'found';
  readonly scale?: Scale;
  readonly split: Spec;
}

/** What one shared WebAssembly memory can hold. */
const LARGEST_BYTES = 2 ** 32;
/** Beside its values, a row has a place in the shuffled order: where rows are short, that is most. */
const ORDER_BYTES = 4;
const BYTES = { uint8: 1, uint16: 2, int32: 4, float32: 4, float64: 8 };

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);
/** Whether a file's values are fractions. */
export const isReal = ({ as }: IdxFile) => as === 'float32' || as === 'float64';
/** The sizes of one row. */
const rowOf = ({ shape }: IdxFile) => shape.slice(1);

/** @throws UserError where the files do not fit each other, or memory, and whatever the split asks for; before labels are read */
export async function idxSource(given: IdxSource): Promise<DataSource> {
  const { sets, where, scale, split: spec } = given;
  for (const set of sets) agree(set, sets[0]);
  const [{ features: values, targets: file }] = sets;
  const [first, test = 0] = sets.map((set) => set.features.shape[0]);
  const rows = first + test;
  const features = product(rowOf(values));
  const width = given.labels === undefined ? product(rowOf(file)) : 1;
  const check = (bytesEach: number): void => {
    const target = width * bytesEach;
    const bytes = rows * (features * BYTES[values.as] + target + ORDER_BYTES);
    if (bytes <= LARGEST_BYTES) return;
    throw new UserError(
      `${where}: expected at most ${LARGEST_BYTES} bytes, which memory can hold, got ${rows} rows of ` +
        `${features} × ${BYTES[values.as]} bytes, ${target} for the target and ${ORDER_BYTES} for the order = ${bytes}`,
    );
  };
  check(given.labels === undefined ? BYTES[file.as] : BYTES.uint8);
  const labels = given.labels === 'found' ? await labellingOf(sets.map((set) => set.targets)) : given.labels;
  // Only who stratifies needs them before they are read into place.
  const stratifies = (spec as { readonly stratify?: unknown }).stratify === true;
  const classes = stratifies && labels ? await classesOf(sets, labels, rows) : undefined;
  const { parts, split } = planSplit(spec, {
    first,
    test,
    where,
    ...(stratifies && { rows: { classes, column: (name: string) => noColumns(name, where) } }),
  });
  const targets: Targets =
    labels === undefined
      ? { kind: 'values', outputs: width, type: file.as as 'float32' | 'float64' }
      : classTargets(labels.classes);
  check(BYTES[targets.type]);
  return {
    rows,
    features,
    ...(rowOf(values).length > 1 && { shape: rowOf(values) }),
    outputs: labels?.classes ?? width,
    featureType: values.as,
    scale,
    targets,
    ...(labels && { firstClass: labels.first }),
    parts,
    split,
    async read(window) {
      let row = 0;
      for (const set of sets) {
        const end = row + set.features.shape[0];
        await set.features.readInto(window.features.subarray(row * features, end * features));
        const into = window.targets.subarray(row * width, end * width);
        if (labels) await readClasses(set.targets, labels, into as Uint8Array | Uint16Array);
        else await set.targets.readInto(into as Real);
        row = end;
      }
    },
  };
}

/** The class of each row. */
async function classesOf(sets: readonly IdxSet[], labels: Labelling, rows: number): Promise<Uint16Array> {
  const classes = new Uint16Array(rows);
  let row = 0;
  for (const { targets } of sets) {
    await readClasses(targets, labels, classes.subarray(row, row + targets.length));
    row += targets.length;
  }
  return classes;
}

/** @throws UserError where a set's files have not the same number of rows, or their rows are not as in `other` */
function agree({ features, targets }: IdxSet, other: IdxSet): void {
  if (targets.shape[0] !== features.shape[0]) {
    throw new UserError(
      `${targets.path}: expected ${features.shape[0]} targets, one for each row in ${features.path}, ` +
        `got ${targets.shape[0]}; the files must be of one data set`,
    );
  }
  for (const [own, its] of [
    [features, other.features],
    [targets, other.targets],
  ]) {
    const [got, expected] = [own, its].map((file) => rowOf(file).join(' × '));
    if (got !== expected) {
      throw new UserError(
        `${own.path}: expected rows of ${expected} values as in ${its.path}, got ${got}; ` +
          'the files must be of one data set',
      );
    }
    // Labels may be of any integer types: they are classes in memory.
    const same = own === features || isReal(own) || isReal(its) ? own.as === its.as : true;
    if (!same) {
      throw new UserError(
        `${own.path}: expected values of ${its.type} as in ${its.path}, got ${own.type}; ` +
          'the files must be of one data set',
      );
    }
  }
}
