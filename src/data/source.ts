/** What a data family offers to whoever trains on it. */
import type { ClassType, FeatureType } from '../engines/gather.js';
import type { Options, Values } from '../options.js';

/** A data family: a member says what it is, describes its options, and opens. */
export interface DataFamily<O extends Options = Options> {
  readonly description: string;
  readonly options: O;
  /**
   * Opens the data set and checks it, without reading its features yet.
   * @throws UserError where the data is missing or is not what the configuration needs
   */
  open(options: Values<O>): Promise<DataSource>;
}

/**
 * A checked but not yet read data set: its shape is known from the files' headers, so that memory can be
 * sized before anything is allocated.
 */
export interface DataSource {
  readonly rows: number;
  /** Values a row. */
  readonly features: number;
  /** Outputs that a network needs: classes, or values of the target. */
  readonly outputs: number;
  /** How features lie in memory. */
  readonly featureType: FeatureType;
  /** What is made of them as they are gathered into a minibatch; undefined: nothing. */
  readonly scale?: Scale;
  readonly targets: Targets;
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
