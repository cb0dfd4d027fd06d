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
    const { engine, setup } = this;
    const batch = this.#rows.whole(rows);
    const { sample } = setup.layout.weights;
    gather(engine, setup, order, 0, rows, this.#x, this.#y, this.#w, sample.offset);
    for (let l = 0; l < this.#loss.depth; l++) this.#layers[l].forward(batch, 0, 1);
    const loss = this.#loss.forward(this.#y, this.#w, 0, rows);
    if (setup.targetScales) {
      unscaleRows(this.#outputs, setup.targetScales, rows, this.outputs);
      unscaleRows(this.#targets, setup.targetScales, rows, this.targets);
    }
    return loss;
  }
}
