/**
 * What a metric is: a figure over all rows of a split, exact because it is added up from pieces and never averaged over
 * them, or made of all rows at once. Each row counts once, whatever its weight in the loss. A piece is EVALUATION_ROWS rows, computed by whichever worker takes it.
 */
import type { Options, Spec } from '../../options.js';
import type { Real } from '../precision.js';
import type { LearningTask } from './task.js';

/** Rows that a figure is over. */
export interface Extent {
  readonly rows: number;
  /** Outputs a row; matrices of outputs and targets are rows×outputs, row-major. */
  readonly outputs: number;
  readonly task: LearningTask;
  /** The metric as the configuration names it, with its options. */
  readonly spec: Spec;
}

/** Rows of numbers; null where there is none. */
export type Table = (number | null)[][];

/** A number, a table, or null where it is undefined, and then why. */
export interface Figure {
  readonly value: number | null | Table;
  readonly reason?: string;
}

/** Figures by their metrics' names. */
export type Figures = Readonly<Record<string, Figure['value']>>;

interface Described<O extends Options> {
  /** One sentence. */
  readonly description: string;
  readonly options?: O;
  /** What the figure makes sense for. */
  readonly tasks: readonly LearningTask[];
  /** Whether it takes outputs for probabilities, where others only compare them. */
  readonly probabilities?: true;
  /** Whether it is for outputs of which each target has several, which others take for one target each. */
  readonly each?: true;
  /** Which of two figures is the better one; null: it is a table, of which none is. */
  readonly better: 'higher' | 'lower' | null;
  /** Whether it is reported without being asked for. */
  readonly usual: boolean;
  /** Whether it is of little use but for losses that name it, so that `evaluate` leaves it out elsewhere. */
  readonly asked?: true;
  /** Whether its value is a share of 1, which people read in percent. */
  readonly share?: true;
  /** What a table's rows and columns are. */
  readonly axes?: string;
  /** What a table's columns are called, where they are not the rows' kind again. */
  readonly columns?: readonly string[];
  /** Whether targets may leave it undefined: `result` then gives null. */
  readonly mayBeUndefined?: true;
  /** Why it is not for a network of so many outputs, in words; undefined where it is. */
  readonly refuse?: (outputs: number, spec: Spec) => string | undefined;
  /**
   * Numbers that it needs: for each piece where it sums, for each worker where it counts, in all where it ranks, and
   * then a multiple of the outputs.
   */
  readonly size: (outputs: number, spec: Spec) => number;
}

/**
 * Adds real numbers, whose sum depends on their order: each piece has a place of its own, and the coordinator merges the
 * places in the order of the rows.
 */
export interface SummingMetric<O extends Options = Options> extends Described<O> {
  readonly adds: 'sums';
  /** Fills the place of a piece, `size` numbers, from its outputs `h` and targets `y`. */
  piece(h: Real, y: Real, extent: Extent, place: Float64Array): void;
  /** Adds the place of the piece that comes next in order to a total, which begins as zeros. */
  merge(total: Float64Array, place: Float64Array): void;
  result(total: Float64Array, extent: Extent): Figure;
}

/** Adds whole numbers, which is exact in any order: each worker adds to a region of its own. */
export interface CountingMetric<O extends Options = Options> extends Described<O> {
  readonly adds: 'counts';
  count(h: Real, y: Real, extent: Extent, counts: Float64Array): void;
  result(counts: Float64Array, extent: Extent): Figure;
}

/**
 * Looks at all rows at once, for what depends on their order: the outputs and targets of all pieces are kept, and then
 * any worker takes the outputs one by one. Each has a place of its own, so who took it leaves no trace.
 */
export interface RankingMetric<O extends Options = Options> extends Described<O> {
  readonly adds: 'ranks';
  /**
   * Fills the place of one output, `size` / outputs numbers, from the outputs `h` and targets `y` of all rows.
   * @param space a number a row, to work in; what it holds is left over from others
   */
  rank(h: Real, y: Real, extent: Extent, output: number, space: Float64Array, place: Float64Array): void;
  /** @param places those of all outputs, one after another */
  result(places: Float64Array, extent: Extent): Figure;
}

export type Metric = SummingMetric | CountingMetric | RankingMetric;
