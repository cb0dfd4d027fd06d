/** The operations that a network is computed with, for its layers to call: an engine implements them. */
import type { ActivationName } from './activations/index.js';
import type { LayerOps } from './layers/formulas/formula.js';
import type { LossName } from './losses/index.js';
import type { Precision } from './precision.js';

/** A byte offset into the shared memory. Every matrix there is row-major, in the engine's precision. */
export type Offset = number;

/** Over one memory, in one precision. All matrices are given by byte offsets. */
export interface NetworkOps {
  readonly precision: Precision;
  /** Bytes of one value. */
  readonly bytes: 4 | 8;

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
  /** The operations of layers that have some of their own: their formulas, by offsets. */
  readonly layers: Readonly<Record<string, LayerOps>>;

  /**
   * dst = Σ_s src_s over `shards` buffers `stride` bytes apart; `n` values. All of them are padded to whole 16-byte
   * vectors, which may be summed and written whole. The order is a fixed tree: a power of two of shards is halved, any
   * other number split at the largest power of two below it, so that sums over whole subtrees can be made elsewhere.
   */
  shards_sum(dst: Offset, src: Offset, stride: number, shards: number, n: number): void;
  /** to ← from, `n` values. */
  copy(from: Offset, to: Offset, n: number): void;
}

/** A member's numeric options in the order in which they are described: what `scalarsOf` makes of them. */
export type Scalars = readonly number[];

/** As `Activation` in activations/activation.ts, by offsets; `saved` is U or H, as the activation's `saves` says. */
export interface ActivationOps {
  forward(u: Offset, h: Offset, rows: number, cols: number, scalars: Scalars): void;
  backward(saved: Offset, delta: Offset, rows: number, cols: number, scalars: Scalars): void;
}

/** As `Loss` in losses/loss.ts, by offsets; `weights` 0: none, each row counts once. */
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

/**
 * W ← W − rate·xᵀδ, b ← b − rate·δ.
 * @returns whether W and b are finite, if they were so before: an engine need not look at every parameter
 */
export type Rank1Step = (
  x: Offset,
  delta: Offset,
  w: Offset,
  b: Offset,
  inputs: number,
  units: number,
  rate: number,
) => boolean;
