/** The network's pass over rows that are not trained on, in matrices of this worker's own: gather → forward → loss. */
import type { Engine } from '../engines/engine.js';
import type { BoundLayer } from '../model/layers/layer.js';
import type { Offset } from '../model/operations.js';
import type { Real } from '../model/precision.js';
import { Batch } from '../plan/batch.js';
import { EVALUATION_ROWS } from '../plan/layout.js';
import { matricesOf } from '../plan/matrices.js';
import type { Setup } from '../plan/task.js';
import { unscaleRows } from '../preprocess/units.js';
import { view } from '../shared/arena.js';
import { bindEvaluation } from './bind.js';
import { gather } from './gather.js';
import { BoundLoss } from './loss.js';

export class EvaluationPass {
  /** The network's outputs after `loss`, and the targets, both in the targets' own units. */
  readonly outputs: Real;
  readonly targets: Real;
  /** The same as they are learned. */
  readonly #outputs: Real;
  readonly #targets: Real;
  /** How much each row counts; empty where all count 1. */
  readonly weights: Real;
  readonly #layers: readonly BoundLayer[];
  /** What each layer leaves. */
  readonly #values: readonly Real[];
  readonly #inputs: Real;
  readonly #loss: BoundLoss;
  readonly #x: Offset;
  readonly #y: Offset;
  /** 0: rows have no weights. */
  readonly #w: Offset;
  readonly #rows: Batch;

  constructor(
    private readonly engine: Engine,
    private readonly setup: Setup,
    worker: number,
  ) {
    const { net, layout, memory } = setup;
    const { x, y, w, values } = layout.workers[worker].evaluation;
    const { outputs } = matricesOf(net, true);
    this.#layers = bindEvaluation(engine, setup, worker);
    this.#loss = new BoundLoss(engine, setup, values, outputs);
    this.#rows = new Batch(setup);
    this.#values = outputs.map((matrix) => view(memory, values[matrix]));
    this.#inputs = view(memory, x);
    this.#x = x.offset;
    this.#y = y.offset;
    this.#outputs = view(memory, values[outputs[net.layers.length - 1]]);
    this.#targets = view(memory, y);
    const own = (learned: Real) =>
      setup.targetScales ? new Float64Array(EVALUATION_ROWS * net.outputs) : learned;
    this.outputs = own(this.#outputs);
    this.targets = own(this.#targets);
    this.#w = w.length > 0 ? w.offset : 0;
    this.weights = view(memory, w);
  }

  /**
   * The loss summed over `rows` rows of the data set, each times its sample weight, whose numbers lie at `order`, of values
   * as they are learned; the network's outputs are then in `outputs`.
   */
  evaluate(order: Offset, rows: number): number {
    this.#gather(order, rows);
    const batch = this.#rows.whole(rows);
    for (let l = 0; l < this.#loss.depth; l++) this.#layers[l].forward(batch, 0, 1);
    const loss = this.#loss.forward(this.#y, this.#w, 0, rows);
    this.#unscale(rows);
    return loss;
  }

  /**
   * The same for as many rows as there are places for losses, each row's own, whatever it counts.
   * @param seen is told of each layer's values, rows×outputs, as long as these are there
   */
  look(order: Offset, losses: Float64Array, seen: (layer: number, values: Real, rows: number) => void): void {
    const rows = losses.length;
    this.#gather(order, rows);
    const batch = this.#rows.whole(rows);
    for (let l = 0; l < this.#loss.depth; l++) {
      this.#layers[l].forward(batch, 0, 1);
      seen(l, this.#values[l], rows);
    }
    for (let r = 0; r < rows; r++) losses[r] = this.#loss.forward(this.#y, 0, r, 1);
    this.#unscale(rows);
  }

  /** What the network makes of `rows` rows of inputs, which are none of the data's: then in `outputs`. */
  answer(inputs: Float64Array, rows: number): void {
    this.#inputs.set(inputs);
    this.#targets.fill(0);
    const batch = this.#rows.whole(rows);
    for (let l = 0; l < this.#loss.depth; l++) this.#layers[l].forward(batch, 0, 1);
    // Where the loss starts from logits, it makes outputs of them; what it comes to means nothing.
    this.#loss.forward(this.#y, 0, 0, rows);
    this.#unscale(rows);
  }

  #gather(order: Offset, rows: number): void {
    const { engine, setup } = this;
    const { sample } = setup.layout.weights;
    gather(engine, setup, order, 0, rows, this.#x, this.#y, this.#w, sample.offset);
  }

  #unscale(rows: number): void {
    const { targetScales } = this.setup;
    if (targetScales === undefined) return;
    unscaleRows(this.#outputs, targetScales, rows, this.outputs);
    unscaleRows(this.#targets, targetScales, rows, this.targets);
  }
}
