/**
 * The network's pass over some rows of the minibatch: gather → forward → loss → backward → gradients. The matrices
 * X, Y, H and Δ hold a row for each example and are shared: whoever passes over rows writes these rows alone. Knows
 * nothing of other workers.
 */
import type { Engine, Offset } from '../engines/engine.js';
import { losses } from '../model/losses/index.js';
import type { Layer } from '../model/network.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { Setup } from '../plan/task.js';
import { gatherRows } from './gather.js';

export class Pass {
  readonly #layers: readonly Layer[];
  readonly #outputs: number;
  readonly #scratch: Offset;
  /** X and Y of the minibatch in use; those of the next are gathered into the other slot meanwhile. */
  #slot = 0;

  constructor(
    private readonly engine: Engine,
    private readonly setup: Setup,
    worker: number,
  ) {
    this.#layers = setup.net.layers;
    this.#outputs = setup.net.outputs;
    this.#scratch = setup.layout.workers[worker].scratch.offset;
  }

  /** Which of the two slots of X and Y the calls that follow use. */
  useSlot(slot: number): void {
    this.#slot = slot;
  }

  /** Byte offset of parameter `index` in the shared vector. */
  #parameter(index: number): Offset {
    return this.setup.layout.parameters.offset + index * this.engine.bytes;
  }

  /** Byte offset of row `row` of the input of layer l, which is the output of the layer before; H₀ is X. */
  #h(l: number, row: number): Offset {
    const { x, h } = this.setup.layout;
    const region = l === 0 ? x[this.#slot] : h[l - 1];
    const width = l === 0 ? this.setup.net.inputs : this.#layers[l - 1].units;
    return region.offset + row * width * this.engine.bytes;
  }

  #y(row: number): Offset {
    return this.setup.layout.y[this.#slot].offset + row * this.#outputs * this.engine.bytes;
  }

  /** Byte offset of row `row` of Δ of layer l. */
  #delta(l: number, row: number): Offset {
    return this.setup.layout.delta[l].offset + row * this.#layers[l].units * this.engine.bytes;
  }

  /** Fills rows [first, first + rows) of X and Y of a slot with rows of the data set, whose numbers lie at `order`. */
  gather(order: Offset, first: number, rows: number, slot: number): void {
    gatherRows(this.engine, this.setup, order, first, rows, slot);
  }

  /** Layer after layer; the last layer's activation is left to `loss` where the loss starts from logits. */
  forward(first: number, rows: number): void {
    const { engine } = this;
    const last = this.#layers.length - 1;
    const fromLogits = losses[this.setup.loss].fromLogits;
    for (let l = 0; l <= last; l++) {
      const layer = this.#layers[l];
      const h = this.#h(l + 1, first);
      engine.dense_forward(
        this.#h(l, first),
        this.#parameter(layer.weights),
        this.#parameter(layer.biases),
        h,
        rows,
        layer.inputs,
        layer.units,
        this.#scratch,
      );
      if (l < last || !fromLogits) engine.activations[layer.activation].forward(h, h, rows, layer.units);
    }
  }

  /** The loss summed over the rows, which leaves the network's outputs in place of logits. */
  loss(first: number, rows: number): number {
    const h = this.#h(this.#layers.length, first);
    return this.engine.losses[this.setup.loss].forward(h, this.#y(first), rows, this.#outputs);
  }

  /** Δ of every layer, last to first. */
  backward(first: number, rows: number): void {
    const { engine } = this;
    const last = this.#layers.length - 1;
    const loss = this.setup.loss;
    const delta = this.#delta(last, first);
    engine.losses[loss].backward(this.#h(last + 1, first), this.#y(first), delta, rows, this.#outputs);
    if (!losses[loss].fromLogits) this.#throughActivation(last, first, rows);
    for (let l = last; l > 0; l--) {
      const layer = this.#layers[l];
      engine.dense_backward_input(
        this.#delta(l, first),
        this.#parameter(layer.weights),
        this.#delta(l - 1, first),
        rows,
        layer.inputs,
        layer.units,
        this.#scratch,
      );
      this.#throughActivation(l - 1, first, rows);
    }
  }

  #throughActivation(l: number, first: number, rows: number): void {
    const layer = this.#layers[l];
    const ops = this.engine.activations[layer.activation];
    ops.backward(this.#h(l + 1, first), this.#delta(l, first), rows, layer.units);
  }

  /** ∇W of layer l for its inputs [from, from + count), *summed* over the rows, into `count` rows at `into`. */
  weightSums(l: number, first: number, rows: number, from: number, count: number, into: Offset): void {
    const { inputs, units } = this.#layers[l];
    this.engine.dense_backward_weights(
      this.#h(l, first),
      this.#delta(l, first),
      into,
      rows,
      inputs,
      units,
      from,
      count,
      this.#scratch,
    );
  }

  /** ∇b of layer l, *summed* over the rows. */
  biasSums(l: number, first: number, rows: number, into: Offset): void {
    this.engine.dense_backward_biases(this.#delta(l, first), into, rows, this.#layers[l].units);
  }

  /** All gradients *summed* over the rows, into a parameter-shaped buffer. */
  gradientSums(first: number, rows: number, buffer: Offset): void {
    for (let l = 0; l < this.#layers.length; l++) {
      const { inputs, weights, biases } = this.#layers[l];
      this.weightSums(l, first, rows, 0, inputs, buffer + weights * this.engine.bytes);
      this.biasSums(l, first, rows, buffer + biases * this.engine.bytes);
    }
  }

  /** Gradient, averaging and update in one for a minibatch of one example; whether the new parameters are finite. */
  rank1Update(step: NonNullable<Optimizer['rank1Step']>, rate: number): boolean {
    let finite = true;
    for (let l = 0; l < this.#layers.length; l++) {
      const { weights, biases, inputs, units } = this.#layers[l];
      const w = this.#parameter(weights);
      const b = this.#parameter(biases);
      finite = step(this.engine, this.#h(l, 0), this.#delta(l, 0), w, b, inputs, units, rate) && finite;
    }
    return finite;
  }
}
