/** What a data family offers to whoever trains on it. */
import type { ClassType, FeatureType } from '../engines/gather.js';
import type { Loss } from '../model/losses/loss.js';
import type { Options, Spec, Values } from '../options.js';
import {
  type FittedMatrix,
  inputsOf,
  type Preprocessing,
  type Slot,
  unscaled,
} from '../preprocess/fitted.js';
import type { SeenTable } from './table/column.js';

/** What of a run data may depend on. */
export interface DataContext {
  /** Everything random follows from it. */
  readonly seed: number;
  /** What the loss takes targets for. */
  readonly targets: Loss['targets'];
  /** Names of the outputs that the loss has for each target, where these are several. */
  readonly each?: readonly string[];
  /** Folder in which tables that were read are kept; undefined: none. */
  readonly cache?: string;
  /** Where each shard of a minibatch has training rows of its own, so that hosts read theirs alone; undefined: not so. */
  readonly minibatches?: Minibatches;
}

/** Rows of a step, all of its minibatches together, and how many hosts share it. */
export interface Minibatches {
  readonly rows: number;
  readonly hosts: number;
}

/** Where nobody says. */
export const anyContext: DataContext = { seed: 0, targets: 'values' };

/** A data family: a member says what it is, describes its options, and opens. */
export interface DataFamily<O extends Options = Options> {
  readonly description: string;
  readonly options: O;
  /**
   * Opens the data set and checks it, without reading its features yet.
   * @throws UserError where the data is missing or is not what the configuration needs
   */
  open(options: Values<O>, context?: DataContext): Promise<DataSource>;
}

/**
 * A checked but not yet read data set: its shape is known from the files' headers, so that memory can be
 * sized before anything is allocated.
 */
export interface DataSource {
  readonly rows: number;
  /** Values a row in memory. */
  readonly features: number;
  /** What each of them becomes as rows are gathered into a minibatch; undefined: an input each. Excludes `scale`. */
  readonly slots?: readonly Slot[];
  /** What rows to predict have to go through to be such rows, and what outputs stand for; undefined: nothing (see `preprocessingOf`). */
  readonly preprocessing?: Preprocessing;
  /** What class 0 is called where classes are numbers; default 0. */
  readonly firstClass?: number;
  /** The columns as somebody wants to see them; undefined where they have no names. */
  readonly columns?: readonly ColumnFacts[];
  /** The table that the rows were made of, as it was read; undefined where they were none. Its ignored columns are not there. */
  readonly table?: SeenTable;
  /** Sizes of a row of `features`, such as height and width of an image, and maybe channels; undefined: just a row. */
  readonly shape?: readonly number[];
  /** The configuration's data with all that was guessed written out: what is recorded of a run; undefined: nothing was. */
  readonly spec?: Spec;
  /** Where training rows are read as they are needed; `rows` are then those that lie in memory. */
  readonly stream?: RowStream;
  /** Rows that were left out for a missing value. */
  readonly dropped?: number;
  /** What somebody may want to know of how the data were read, a line each; undefined: nothing. */
  readonly notes?: readonly string[];
  /** The number in the data of a row in memory; undefined: the same. */
  readonly numberOf?: (row: number) => number;
  /** Whether rows have sample weights, with which `read` fills the window; undefined: each counts 1. */
  readonly hasWeights?: true;
  /** Outputs that a network needs: classes, or values of the target. */
  readonly outputs: number;
  /** How features lie in memory. */
  readonly featureType: FeatureType;
  /** What is made of them as they are gathered into a minibatch; undefined: nothing. */
  readonly scale?: Scale;
  readonly targets: Targets;
  /** Names of the outputs that each target has, where targets stand there once for each (see each.ts). */
  readonly each?: readonly string[];
  /** How many rows each part has, known before `split` draws them. */
  readonly parts: PartRows;
  /**
   * Row numbers of each part, as many as `parts` says; parts may share rows. Depends on the seed alone. Allocates some
   * 4 bytes a row, once for all rows and once for those of the parts: callers look first whether there is room.
   */
  split(seed: number): Split;
  /**
   * Reads its rows into place.
   * @throws UserError naming the file, when it is not what its header promised.
   */
  read(window: DataWindow): Promise<void>;
}

/** The same data, whose test rows are in no part: whoever chooses among runs by it has not looked at them. */
export function withoutTest(source: DataSource): DataSource {
  return {
    ...source,
    parts: { ...source.parts, test: 0 },
    split(seed) {
      const { test, unused = 0, ...others } = source.split(seed);
      return { ...others, test: new Uint32Array(), unused: unused + test.length };
    },
  };
}

/** Inputs that a network has for a row of the source. */
export function inputsOfSource({ features, slots }: Pick<DataSource, 'features' | 'slots'>): number {
  return slots === undefined ? features : inputsOf(slots);
}

/** What becomes of rows of numbers without names; where columns have scales of their own, once rows were read. */
export function matrixOf({ features, scale }: Pick<DataSource, 'features' | 'scale'>): FittedMatrix {
  return scale?.kind === 'columns'
    ? { features, scales: [...scale.scales], offsets: [...scale.offsets] }
    : { features, scales: [scale ? scale.high + scale.low : 1], offsets: [scale?.offset ?? 0] };
}

/** What a model file says of rows and outputs. Without words of the source's own: numbers by place, classes by number. */
export function preprocessingOf(source: DataSource): Preprocessing {
  const { preprocessing, targets } = source;
  if (preprocessing !== undefined) return preprocessing;
  const { shape } = source;
  const matrix = { ...matrixOf(source), ...(isPicture(shape) && { shape }) };
  if (targets.kind === 'class') {
    const classes = Array.from({ length: targets.classes }, (_, k) => String(k + (source.firstClass ?? 0)));
    return { matrix, target: { kind: 'class', column: 'class', classes, numeric: true } };
  }
  const { each = [''] } = source;
  const columns = Array.from({ length: targets.outputs }, (_, k) => ({
    name: [`output${Math.floor(k / each.length) + 1}`, each[k % each.length]].filter(Boolean).join('_'),
    scale: unscaled,
  }));
  return { matrix, target: { kind: 'values', columns } };
}

/** Whether rows are pictures: of a height and a width, and of one channel or three. */
const isPicture = (shape: readonly number[] | undefined) =>
  shape?.length === 2 || (shape?.length === 3 && [1, 3].includes(shape[2]));

/** A column of a table, for the table of columns that a run begins with. */
export interface ColumnFacts {
  /** As the data have it. */
  readonly name: string;
  /** What its values were taken for. */
  readonly type: 'number' | 'category' | 'date';
  /** What it is for. */
  readonly role: 'input' | 'target' | 'ignored' | 'weight';
  /** Rows without a value. */
  readonly missing: number;
  /** What becomes of it, in words: `standard`, `one-hot of 9`. */
  readonly becomes: string;
  /** Inputs that it yields. */
  readonly inputs: number;
  /** Of the training rows; undefined of columns that are not used. */
  readonly training?: TrainingFacts;
}

/** What there is to say of a column's values in the training rows. */
export interface TrainingFacts {
  /** Rows without a value. */
  readonly missing: number;
  /** Of numbers, and of dates in milliseconds since 1970; undefined without any value. */
  readonly mean?: number;
  /** Standard deviation over n. */
  readonly deviation?: number;
  readonly least?: number;
  readonly largest?: number;
  /** Of categories: how many different ones there are. */
  readonly categories?: number;
}

/**
 * x·scale + offset. `one`: the same for all columns; the scale is high + low, which is closer to it than one number
 * can be (see `reciprocal`). `columns`: for each column its own, which may be filled in as late as by `read`.
 */
export type Scale =
  | { readonly kind: 'one'; readonly high: number; readonly low: number; readonly offset: number }
  | { readonly kind: 'columns'; readonly scales: Float64Array; readonly offsets: Float64Array };

/** One class a row, from 0 to `classes` − 1, or `outputs` values a row. */
export type Targets =
  | { readonly kind: 'class'; readonly classes: number; readonly type: ClassType }
  | { readonly kind: 'values'; readonly outputs: number; readonly type: 'float32' | 'float64' };

/** The most classes that a target can name. */
export const MOST_CLASSES = 65_535;

/** What classes are counted with. @param classes 2 to 65,535 */
export function classTargets(classes: number): Targets & { kind: 'class' } {
  return { kind: 'class', classes, type: classes <= 256 ? 'uint8' : 'uint16' };
}

/**
 * The rows that lie in memory while a stretch works, one after another: today all rows of a source. Row numbers count
 * from the first of them. Both arrays may lie over shared memory.
 */
export interface DataWindow {
  /** rows·features values of the type `featureType`. */
  readonly features: Uint8Array | Int32Array | Float32Array | Float64Array;
  /** A class a row, or `outputs` values a row, of the targets' type. */
  readonly targets: Uint8Array | Uint16Array | Float32Array | Float64Array;
  /** How much each row counts in the loss, at least 0; there where the source `hasWeights`. */
  readonly weights?: Float64Array;
}

/**
 * Training rows that are read while workers compute, block by block. The rows for validation and test lie in memory all
 * the time, after the windows; `read` of the source fills them in.
 */
export interface RowStream {
  /** Rows of the whole source, of all parts. */
  readonly rows: number;
  /** Rows a block, and blocks a window; 0 where windows are of `lanes`. */
  readonly block: number;
  readonly perWindow: number;
  /** Where each shard has rows of its own (plan/lanes.ts): what a window is then. */
  readonly lanes?: LaneWindow;
  /** Whether a row is for training. */
  isTrain(row: number): boolean;
  /** How many of a block's rows are. */
  trainRowsOf(block: number): number;
  /**
   * Reads `rows` rows of the source, from `first` on, to the place `place` of the window and those after it.
   * @throws UserError naming the file
   */
  read(first: number, rows: number, window: DataWindow, place: number): Promise<void>;
  /** What tells this data from other data, in place of a hash of all of it. */
  fingerprint(): Promise<string>;
  /** Lets go of what is open; nothing can be read then. */
  close?(): Promise<void>;
}

/** What this process has read. */
export interface ReadFacts {
  /**
   * Rows that it has read from the data so far to learn from, where these are streamed and each host reads its own; some
   * that are not for training may lie between them. Undefined: the data are not read so.
   */
  rowsRead?: number;
}

/** A window whose rows make whole minibatches; two of them lie in memory, one after the other. */
export interface LaneWindow {
  /** Minibatches of a window. */
  readonly steps: number;
  /** Places for the rows of one that are this host's. */
  readonly rows: number;
  /** The first of a block's places that rows pass through, after those of the windows. */
  readonly spare: number;
}

export interface PartRows {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

export interface Split {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
  /** Rows that are in no part; undefined: none. */
  readonly unused?: number;
}
