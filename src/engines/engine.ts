/** What an engine computes: the operations of networks (model/operations.ts), of data and of updates. */
import type { NetworkOps, Offset, Rank1Step } from '../model/operations.js';
import type { Precision } from '../model/precision.js';
import type { OptimizerName } from '../optimizers/index.js';
import type { Scalars as OptimizerScalars } from '../optimizers/optimizer.js';
import type { Options } from '../options.js';
import type { Gather } from './gather.js';

/** What an engine says of itself to those who choose one. */
export interface EngineType {
  /** One sentence. */
  readonly description: string;
  readonly options?: Options;
  /** The one that it computes in, where it has no choice. */
  readonly precision?: Precision;
}

/** What a plan of memory must know of an engine, before there is a memory to bind it to. */
export interface EngineSizes {
  readonly precision: Precision;
  /** Bytes of one value. */
  readonly bytes: 4 | 8;
  /** Whether every product sums in index order, whatever the shape of the call. */
  readonly inOrder: boolean;
  /** Bytes of scratch (packing buffers) that the dense_* calls of one worker share. */
  readonly scratchBytes: number;
}

/** The type of an engine that computes: one that a choice comes to. */
export interface ComputingType extends EngineType {
  /** @param precision one that it computes in */
  sizes(precision: Precision): EngineSizes;
}

/**
 * The operations that training is made of, over one shared memory. All matrices are given by byte offsets.
 *
 * What makes results independent of threads: an engine whose products sum `inOrder` (k = 0, 1, 2, …, starting from
 * +0, the bias last) gives a row the same bits whichever rows share the call, and may take any path (blocked, row by
 * row, skipping zeros). Where it does not, a call's bits may depend on its shape, and callers cut by the
 * configuration alone.
 */
export interface Engine extends EngineSizes, NetworkOps, Gather {
  readonly name: string;
  readonly precision: Precision;
  readonly bytes: 4 | 8;
  /** x ← factor · x. */
  scale(x: Offset, n: number, factor: number): void;
  readonly optimizers: Readonly<Record<OptimizerName, OptimizerOps>>;
}

/** As `Optimizer` in optimizers/optimizer.ts, by offsets. */
export interface OptimizerOps {
  /**
   * @param g gradient sums, which stay as they are
   * @param slots where this slice's values of each state vector lie; 0 for a vector that the options do without
   * @param scalars `MOST_SCALARS` of them
   * @returns whether all new parameters and their state are finite
   */
  step(
    theta: Offset,
    g: Offset,
    slots: readonly Offset[],
    n: number,
    factor: number,
    rate: number,
    scalars: OptimizerScalars,
  ): boolean;
  /**
   * Where the optimizer has one: a minibatch of one row's whole update in one pass. The same bits as
   * dense_backward_weights and _biases, and `step` with the factor 1.
   */
  readonly rank1?: Rank1Step;
}
