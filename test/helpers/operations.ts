/** The operations of an engine as a suite gives them to two engines alike. */
import type { Engine, OptimizerOps } from '../../src/engines/engine.js';
import type { ClassType, FeatureType } from '../../src/engines/gather.js';
import { type ActivationName, activations } from '../../src/model/activations/index.js';
import { type LossName, losses } from '../../src/model/losses/index.js';
import type { Offset } from '../../src/model/operations.js';
import type { Precision } from '../../src/model/precision.js';
import { type OptimizerName, type OptimizerSpec, optimizers, slotsOf } from '../../src/optimizers/index.js';
import { MOST_SCALARS, MOST_SLOTS } from '../../src/optimizers/optimizer.js';
import { defaultsOf, type Options, scalarsOf } from '../../src/options.js';
import type { Board } from './board.js';

/** What an operation yields, by name. */
export type Outputs = Record<string, Float64Array>;
/** Lays its inputs out on the board, calls the engine, and reads the outputs back. */
export type Operation = (engine: Engine, board: Board) => Outputs;
type Matrix = Float64Array;

/** What an update says of the new parameters: 1 that all are finite, 0 that not, NaN for what is no boolean. */
const verdict = (finite: boolean): Outputs => ({
  finite: Float64Array.of(typeof finite === 'boolean' ? Number(finite) : Number.NaN),
});

export function forwardOf(x: Matrix, w: Matrix, b: Matrix, rows: number): Operation {
  const inputs = x.length / rows;
  const units = b.length;
  return (engine, board) => {
    const X = board.input(x);
    const U = board.output(rows * units);
    const scratch = board.scratch(engine.scratchBytes);
    engine.dense_forward(X, board.input(w), board.input(b), U, rows, inputs, units, scratch);
    return { U: board.read(U, rows * units) };
  };
}

export function backwardOf(delta: Matrix, w: Matrix, rows: number): Operation {
  const units = delta.length / rows;
  const inputs = w.length / units;
  return (engine, board) => {
    const dX = board.output(rows * inputs);
    const scratch = board.scratch(engine.scratchBytes);
    engine.dense_backward_input(board.input(delta), board.input(w), dX, rows, inputs, units, scratch);
    return { dX: board.read(dX, rows * inputs) };
  };
}

/** Of the inputs [first, first + count). */
export function weightsOf(x: Matrix, delta: Matrix, rows: number, first: number, count: number): Operation {
  const inputs = x.length / rows;
  const units = delta.length / rows;
  return (engine, board) => {
    const dW = board.output(count * units);
    const scratch = board.scratch(engine.scratchBytes);
    const X = board.input(x);
    const D = board.input(delta);
    engine.dense_backward_weights(X, D, dW, rows, inputs, units, first, count, scratch);
    return { dW: board.read(dW, count * units) };
  };
}

export function biasesOf(delta: Matrix, rows: number): Operation {
  const units = delta.length / rows;
  return (engine, board) => {
    const db = board.output(units);
    engine.dense_backward_biases(board.input(delta), db, rows, units);
    return { db: board.read(db, units) };
  };
}

/** The whole update for a minibatch of one row, of an optimizer that has one. */
export function rank1Of(
  name: OptimizerName,
  x: Matrix,
  delta: Matrix,
  w: Matrix,
  b: Matrix,
  rate: number,
): Operation {
  return (engine, board) => {
    const W = board.inout(w);
    const B = board.inout(b);
    const whole = engine.optimizers[name].rank1 as NonNullable<OptimizerOps['rank1']>;
    const finite = whole(board.input(x), board.input(delta), W, B, x.length, b.length, rate);
    return { W: board.read(W, w.length), b: board.read(B, b.length), ...verdict(finite) };
  };
}

/** What a step is told beside its vectors. */
export interface StepNumbers {
  factor: number;
  rate: number;
  /** Number of the step in its run, from 1 on. */
  step?: number;
  decays?: boolean;
}

/** A step with the state vectors that the options ask for; `slots` are those that it begins with. */
export function stepOf(
  spec: OptimizerSpec,
  theta: Matrix,
  g: Matrix,
  slots: readonly Matrix[],
  { factor, rate, step = 1, decays = true }: StepNumbers,
): Operation {
  const names = slotsOf(spec);
  const scalars = new Float64Array(MOST_SCALARS);
  optimizers[spec.name].scalars(spec, step, decays, scalars);
  return (engine, board) => {
    const at = board.inout(theta);
    const places = new Array<Offset>(MOST_SLOTS).fill(0);
    for (const k of names.keys()) places[k] = board.inout(slots[k]);
    const { length } = theta;
    const finite = engine.optimizers[spec.name].step(
      at,
      board.input(g),
      places,
      length,
      factor,
      rate,
      scalars,
    );
    const state = names.map((name, k) => [name, board.read(places[k], length)]);
    return { theta: board.read(at, length), ...Object.fromEntries(state), ...verdict(finite) };
  };
}

export function scaleOf(x: Matrix, factor: number): Operation {
  return (engine, board) => {
    const at = board.inout(x);
    engine.scale(at, x.length, factor);
    return { X: board.read(at, x.length) };
  };
}

export function clampOf(x: Matrix, limit: number): Operation {
  return (engine, board) => {
    const at = board.inout(x);
    const finite = engine.clamp(at, x.length, limit);
    return { X: board.read(at, x.length), ...verdict(finite) };
  };
}

export function squaresOf(x: Matrix): Operation {
  return (engine, board) => ({ sum: Float64Array.of(engine.squares(board.input(x), x.length)) });
}

export function averageOf(mean: Matrix, x: Matrix, keep: number): Operation {
  return (engine, board) => {
    const at = board.inout(mean);
    engine.average(at, board.input(x), x.length, keep, 1 - keep);
    return { mean: board.read(at, x.length) };
  };
}

/** What is sent, as who gets it reads it, and what is left. */
export function halvesOf(x: Matrix, rest: Matrix, ratio: number): Operation {
  const n = x.length;
  return (engine, board) => {
    const R = board.inout(rest);
    // 2 bytes each; and not at a vector's boundary.
    const halves = board.scratch(2 * n + 2) + 2;
    const came = board.output(n);
    engine.halves_pack(board.input(x), R, ratio, halves, n);
    engine.halves_unpack(halves, came, n);
    return { came: board.read(came, n), rest: board.read(R, n) };
  };
}

/** `parts` holds the shards' buffers, `room` values each, of which `n` count. */
export function shardsSumOf(parts: Matrix, room: number, n: number): Operation {
  return (engine, board) => {
    const dst = board.output(room);
    // The stride is the engine's own: the reference's values are wider than float32.
    engine.shards_sum(dst, board.input(parts), room * engine.bytes, parts.length / room, n);
    return { sum: board.read(dst, n) };
  };
}

export function activationForward(
  name: ActivationName,
  u: Matrix,
  rows: number,
  scalars = scalarsOfDefaults(activations[name].options),
  inPlace = false,
): Operation {
  return (engine, board) => {
    const U = inPlace ? board.inout(u) : board.input(u);
    const H = inPlace ? U : board.output(u.length);
    engine.activations[name].forward(U, H, rows, u.length / rows, scalars);
    return { H: board.read(H, u.length) };
  };
}

/** From U or H, as the activation's `saves` says. */
export function activationBackward(
  name: ActivationName,
  saved: Matrix,
  delta: Matrix,
  rows: number,
  scalars = scalarsOfDefaults(activations[name].options),
): Operation {
  return (engine, board) => {
    const D = board.inout(delta);
    engine.activations[name].backward(board.input(saved), D, rows, saved.length / rows, scalars);
    return { delta: board.read(D, saved.length) };
  };
}

/** What a loss is told beside outputs and targets. */
export interface LossGiven {
  /** One a row; without them each row counts once. */
  weights?: Matrix;
  scalars?: readonly number[];
}

export function lossForward(
  name: LossName,
  h: Matrix,
  y: Matrix,
  rows: number,
  given: LossGiven = {},
): Operation {
  const { weights, scalars = scalarsOfDefaults(losses[name].options) } = given;
  return (engine, board) => {
    const H = board.inout(h);
    const W = weights === undefined ? 0 : board.input(weights);
    const loss = engine.losses[name].forward(H, board.input(y), W, rows, h.length / rows, scalars);
    return { loss: Float64Array.of(loss), H: board.read(H, h.length) };
  };
}

export function lossBackward(
  name: LossName,
  h: Matrix,
  y: Matrix,
  rows: number,
  given: LossGiven = {},
): Operation {
  const { weights, scalars = scalarsOfDefaults(losses[name].options) } = given;
  return (engine, board) => {
    const delta = board.output(h.length);
    const W = weights === undefined ? 0 : board.input(weights);
    engine.losses[name].backward(board.input(h), board.input(y), W, delta, rows, h.length / rows, scalars);
    return { delta: board.read(delta, h.length) };
  };
}

/** A member's scalars where a configuration sets none of its options. */
export function scalarsOfDefaults(options: Options | undefined): number[] {
  return scalarsOf(options, defaultsOf(options));
}

/** How features are scaled: the factor in two parts and an offset for all columns, or numbers for each. */
export type GatherScale =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly high: number; readonly low: number; readonly offset: number }
  | { readonly kind: 'columns'; readonly scales: Matrix; readonly offsets: Matrix };

/** @param scaleFor what an engine of that precision is handed */
export function gatherOf(
  type: FeatureType,
  source: ArrayLike<number>,
  order: number[],
  cols: number,
  scaleFor: (precision: Precision) => GatherScale,
): Operation {
  return (engine, board) => {
    const x = board.output(order.length * cols);
    const features = board.typed(type, source);
    const rows = board.typed('uint32', order);
    const ops = engine.gather[type];
    const scale = scaleFor(engine.precision);
    if (scale.kind === 'none') ops.none(features, rows, x, order.length, cols);
    else if (scale.kind === 'one') {
      ops.one(features, rows, x, order.length, cols, scale.high, scale.low, scale.offset);
    } else {
      const scales = board.typed('float64', scale.scales);
      const offsets = board.typed('float64', scale.offsets);
      ops.columns(features, rows, x, order.length, cols, scales, offsets);
    }
    return { X: board.read(x, order.length * cols) };
  };
}

export function gatherClassesOf(
  type: ClassType,
  classes: ArrayLike<number>,
  order: number[],
  cols: number,
): Operation {
  return (engine, board) => {
    const y = board.output(order.length * cols);
    const labels = board.typed(type, classes);
    engine.gather_classes[type](labels, board.typed('uint32', order), y, order.length, cols);
    return { Y: board.read(y, order.length * cols) };
  };
}

/** @param codes of each of a row's values, 0 or how many inputs it becomes */
export function gatherSlotsOf(values: ArrayLike<number>, codes: number[], order: number[]): Operation {
  const cols = codes.reduce((sum, each) => sum + Math.max(1, each), 0);
  return (engine, board) => {
    const x = board.output(order.length * cols);
    const features = board.typed('float64', values);
    const rows = board.typed('uint32', order);
    engine.gather_slots(features, rows, x, order.length, codes.length, cols, board.typed('int32', codes));
    return { X: board.read(x, order.length * cols) };
  };
}
