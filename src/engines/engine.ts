/** What an engine computes: the operations of networks (model/operations.ts), of data and of updates. */

import type { NetworkOps, Offset, Rank1Step } from '../model/operations.js';
import type { Precision } from '../model/precision.js';
import type { OptimizerName } from '../optimizers/index.js';
import type { Scalars as OptimizerScalars } from '../optimizers/optimizer.js';
import type { Options, Spec } from '../options.js';
import type { Gather } from './gather.js';
import type { Bits } from './kernels.js';

export interface ChosenEngine {
  /** What a run computes with, as it is posted to its workers: one that has `create`, with its options. */
  readonly choice: Spec;
  /** Why, where a rule decided. */
  readonly reason?: string;
}

/** What a plan of memory must know of an engine, before there is a memory to bind it to. */
export interface EngineSizes {
  readonly precision: Precision;
  /** Bytes of one value. */
  readonly bytes: 4 | 8;
  /** Bytes of scratch (packing buffers) that the dense_* calls of one worker share. */
  readonly scratchBytes: number;
}

/** What an engine is made over. */
export interface EngineContext {
  readonly precision: Precision;
  readonly memory: WebAssembly.Memory;
  readonly kernels: WebAssembly.Module;
}

/** A member of the family. One that only chooses others has neither `sizes` nor `create`. */
export interface EngineType {
  /** One sentence. */
  readonly description: string;
  readonly options?: Options;
  /** The one that it computes in, where it has no choice. */
  readonly precision?: Precision;
  /** Whether the kernels' file is a part of what its bits follow from. */
  readonly usesKernels?: true;
  /** The kind of its bits, which all engines of that kind share on all machines; without it: they are its own. */
  bits?(): Bits;
  /** Multiplications and additions of products a second of one core in float32: see plan/step-time.ts. */
  readonly rate?: number;
  /**
   * What a run that asks for it gets, by a written rule, never a timing; without it: itself.
   * @throws UserError for what it needs and is not there
   */
  choose?(request: Spec): ChosenEngine;
  /** @param precision one that it computes in */
  sizes?(precision: Precision): EngineSizes;
  create?(choice: Spec, context: EngineContext): Engine;
}

/**
 * The operations that training is made of, over one shared memory. All matrices are given by byte offsets.
 *
 * What makes results independent of threads: the sums of products run in one order whatever the shape of the call (in
 * gradpool's own engines k = 0, 1, 2, … from +0, the bias last), which gives a row the same bits whichever rows share the
 * call. Any path that keeps it (blocked, row by row, skipping zeros) will do.
 */
export interface Engine extends EngineSizes, NetworkOps, Gather {
  readonly name: string;
  readonly precision: Precision;
  readonly bytes: 4 | 8;
  /** x ← factor · x. */
  scale(x: Offset, n: number, factor: number): void;
  /** Σx² in float64, in an order that follows from n alone. */
  squares(x: Offset, n: number): number;
  /** x ← max(−limit, min(limit, x)), NaN staying what it is. @returns whether all of them were finite */
  clamp(x: Offset, n: number, limit: number): boolean;
  /** mean ← keep·mean + share·x. */
  average(mean: Offset, x: Offset, n: number, keep: number, share: number): void;
  /**
   * halves_i = bfloat16(v_i) of v = x + ratio·rest, rest ← v − halves; `n` values. What averaging/halves.ts says, by
   * offsets; `halves` are 2 bytes each.
   */
  halves_pack(x: Offset, rest: Offset, ratio: number, halves: Offset, n: number): void;
  /** x = halves. */
  halves_unpack(halves: Offset, x: Offset, n: number): void;
  readonly optimizers: Readonly<Record<OptimizerName, OptimizerOps>>;
  /** Where a call costs more than a small operation: what makes one call of many. */
  recorder?(): Recorder;
}

/** Writes operations down in place of doing them, for whoever asks for the same ones again and again. */
export interface Recorder {
  /** For layers to be bound to. */
  readonly ops: NetworkOps;
  /** The sum of the losses that the last replay computed. Where `ops` has a loss, it returns 0. */
  readonly loss: number;
  /** `rank1` of optimizers. The rate counts for nothing: each replay has its own. */
  readonly rank1: Partial<Record<OptimizerName, Rank1Step>>;
  /**
   * Writes down all that `body` asks for, behind what was there.
   * @returns false: something among it cannot be written down, and nothing of it was
   */
  record(body: () => void): boolean;
  /** Ends the list. @returns what does all of it; undefined: there is nothing in it */
  take(): Replay | undefined;
}

/**
 * @param rate of the updates that are among the operations
 * @returns whether the parameters that they wrote are finite, if they were so before
 */
export type Replay = (rate: number) => boolean;

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
