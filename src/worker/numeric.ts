/**
 * Numeric derivatives of the loss, by perturbing one parameter after another (exercise 3): plain float64
 * TypeScript on the formulas of src/model, so that it shares nothing with the kernels it is compared with.
 * Skips what a perturbation cannot change (other rows, other units, the layers before), and evaluates the loss of
 * every row that it can. What is made of the differences stands in derivative.ts.
 */
import { layers as types } from '../model/layers/index.js';
import type { Layer, NumericLayer } from '../model/layers/layer.js';
import { losses } from '../model/losses/index.js';
import { startsFromLogits } from '../model/losses/loss.js';
import type { Network } from '../model/network.js';
import type { Setup, SharedParameters } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { Word } from '../shared/control.js';
import {
  type Estimate,
  extrapolated,
  firstDifference,
  type LossChange,
  roundingOfRow,
} from './derivative.js';

/** Parameters that a worker takes at a time. */
const PIECE = 64;

/**
 * Takes pieces of `parameters.indices` until none is left, and writes their derivatives of the mean loss and the errors
 * of these. The rows are those that the task `gradients` has gathered before.
 * @param wanted the error that will do; null: the first difference will
 */
export function numericDerivatives(
  setup: Setup,
  rows: number,
  parameters: SharedParameters,
  wanted: number | null,
): void {
  const { memory, layout, net } = setup;
  const words = view(memory, layout.control);
  const theta = view(memory, { ...layout.parameters, type: 'float64' });
  const x = view(memory, { ...layout.x[0], type: 'float64' }).slice(0, rows * net.inputs);
  const y = view(memory, { ...layout.y[0], type: 'float64' }).slice(0, rows * net.outputs);
  const w = view(memory, { ...layout.w[0], type: 'float64' }).slice(0, rows);
  const buffers = view(memory, { ...layout.buffers, type: 'float64' });
  const probe = new Probe(setup, theta, x, y, rows, w.length > 0 ? w : undefined, buffers);
  const { indices, derivatives, errors, kinks } = parameters;
  const estimate: Estimate = { value: 0, error: 0, atKink: false };
  for (;;) {
    const first = Atomics.add(words, Word.nextPiece, 1) * PIECE;
    if (first >= indices.length) return;
    const end = Math.min(first + PIECE, indices.length);
    for (let k = first; k < end; k++) {
      if (wanted === null) firstDifference(probe, indices[k], estimate);
      else extrapolated(probe, indices[k], wanted * rows, estimate);
      derivatives[k] = estimate.value / rows;
      errors[k] = estimate.error / rows;
      kinks[k] = Number(estimate.atKink);
    }
    Atomics.add(words, Word.piecesDone, end - first);
  }
}

/** A network at given parameters on given rows, ready to say how its loss changes with one parameter. */
export class Probe implements LossChange {
  readonly #net: Network;
  readonly #layers: readonly NumericLayer[];
  /** Values of all rows at the unperturbed parameters: the inputs, and each layer's outputs. */
  readonly #base: Float64Array[];
  /** The same, row by row, while a perturbation runs through the layers; rows that it has not reached are not kept. */
  readonly #moved: Float64Array[];
  readonly #baseRows: Float64Array[][];
  readonly #movedRows: Float64Array[][];
  readonly #loss;
  readonly #spec;
  /** Layers that rows pass before the loss: one that starts from logits applies the last activation itself. */
  readonly #depth: number;
  readonly #rowLosses: Float64Array;
  /** Squares of the rounding errors of each row's loss. */
  readonly #rowRoundings: Float64Array;
  readonly #targets: Float64Array[];
  readonly #outputs: Float64Array;
  /** The first layer that makes all rows of a minibatch depend on each other. */
  readonly #firstWhole: number;
  crossedKink = false;
  rounding = 0;

  constructor(
    setup: Pick<Setup, 'net' | 'loss' | 'seed'>,
    theta: Float64Array,
    x: Float64Array,
    y: Float64Array,
    private readonly rows: number,
    /** How much each row counts; undefined: 1. */
    private readonly weights?: Float64Array,
    /** What belongs to the model and is not trained. */
    buffers = new Float64Array(),
  ) {
    const { net, loss, seed } = setup;
    this.#net = net;
    this.#layers = net.layers.map((layer) =>
      types[layer.type].numeric(layer, { theta, buffers, rows, seed, step: 0 }),
    );
    this.#loss = losses[loss.name];
    this.#spec = loss;
    this.#depth = startsFromLogits(this.#loss, loss) ? net.layers.length - 1 : net.layers.length;
    this.#rowLosses = new Float64Array(rows);
    this.#rowRoundings = new Float64Array(rows);
    this.#outputs = new Float64Array(net.outputs);
    const rowsOf = (values: Float64Array, cols: number) =>
      Array.from({ length: rows }, (_, r) => values.subarray(r * cols, (r + 1) * cols));
    this.#targets = rowsOf(y, net.outputs);
    this.#base = [x];
    this.#baseRows = [rowsOf(x, net.inputs)];
    this.#moved = [x];
    this.#movedRows = [this.#baseRows[0]];
    const open: number[] = [];
    for (const [l, { outputs, partner = l }] of net.layers.slice(0, this.#depth).entries()) {
      if (partner < l) open.pop();
      this.#around.push(open.at(-1) ?? -1);
      if (partner > l) open.push(l);
      const values = new Float64Array(rows * outputs);
      this.#base.push(values);
      this.#baseRows.push(rowsOf(values, outputs));
      if (this.#layers[l].whole) this.#layers[l].forward(this.#base[l], values, 0);
      else
        for (let r = 0; r < rows; r++)
          this.#layers[l].forward(this.#baseRows[l][r], this.#baseRows[l + 1][r], r, this.#other(l, r));
      const moved = values.slice();
      this.#moved.push(moved);
      this.#movedRows.push(rowsOf(moved, outputs));
    }
    const terms = (net.layers.findLast(({ tensors }) => tensors.length > 0)?.inputs ?? 0) + 1;
    for (let r = 0; r < rows; r++) {
      const values = this.#baseRows[this.#depth][r];
      const lossOf = (moved: Float64Array) => this.#rowLoss(moved, r);
      this.#rowLosses[r] = lossOf(values);
      this.#rowRoundings[r] = (this.#weightOf(r) * roundingOfRow(lossOf, values, terms)) ** 2;
    }
    // What is no number moves to what is none, which would look like no change.
    if (!this.#rowLosses.every(Number.isFinite)) this.#start = Number.NaN;
    this.#firstWhole = this.#layers.findIndex(({ whole }, l) => whole && l < this.#depth);
  }

  change(index: number, amount: number): number {
    this.crossedKink = false;
    const l = this.#layerOf(index);
    this.#perturbed = l;
    const layer = this.#layers[l];
    const unit = layer.unit(index);
    const whole = this.#wholeAfter(l);
    this.#begin();
    for (let r = 0; r < this.rows; r++) {
      const x = layer.whole ? this.#base[l] : this.#baseRows[l][r];
      const moved = this.#movedRows[l + 1][r];
      moved.set(this.#baseRows[l + 1][r]);
      const slope = layer.move ? Number(layer.move(index, amount, x, moved)) : layer.slope(index, x, r);
      if (!layer.move) moved[unit] += amount * slope;
      if (slope === 0 || this.#alongRow(l + 1, whole, r) < whole) {
        // Nothing comes of it for this row alone.
        if (whole < this.#depth) this.#leave(l, whole, r);
      } else if (whole === this.#depth) this.#add(r);
    }
    if (whole < this.#depth) this.#alongAll(whole);
    this.rounding = Math.sqrt(this.#squares);
    return this.#sum + this.#lost;
  }

  /** The layer whose parameter is moved. */
  #perturbed = Number.POSITIVE_INFINITY;
  /** For each layer the nearest one before it that opens a way around it; −1: none does. */
  readonly #around: number[] = [];

  /** What went around the layers before layer l to it, of row r; undefined where nothing did. */
  #other(l: number, r: number): Float64Array | undefined {
    const { partner = l } = this.#net.layers[l];
    if (partner >= l) return undefined;
    return (partner < this.#perturbed ? this.#baseRows : this.#movedRows)[partner + 1][r];
  }

  /** A row that nothing has moved where all rows meet, nor on the ways around others that lead there. */
  #leave(from: number, to: number, r: number): void {
    for (let l = from + 1; l < to; l++) {
      if ((this.#net.layers[l].partner ?? l) > l) this.#movedRows[l + 1][r].set(this.#baseRows[l + 1][r]);
    }
    this.#movedRows[to][r].set(this.#baseRows[to][r]);
  }

  #start = 0;
  #sum = 0;
  /** What the sum lost of the smaller of two terms (Neumaier 1974). */
  #lost = 0;
  #squares = 0;

  #begin(): void {
    this.#sum = this.#start;
    this.#lost = 0;
    this.#squares = 0;
  }

  /** Adds by how much the loss of a row has moved, whose last values stand among the moved ones. */
  #add(r: number): void {
    const values = this.#movedRows[this.#depth][r];
    if (this.#loss.kink?.(values, this.#baseRows[this.#depth][r], this.#targets[r], values.length)) {
      this.crossedKink = true;
    }
    const moved = this.#rowLoss(values, r) - this.#rowLosses[r];
    const difference = this.#weightOf(r) * moved;
    const next = this.#sum + difference;
    this.#lost +=
      Math.abs(this.#sum) >= Math.abs(difference)
        ? this.#sum - next + difference
        : difference - next + this.#sum;
    this.#sum = next;
    this.#squares += this.#rowRoundings[r];
  }

  /** Takes a moved row from the inputs of layer `from` to those of layer `to`, or less far where nothing is left of it. */
  #alongRow(from: number, to: number, r: number): number {
    let updates = true;
    for (let l = from; l < to; l++) {
      const layer = this.#layers[l];
      const x = this.#movedRows[l][r];
      const before = this.#baseRows[l][r];
      const y = this.#movedRows[l + 1][r];
      if (layer.kink?.(x, before)) this.crossedKink = true;
      if (layer.update && updates) {
        if (same(x, before)) {
          // Unless something goes around it.
          if (this.#around[l] <= this.#perturbed) return l;
          y.set(this.#baseRows[l + 1][r]);
          continue;
        }
        // As little is moved as it ever will be: afterwards most units are.
        updates = false;
        y.set(this.#baseRows[l + 1][r]);
        layer.update(x, before, y);
      } else layer.forward(x, y, r, this.#other(l, r));
    }
    return to;
  }

  /** Takes all rows on from the inputs of layer `from`, which makes them depend on each other, to the loss. */
  #alongAll(from: number): void {
    for (let l = from; l < this.#depth; l++) {
      const layer = this.#layers[l];
      if (layer.whole) layer.forward(this.#moved[l], this.#moved[l + 1], 0);
      else {
        for (let r = 0; r < this.rows; r++) {
          if (layer.kink?.(this.#movedRows[l][r], this.#baseRows[l][r])) this.crossedKink = true;
          layer.forward(this.#movedRows[l][r], this.#movedRows[l + 1][r], r, this.#other(l, r));
        }
      }
    }
    for (let r = 0; r < this.rows; r++) this.#add(r);
  }

  /** The next layer after layer l that all rows go through together; the loss, where there is none. */
  #wholeAfter(l: number): number {
    if (this.#firstWhole < 0) return this.#depth;
    const next = this.#layers.findIndex(({ whole }, k) => whole && k > l && k < this.#depth);
    return next < 0 ? this.#depth : next;
  }

  #weightOf(r: number): number {
    return this.weights === undefined ? 1 : this.weights[r];
  }

  /** The loss of row r with these values before it, whatever the row counts. */
  #rowLoss(values: Float64Array, r: number): number {
    this.#outputs.set(values);
    return this.#loss.forward(
      this.#outputs,
      this.#targets[r],
      null,
      1,
      this.#net.outputs,
      this.#spec as never,
    );
  }

  #layerOf(index: number): number {
    return this.#net.layers.findIndex(({ tensors }) => endOf(tensors) > index);
  }
}

function endOf(tensors: Layer['tensors']): number {
  const last = tensors[tensors.length - 1];
  return last === undefined ? 0 : last.offset + last.length;
}

function same(a: Float64Array, b: Float64Array): boolean {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}
