/** What an engine computes. */

import type { ActivationName } from '../model/activations/index.js';
import type { LayerOps } from '../model/layers/formulas/formula.js';
import type { LossName } from '../model/losses/index.js';
import type { Network } from '../model/network.js';
import type { Precision } from '../model/precision.js';
import type { OptimizerName } from '../optimizers/index.js';
import type { Scalars as OptimizerScalars } from '../optimizers/optimizer.js';
import type { Options, Spec } from '../options.js';
import type { Blas } from './blas-library.js';
import type { Gather } from './gather.js';

/** A byte offset into the shared memory. Every matrix there is row-major, in the engine's precision. */
export type Offset = number;

/** What a run computes with, as it is posted to its workers. */
export interface EngineChoice {
  /** One that has `create`. */
  readonly name: string;
  /** A library of the machine that it computes with. */
  readonly library?: Blas;
}

export interface ChosenEngine {
  readonly choice: EngineChoice;
  /** Why, where a rule decided. */
  readonly reason?: string;
}

/** What an engine is made over. */
export interface EngineContext {
  readonly precision: Precision;
  readonly memory: WebAssembly.Memory;
  readonly kernels: WebAssembly.Module;
}

/** A member of the family. */
export interface EngineType {
  /** One sentence. */
  readonly description: string;
  readonly options?: Options;
  /** The one that it computes in, where it has no choice. */
  readonly precision?: Precision;
  /** Whether the kernels' file is a part of what its bits follow from. */
  readonly usesKernels?: true;
  /** Multiplications and additions of products a second of one core in float32: see plan/step-time.ts. */
  readonly rate?: number;
  /**
   * What a run that asks for it gets, by a written rule, never a timing; without it: itself.
   * @throws UserError for what it needs and is not there
   */
  choose?(request: Spec, net: Network, batchSize: number): ChosenEngine;
  /** One that only chooses others has none. */
  create?(choice: EngineChoice, context: EngineContext): Engine;
}

/**
 * The operations that training is made of, over one shared memory. All matrices are given by byte offsets.
 *
 * What makes results independent of threads: an engine whose products sum `inOrder` (k = 0, 1, 2, …, starting from
 * +0, the bias last) gives a row the same bits whichever rows share the call, and may take any path (blocked, row by
 * row, skipping zeros). Where it does not, a call's bits may depend on its shape, and callers cut by the
 * configuration alone.
 */
export interface Engine extends Gather {
  readonly name: string;
  readonly precision: Precision;
  /** Bytes of one value. */
  readonly bytes: 4 | 8;
  /** Whether every product sums in index order, whatever the shape of the call. */
  readonly inOrder: boolean;

  /** Bytes of scratch (packing buffers) that the dense_* calls of one worker share. */
  readonly scratchBytes: number;
  /** U = X·W + b. X: rows×inputs, W: inputs×units, b: units, U: rows×units. */
  dense_forward(
    x: Offset,
    w: Offset,
    b: Offset,
    u: Offset,
    rows: number,
    inputs: number,
    units: number,
    scratch: Offset,
  ): void;
  /** dX = Δ·Wᵀ. Δ: rows×units, dX: rows×inputs. */
  dense_backward_input(
    delta: Offset,
    w: Offset,
    dx: Offset,
    rows: number,
    inputs: number,
    units: number,
    scratch: Offset,
  ): void;
  /**
   * dW = XᵀΔ, summed over all rows, for the inputs [first, first + count) alone: `count` rows of dW, the first of them
   * at `dw`.
   */
  dense_backward_weights(
    x: Offset,
    delta: Offset,
    dw: Offset,
    rows: number,
    inputs: number,
    units: number,
    first: number,
    count: number,
    scratch: Offset,
  ): void;
  /** db = Σ rows of Δ. */
  dense_backward_biases(delta: Offset, db: Offset, rows: number, units: number): void;

  readonly activations: Readonly<Record<ActivationName, ActivationOps>>;
  readonly losses: Readonly<Record<LossName, LossOps>>;
  /** The operations of layers that have some of their own: see `operationsOf` in model/layers/formulas. */
  readonly layers: Readonly<Record<string, LayerOps>>;

  /**
   * dst = Σ_s src_s over `shards` buffers `stride` bytes apart; `n` values. All of them are padded to whole 16-byte
   * vectors, which may be summed and written whole. The order is a fixed tree: a power of two of shards is halved, any
   * other number split at the largest power of two below it, so that sums over whole subtrees can be made elsewhere.
   */
  shards_sum(dst: Offset, src: Offset, stride: number, shards: number, n: number): void;
  /** to ← from, `n` values. */
  copy(from: Offset, to: Offset, n: number): void;
  /** x ← factor · x. */
  scale(x: Offset, n: number, factor: number): void;
  readonly optimizers: Readonly<Record<OptimizerName, OptimizerOps>>;
}

/** A member's numeric options in the order in which they are described: what `scalarsOf` makes of them. */
export type Scalars = readonly number[];

/** As `Activation` in model/activations, by offsets; `saved` is U or H, as the activation's `saves` says. */
export interface ActivationOps {
  forward(u: Offset, h: Offset, rows: number, cols: number, scalars: Scalars): void;
  backward(saved: Offset, delta: Offset, rows: number, cols: number, scalars: Scalars): void;
}

/** As `Loss` in model/losses, by offsets; `weights` 0: none, each row counts once. */
export interface LossOps {
  forward(h: Offset, y: Offset, weights: Offset, rows: number, cols: number, scalars: Scalars): number;
  backward(
    h: Offset,
    y: Offset,
    weights: Offset,
    delta: Offset,
    rows: number,
    cols: number,
    scalars: Scalars,
  ): void;
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
   * Where the optimizer has one: a minibatch of one row's whole update in one pass, W by xᵀδ and b by δ. The same bits
   * as dense_backward_weights and _biases, and `step` with the factor 1.
   * @returns whether W and b are finite, if they were so before: an engine need not look at every parameter
   */
  readonly rank1?: (
    x: Offset,
    delta: Offset,
    w: Offset,
    b: Offset,
    inputs: number,
    units: number,
    rate: number,
  ) => boolean;
}

/** `binary-cross-entropy` → `binary_cross_entropy`: the prefix of a family member's kernels. */
export function kernelPrefix(name: string): string {
  return name.replaceAll('-', '_');
}
