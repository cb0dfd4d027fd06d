/**
 * Numeric derivatives of the loss, by perturbing one parameter after another (exercise 3): plain float64
 * TypeScript on the formulas of src/model, so that it shares nothing with the kernels it is compared with.
 * Skips what a perturbation cannot change (other rows, other units, the layers before); evaluates the loss of
 * every row that it can, and takes the whole minibatch's loss at θ + h and θ − h.
 */
import { activations } from '../model/activations/index.js';
import { losses } from '../model/losses/index.js';
import type { Layer, Network } from '../model/network.js';
import { defaultsOf, type Options } from '../options.js';
import type { Setup, SharedParameters } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { Word } from '../shared/control.js';

/** Step of the central difference. */
export const STEP = 1e-5;
/** Parameters that a worker takes at a time. */
const PIECE = 64;

/**
 * Takes pieces of `parameters.indices` until none is left, and writes their derivatives. The rows are those that the
 * task `gradients` has gathered before.
 */
export function numericDerivatives(setup: Setup, rows: number, parameters: SharedParameters): void {
  const { memory, layout, net } = setup;
  const words = view(memory, layout.control);
  const theta = view(memory, { ...layout.parameters, type: 'float64' });
  const x = view(memory, { ...layout.x[0], type: 'float64' }).slice(0, rows * net.inputs);
  const y = view(memory, { ...layout.y[0], type: 'float64' }).slice(0, rows * net.outputs);
  const probe = new Probe(net, setup.loss, theta, x, y, rows);
  const { indices, derivatives, kinks } = parameters;
  for (;;) {
    const first = Atomics.add(words, Word.nextPiece, 1) * PIECE;
    if (first >= indices.length) return;
    const end = Math.min(first + PIECE, indices.length);
    for (let k = first; k < end; k++) {
      derivatives[k] = probe.derivative(indices[k], STEP);
      kinks[k] = Number(probe.crossedKink);
    }
    Atomics.add(words, Word.piecesDone, end - first);
  }
}

/** A network at given parameters on given rows, ready to say how its loss changes with one parameter. */
export class Probe {
  /** Pre-activations U and outputs H of each layer, rows × units, at the unperturbed parameters. */
  readonly #u: Float64Array[] = [];
  readonly #h: Float64Array[];
  /** One row's values while a perturbation runs through the layers. */
  readonly #rowU: Float64Array[];
  readonly #rowH: Float64Array[];
  readonly #rowLosses: Float64Array;
  readonly #rowY: Float64Array[];
  /** Whether the last `derivative` moved a unit across a kink of its activation, in any row. */
  crossedKink = false;

  constructor(
    private readonly net: Network,
    private readonly loss: Setup['loss'],
    private readonly theta: Float64Array,
    x: Float64Array,
    y: Float64Array,
    private readonly rows: number,
  ) {
    this.#h = [x];
    this.#rowU = net.layers.map((layer) => new Float64Array(layer.units));
    this.#rowH = net.layers.map((layer) => new Float64Array(layer.units));
    this.#rowLosses = new Float64Array(rows);
    this.#rowY = Array.from({ length: rows }, (_, r) => y.subarray(r * net.outputs, (r + 1) * net.outputs));
    for (const [l, layer] of net.layers.entries()) {
      const u = new Float64Array(rows * layer.units);
      const h = new Float64Array(rows * layer.units);
      for (let r = 0; r < rows; r++) this.#dense(layer, this.#h[l], r * layer.inputs, u, r * layer.units);
      activate(layer, u, h, rows);
      this.#u.push(u);
      this.#h.push(h);
    }
    const last = net.layers.length - 1;
    for (let r = 0; r < rows; r++) {
      this.#rowU[last].set(this.#row(this.#u[last], r, net.outputs));
      this.#rowLosses[r] = this.#rowLoss(r);
    }
  }

  /** (E(θ + h·e_m) − E(θ − h·e_m)) / 2h for parameter `index`, E the mean loss over the rows. */
  derivative(index: number, h: number): number {
    this.crossedKink = false;
    return (this.#lossWith(index, h) - this.#lossWith(index, -h)) / (2 * h);
  }

  #lossWith(index: number, change: number): number {
    const l = this.net.layers.findIndex((layer) => index < layer.weights + layer.parameters);
    const layer = this.net.layers[l];
    const isBias = index >= layer.biases;
    const unit = (index - layer.weights) % layer.units;
    const input = Math.floor((index - layer.weights) / layer.units);
    const step = this.theta[index] + change - this.theta[index];
    let sum = 0;
    for (let r = 0; r < this.rows; r++) {
      const x = isBias ? 1 : this.#h[l][r * layer.inputs + input];
      sum += x === 0 ? this.#rowLosses[r] : this.#rowLossWith(l, r, unit, step * x);
    }
    return sum / this.rows;
  }

  /** The loss of row r when pre-activation `unit` of layer l changes by `change`. */
  #rowLossWith(l: number, r: number, unit: number, change: number): number {
    const { layers } = this.net;
    const last = layers.length - 1;
    const u = this.#rowU[l];
    u.set(this.#row(this.#u[l], r, layers[l].units));
    u[unit] += change;
    this.#lookForKinks(l, r);
    if (l === last) return this.#rowLoss(r);
    const h = this.#rowH[l];
    activate(layers[l], u, h, 1);
    const before = this.#row(this.#h[l + 1], r, layers[l].units);
    const next = layers[l + 1];
    const nextU = this.#rowU[l + 1];
    nextU.set(this.#row(this.#u[l + 1], r, next.units));
    let changed = false;
    for (let k = 0; k < h.length; k++) {
      const difference = h[k] - before[k];
      if (difference === 0) continue;
      changed = true;
      const w = next.weights + k * next.units;
      for (let o = 0; o < next.units; o++) nextU[o] += difference * this.theta[w + o];
    }
    if (!changed) return this.#rowLosses[r];
    this.#lookForKinks(l + 1, r);
    for (let m = l + 1; m < last; m++) {
      activate(layers[m], this.#rowU[m], this.#rowH[m], 1);
      this.#dense(layers[m + 1], this.#rowH[m], 0, this.#rowU[m + 1], 0);
      this.#lookForKinks(m + 1, r);
    }
    return this.#rowLoss(r);
  }

  /** Notes whether a unit of layer l stands on another side of a kink than without the perturbation. */
  #lookForKinks(l: number, r: number): void {
    const { kink: kinkOf, options } = activations[this.net.layers[l].activation];
    const kink = kinkOf?.(numbersWithin(options));
    if (kink === undefined) return;
    const { units } = this.net.layers[l];
    const u = this.#rowU[l];
    const before = this.#u[l];
    for (let k = 0; k < units; k++) if (u[k] > kink !== before[r * units + k] > kink) this.crossedKink = true;
  }

  /** The loss of row r whose last pre-activations stand in the last `#rowU`. */
  #rowLoss(r: number): number {
    const last = this.net.layers.length - 1;
    const layer = this.net.layers[last];
    const loss = losses[this.loss];
    if (!loss.fromLogits) activate(layer, this.#rowU[last], this.#rowU[last], 1);
    return loss.forward(this.#rowU[last], this.#rowY[r], null, 1, layer.units, numbersWithin(loss.options));
  }

  #dense(layer: Layer, x: Float64Array, xAt: number, u: Float64Array, uAt: number): void {
    const { theta } = this;
    for (let o = 0; o < layer.units; o++) u[uAt + o] = theta[layer.biases + o];
    for (let i = 0; i < layer.inputs; i++) {
      const value = x[xAt + i];
      if (value === 0) continue;
      const w = layer.weights + i * layer.units;
      for (let o = 0; o < layer.units; o++) u[uAt + o] += value * theta[w + o];
    }
  }

  #row(values: Float64Array, r: number, cols: number): Float64Array {
    return values.subarray(r * cols, (r + 1) * cols);
  }
}

function activate(layer: Layer, u: Float64Array, h: Float64Array, rows: number): void {
  const { forward, options } = activations[layer.activation];
  forward(u, h, rows, layer.units, numbersWithin(options));
}

const numbersWithin = (options: Options | undefined) => defaultsOf(options) as Record<string, number>;
