/** What an engine computes. */

import type { ActivationName } from '../model/activations/index.js';
import type { LossName } from '../model/losses/index.js';
import type { Precision } from '../model/precision.js';
import type { Gather } from './gather.js';

/** A byte offset into the shared memory. Every matrix there is row-major, in the engine's precision. */
export type Offset = number;

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

  /**
   * dst = Σ_s src_s over `shards` buffers `stride` bytes apart, in a fixed tree order; `n` values. All of them are
   * padded to whole 16-byte vectors, which may be summed and written whole.
   */
  shards_sum(dst: Offset, src: Offset, stride: number, shards: number, n: number): void;
  /** x ← factor · x. */
  scale(x: Offset, n: number, factor: number): void;
  /** θ ← θ − rate · g. @returns whether every new θ is finite */
  sgd_step(theta: Offset, g: Offset, n: number, rate: number): boolean;
  /**
   * θ ← θ − rate · (factor · g): scale and sgd_step in one pass, the same bits; g stays as it is.
   * @returns whether every new θ is finite
   */
  sgd_scaled_step(theta: Offset, g: Offset, n: number, factor: number, rate: number): boolean;
  /**
   * One row's whole update in one pass: W ← W − rate·xᵀδ, b ← b − rate·δ. The same bits as
   * dense_backward_weights and _biases, scale by 1 and sgd_step.
   * @returns whether W and b are finite, if they were so before: an engine need not look at every parameter
   */
  sgd_rank1_step(
    x: Offset,
    delta: Offset,
    w: Offset,
    b: Offset,
    inputs: number,
    units: number,
    rate: number,
  ): boolean;
}

/** As `Activation` in model/activations, by offsets. */
export interface ActivationOps {
  forward(u: Offset, h: Offset, rows: number, cols: number): void;
  backward(h: Offset, delta: Offset, rows: number, cols: number): void;
}

/** As `Loss` in model/losses, by offsets. */
export interface LossOps {
  forward(h: Offset, y: Offset, rows: number, cols: number): number;
  backward(h: Offset, y: Offset, delta: Offset, rows: number, cols: number): void;
}

/** `binary-cross-entropy` → `binary_cross_entropy`: the prefix of a family member's kernels. */
export function kernelPrefix(name: string): string {
  return name.replaceAll('-', '_');
}
