/**
 * One worker's own pass over its rows: gather → forward → cost → backward, in its own buffers, on the shared
 * parameters. Knows nothing of other workers.
 */
import type { Engine, Offset } from '../engines/engine.js';
import { costs } from '../model/costs/index.js';
import type { Layer } from '../model/network.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { Setup } from './setup.js';

export class Replica {
  readonly #engine: Engine;
  readonly #layers: readonly Layer[];
  readonly #outputs: number;
  readonly #setup: Setup;
  readonly #h: readonly Offset[];
  readonly #delta: readonly Offset[];
  readonly #nz: readonly Offset[];
  readonly #y: Offset;
  readonly #scratch: Offset;

  constructor(engine: Engine, setup: Setup, worker: number) {
    const own = setup.layout.workers[worker];
    this.#engine = engine;
    this.#layers = setup.net.layers;
    this.#outputs = setup.net.outputs;
    this.#setup = setup;
    this.#h = own.h.map((region) => region.offset);
    this.#delta = own.delta.map((region) => region.offset);
    this.#nz = own.nz.map((region) => region.offset);
    this.#y = own.y.offset;
    this.#scratch = own.scratch.offset;
  }

  /** Byte offset of parameter `index` in the shared vector. */
  #parameter(index: number): Offset {
    return this.#setup.layout.parameters.offset + index * this.#engine.bytes;
  }

  /** Fills X and Y with `rows` rows of the data set, whose numbers lie at `order`. */
  gather(order: Offset, rows: number): void {
    const { layout, net, featureType, targetType } = this.#setup;
    const engine = this.#engine;
    if (featureType === 'uint8') {
      engine.gather_bytes(layout.features.offset, order, this.#h[0], rows, net.inputs);
    } else {
      engine.gather_values(layout.features.offset, order, this.#h[0], rows, net.inputs);
    }
    if (targetType === 'class')
      engine.gather_classes(layout.targets.offset, order, this.#y, rows, net.outputs);
    else engine.gather_values(layout.targets.offset, order, this.#y, rows, net.outputs);
  }

  /** Layer after layer; the last layer's activation is left to `cost` where the cost starts from logits. */
  forward(rows: number): void {
    const engine = this.#engine;
    const last = this.#layers.length - 1;
    const fromLogits = costs[this.#setup.cost].fromLogits;
    for (let l = 0; l <= last; l++) {
      const layer = this.#layers[l];
      const h = this.#h[l + 1];
      engine.nonzeros(this.#h[l], this.#nz[l], rows, layer.inputs);
      engine.dense_forward(
        this.#h[l],
        this.#nz[l],
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

  /** The cost summed over rows [first, first + rows), which leaves the network's outputs in place of logits. */
  cost(first: number, rows: number): number {
    const shift = first * this.#outputs * this.#engine.bytes;
    const h = this.#h[this.#layers.length];
    return this.#engine.costs[this.#setup.cost].forward(h + shift, this.#y + shift, rows, this.#outputs);
  }

  /** Δ of every layer, last to first, for all `rows` rows. */
  backward(rows: number): void {
    const engine = this.#engine;
    const last = this.#layers.length - 1;
    engine.costs[this.#setup.cost].backward(
      this.#h[last + 1],
      this.#y,
      this.#delta[last + 1],
      rows,
      this.#outputs,
    );
    if (!costs[this.#setup.cost].fromLogits) this.#throughActivation(last, rows);
    for (let l = last; l > 0; l--) {
      const layer = this.#layers[l];
      engine.dense_backward_input(
        this.#delta[l + 1],
        this.#parameter(layer.weights),
        this.#delta[l],
        rows,
        layer.inputs,
        layer.units,
        this.#scratch,
      );
      this.#throughActivation(l - 1, rows);
    }
  }

  #throughActivation(l: number, rows: number): void {
    const layer = this.#layers[l];
    this.#engine.activations[layer.activation].backward(
      this.#h[l + 1],
      this.#delta[l + 1],
      rows,
      layer.units,
    );
  }

  /** The gradients summed over rows [first, first + rows), into a parameter-shaped buffer. */
  gradients(first: number, rows: number, buffer: Offset): void {
    const { bytes } = this.#engine;
    for (let l = 0; l < this.#layers.length; l++) {
      const layer = this.#layers[l];
      this.#engine.dense_backward_weights(
        this.#h[l],
        this.#nz[l],
        this.#delta[l + 1],
        buffer + layer.weights * bytes,
        buffer + layer.biases * bytes,
        first,
        rows,
        layer.inputs,
        layer.units,
        this.#scratch,
      );
    }
  }

  /** Gradient, averaging and update in one for a minibatch of one example. */
  rank1Update(step: NonNullable<Optimizer['rank1Step']>, rate: number): void {
    for (let l = 0; l < this.#layers.length; l++) {
      const layer = this.#layers[l];
      step(
        this.#engine,
        this.#h[l],
        this.#nz[l],
        this.#delta[l + 1],
        this.#parameter(layer.weights),
        this.#parameter(layer.biases),
        layer.inputs,
        layer.units,
        rate,
      );
    }
  }
}
