/** What an engine computes. */

import type { ActivationName } from '../model/activations/index.js';
import type { LayersOps } from '../model/layers/formulas/index.js';
import type { LossName } from '../model/losses/index.js';
import type { Precision } from '../model/precision.js';
import type { OptimizerName } from '../optimizers/index.js';
import type { Scalars as OptimizerScalars } from '../optimizers/optimizer.js';
import type { Options } from '../options.js';

/** A byte offset into the shared memory. Every matrix there is row-major, in the engine's precision. */
export type Offset = number;

/** What an engine says of itself to those who choose one. */
export interface EngineType {
  /** One sentence. */
  readonly description: string;
  readonly options?: Options;
  /** The one that it computes in, where it has no choice. */
  readonly precision?: Precision;
}

/**
 * The operations that training is made of, over one shared memory. All matrices are given by byte offsets.
 *
 * What makes results independent of threads: an engine whose products sum `inOrder` (k = 0, 1, 2, …, starting from
 * +0, the bias last) gives a row the same bits whichever rows share the call, and may take any path (blocked, row by
 * row, skipping zeros). Where it does not, a call's bits may depend on its shape, and callers cut by the
 * configuration alone.
 */
export interface Engine {
  readonly name: string;
  readonly precision: Precision;
  /** Bytes of one value. */
  readonly bytes: 4 | 8;
  /** Whether every product sums in index order, whatever the shape of the call. */
  readonly inOrder: boolean;

  /** X[r, c] = features[order[r], c] / 255; `features` are bytes, `order` is uint32. */
  gather_bytes(features: Offset, order: Offset, x: Offset, rows: number, cols: number): void;
  /** X[r, c] = features[order[r], c]; `features` are float64. */
  gather_values(features: Offset, order: Offset, x: Offset, rows: number, cols: number): void;
  /** Y[r, ·] = one-hot of classes[order[r]]; `classes` are bytes. */
  gather_classes(classes: Offset, order: Offset, y: Offset, rows: number, cols: number): void;

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
  /** As the formulas in model/layers/formulas, by offsets. */
  readonly layers: LayersOps;

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
