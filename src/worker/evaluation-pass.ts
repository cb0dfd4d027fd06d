/** The network's pass over rows that are not trained on, in matrices of this worker's own: gather → forward → loss. */
import type { Engine } from '../engines/engine.js';
import type { BatchView, BoundLayer } from '../model/layers/layer.js';
import { losses } from '../model/losses/index.js';
import type { LossOps, Offset } from '../model/operations.js';
import type { Real } from '../model/precision.js';
import { scalarsOf } from '../options.js';
import { matricesOf } from '../plan/matrices.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { bindEvaluation } from './bind.js';
import { gather } from './gather.js';

/** Rows that are one call of every layer. */
class Rows implements BatchView {
  readonly step = 0;
  readonly slot = 0;
  readonly shards = 1;
  rows = 0;

  shardRow(shard: number): number {
    return shard * this.rows;
  }
}

export class EvaluationPass {
  /** The network's outputs after `loss`, and the targets. */
  readonly outputs: Real;
  readonly targets: Real;
  readonly #layers: readonly BoundLayer[];
  readonly #loss: LossOps;
  readonly #lossScalars: readonly number[];
  readonly #depth: number;
  readonly #x: Offset;
  readonly #y: Offset;
  readonly #h: Offset;
  readonly #logits: Offset;
  readonly #rows = new Rows();

  constructor(
    private readonly engine: Engine,
    private readonly setup: Setup,
    worker: number,
  ) {
    const { net, layout, loss, memory } = setup;
    const { x, y, values } = layout.workers[worker].evaluation;
    const { outputs } = matricesOf(net, true);
    const last = net.layers.length - 1;
    const member = losses[loss.name];
    const { fromLogits } = member;
    this.#lossScalars = scalarsOf(member.options, loss);
    this.#layers = bindEvaluation(engine, setup, worker);
    this.#loss = engine.losses[loss.name];
    this.#depth = fromLogits ? last : last + 1;
    this.#x = x.offset;
    this.#y = y.offset;
    const h = values[outputs[last]];
    this.#h = h.offset;
    this.#logits = fromLogits && last > 0 ? values[outputs[last - 1]].offset : h.offset;
    this.outputs = view(memory, h);
    this.targets = view(memory, y);
  }

  /**
   * The loss summed over `rows` rows of the data set, whose numbers lie at `order`; the network's outputs are then in
   * `outputs`.
   */
  evaluate(order: Offset, rows: number): number {
    const { engine, setup } = this;
    const { outputs } = setup.net;
    this.#rows.rows = rows;
    gather(engine, setup, order, 0, rows, this.#x, this.#y);
    for (let l = 0; l < this.#depth; l++) this.#layers[l].forward(this.#rows, 0, 1);
    if (this.#logits !== this.#h) engine.copy(this.#logits, this.#h, rows * outputs);
    return this.#loss.forward(this.#h, this.#y, 0, rows, outputs, this.#lossScalars);
  }
}
