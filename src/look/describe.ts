/** What data hold, for people to look at: statistics of columns, counts of classes, the first rows. */

import { type DataSource, preprocessingOf } from '../data/source.js';
import { type Column, isMissing, type Table, textAt } from '../data/table/column.js';
import { type Statistics, statisticsOf } from '../data/table/statistics.js';
import { pauseForMessages } from '../machine/abandoned.js';
import { dateText } from './date-text.js';
import { lookAt } from './index.js';
import { profileOf, strayNotes } from './profile.js';
import { guessTarget, whyIgnored } from './roles.js';

/** What data hold. */
export interface DataDescription {
  /** Name of the run whose data they are, or the file. */
  name: string;
  /** The data family. */
  family: string;
  /** All there are. */
  rows: number;
  /** Rows that were left out for a missing value. */
  dropped: number;
  /** What somebody should know of them before a run, a line each. */
  notes: string[];
  /** Values a row in memory, for rows without named columns; null where they have some. */
  features: number | null;
  /** The columns of a table; empty for rows without named columns. */
  columns: ColumnDescription[];
  /** Of each class how many rows it has; null where values are to be predicted, or nothing is known of a target. */
  classes: { name: string; rows: number }[] | null;
  /** Rows of each part; null for a file alone. */
  parts: { train: number; validation: number; test: number; unused: number } | null;
  /** Cells of the first rows, in the order of the file, null where one is missing. */
  first: { names: string[]; rows: (string | null)[][] };
  /** The first rows where they are images. */
  images: ImageDescription[];
}

/** A column of a table, and what its values are. */
export interface ColumnDescription {
  /** As the file has it. */
  name: string;
  /** What its values were taken for. */
  type: 'number' | 'category' | 'date';
  /** What it is for. */
  role: 'input' | 'target' | 'ignored' | 'weight';
  /** Rows without a value. */
  missing: number;
  /** What becomes of it, in words. */
  becomes: string;
  /** Different values; null where it was not read. */
  distinct: number | null;
  /** Of numbers, and of dates in milliseconds since 1970, over the rows that have one; the deviation over n. */
  numbers: { min: number; max: number; mean: number; sd: number } | null;
  /** The most frequent values of categories. */
  frequent: { value: string; rows: number }[];
}

/** An image of grey values from 0 to 1, row by row. */
export interface ImageDescription {
  /** Its class. */
  label: string;
  /** In pixels. */
  height: number;
  /** In pixels. */
  width: number;
  /** Height × width of them. */
  values: number[];
}

/** Whose data they are. */
export interface Described {
  readonly name: string;
  readonly family: string;
  readonly seed: number;
  /** First rows to show. */
  readonly rows: number;
}

/** Values of a column that are named. */
const MOST_FREQUENT = 5;

/** Reads all rows of a source. @throws UserError for what cannot be read */
export async function describeSource(
  source: DataSource,
  { name, family, seed, rows }: Described,
): Promise<DataDescription> {
  const { parts, table, columns = [] } = source;
  const { unused = 0 } = source.split(seed);
  const common = {
    name,
    family,
    rows: table === undefined ? source.rows : table.rows - (source.dropped ?? 0),
    dropped: source.dropped ?? 0,
    notes: [...(source.notes ?? [])],
    parts: { ...parts, unused },
  };
  const { target } = preprocessingOf(source);
  if (table !== undefined) {
    const all: ColumnDescription[] = [];
    // One column at a time: all of them may be more than memory holds.
    for (const each of columns) {
      await pauseForMessages();
      const column = await table.column(each.name);
      all.push(described(each, column && statisticsOf(column)));
    }
    const name = target.kind === 'class' ? target.column : binaryColumn(target);
    const column = name === undefined ? undefined : await table.column(name);
    return {
      ...common,
      features: null,
      columns: all,
      classes: column === undefined ? null : classesOf(statisticsOf(column)),
      first: firstRows(await table.first(rows), rows),
      images: [],
    };
  }
  const features = new featureArrays[source.featureType](source.rows * source.features);
  const width = source.targets.kind === 'class' ? 1 : source.targets.outputs;
  const targets = new targetArrays[source.targets.type](source.rows * width);
  await source.read({ features, targets });
  const names = target.kind === 'class' ? target.classes : undefined;
  const shape = preprocessingOf(source).matrix?.shape ?? source.shape;
  const labelOf = (row: number) =>
    names ? names[targets[row]] : [...targets.subarray(row * width, (row + 1) * width)].map(short).join(' ');
  const shown = Math.min(rows, source.rows);
  const isImage = shape !== undefined && shape.length >= 2;
  return {
    ...common,
    features: source.features,
    columns: [],
    classes: names === undefined ? null : countsOf(names, targets),
    first: isImage
      ? { names: [], rows: [] }
      : {
          names: [...Array.from({ length: source.features }, (_, k) => `x${k + 1}`), 'target'],
          rows: Array.from({ length: shown }, (_, row) => [
            ...[...features.subarray(row * source.features, (row + 1) * source.features)].map(short),
            labelOf(row),
          ]),
        },
    images: isImage
      ? Array.from({ length: shown }, (_, row) =>
          imageOf(features.subarray(row * source.features, (row + 1) * source.features), shape, labelOf(row)),
        )
      : [],
  };
}

const featureArrays = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };
const targetArrays = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** A table in a file, without a configuration: roles are guessed. @throws UserError for what cannot be read */
export async function describeFile(path: string, rows: number): Promise<DataDescription> {
  const looked = await lookAt(path);
  const profile = await profileOf(looked);
  const guess = guessTarget(profile);
  const target = 'column' in guess ? guess.column : undefined;
  const columns = profile.columns.map((column) => {
    const { name, type, missing } = column;
    const why = name === target ? undefined : whyIgnored(column, profile.rows);
    const role = name === target ? 'target' : why === undefined ? 'input' : 'ignored';
    return described({ name, type, missing, role, becomes: why ?? '' }, column);
  });
  for (const [name, why] of profile.refused) {
    columns.push(described({ name, type: 'category', missing: 0, role: 'ignored', becomes: why }, undefined));
  }
  const ofTarget = profile.columns.find(({ name }) => name === target);
  const isClass = ofTarget !== undefined && ofTarget.distinct <= MOST_CLASSES_SHOWN;
  const map = new Map(profile.columns.map(({ name, column }) => [name, column]));
  return {
    name: path,
    family: looked.family,
    rows: profile.rows,
    dropped: 0,
    notes: await strayNotes(looked, profile),
    features: null,
    columns,
    classes: isClass ? classesOf(ofTarget) : null,
    parts: null,
    first: firstRows({ rows: profile.rows, columns: map }, rows),
    images: [],
  };
}

/** A guessed target of more different values is taken for one of values. */
const MOST_CLASSES_SHOWN = 20;

type Facts = Pick<ColumnDescription, 'name' | 'type' | 'role' | 'missing' | 'becomes'>;

function described(facts: Facts, statistics: Statistics | undefined): ColumnDescription {
  const { name, type, role, missing, becomes } = facts;
  const { distinct, numbers, counts = [] } = statistics ?? {};
  const frequent = type === 'category' ? counts.slice(0, MOST_FREQUENT) : [];
  return {
    name,
    type,
    role,
    missing,
    becomes,
    distinct: distinct ?? null,
    numbers: numbers ?? null,
    frequent: frequent.map(([value, rows]) => ({ value, rows })),
  };
}

type Target = ReturnType<typeof preprocessingOf>['target'];

function binaryColumn(target: Target): string | undefined {
  return target.kind === 'binary' && target.columns.length === 1 ? target.columns[0].name : undefined;
}

/** In the order of names, numbers by size. */
function classesOf({ counts = [] }: Statistics): { name: string; rows: number }[] {
  const all = counts.map(([name, rows]) => ({ name, rows }));
  const numeric = all.every(({ name }) => name !== '' && Number.isFinite(Number(name)));
  return all.sort((a, b) =>
    numeric ? Number(a.name) - Number(b.name) : Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
  );
}

function countsOf(names: readonly string[], targets: ArrayLike<number>): { name: string; rows: number }[] {
  const counts = new Float64Array(names.length);
  for (let row = 0; row < targets.length; row++) counts[targets[row]]++;
  return names.map((name, code) => ({ name, rows: counts[code] }));
}

function firstRows(table: Pick<Table, 'rows' | 'columns'>, most: number): DataDescription['first'] {
  const columns = [...table.columns];
  return {
    names: columns.map(([name]) => name),
    rows: Array.from({ length: Math.min(most, table.rows) }, (_, row) =>
      columns.map(([, column]) => cell(column, row)),
    ),
  };
}

function cell(column: Column, row: number): string | null {
  if (isMissing(column, row)) return null;
  if (column.type === 'category') return textAt(column, row);
  return column.type === 'date' ? dateText(column.values[row]) : String(column.values[row]);
}

const short = (value: number) => String(Number(value.toPrecision(4)));

/** Grey values from 0 to 1: bytes by 255, others from the smallest to the largest of the image. */
function imageOf(values: ArrayLike<number>, shape: readonly number[], label: string): ImageDescription {
  const [height, width] = shape;
  const channels = values.length / (height * width);
  let [low, high] = [0, 255];
  if (!(values instanceof Uint8Array)) {
    low = Array.prototype.reduce.call(values, (a, b) => Math.min(Number(a), Number(b)), 0) as number;
    high = Array.prototype.reduce.call(values, (a, b) => Math.max(Number(a), Number(b)), 0) as number;
  }
  const grey = Array.from({ length: height * width }, (_, pixel) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += values[pixel * channels + c];
    return high > low ? (sum / channels - low) / (high - low) : 0;
  });
  return { label, height, width, values: grey };
}
