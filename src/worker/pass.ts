/**
 * The network's pass over a worker's shards of the minibatch: gather → forward → loss → backward. The matrices of X, Y,
 * the layers' values and Δ hold a row for each example and are shared: whoever passes over rows writes these rows alone.
 */
import type { Engine, LossOps, Offset } from '../engines/engine.js';
import type { BatchView, BoundLayer, Rank1Step } from '../model/layers/layer.js';
import { losses } from '../model/losses/index.js';
import { scalarsOf } from '../options.js';
import type { Batch } from '../plan/batch.js';
import { matricesOf } from '../plan/matrices.js';
import type { Setup } from '../plan/task.js';
import { bindTraining } from './bind.js';
import { gather } from './gather.js';

export class Pass {
  readonly layers: readonly BoundLayer[];
  readonly #trained: readonly BoundLayer[];
  readonly #committing: readonly BoundLayer[];
  readonly #loss: LossOps;
  readonly #lossScalars: readonly number[];
  /** How many layers the passes go through: a loss that starts from logits applies the last activation itself. */
  readonly depth: number;
  /** The layers whose rows depend on the whole minibatch. */
  readonly #meetings: readonly number[];
  /** Network outputs, Δ by the inputs of the loss, and where logits lie if not in the outputs' place. */
  readonly #h: Offset;
  readonly #delta: Offset;
  readonly #logits: Offset;

  constructor(
    private readonly engine: Engine,
    private readonly setup: Setup,
    worker: number,
  ) {
    const { net, layout, loss } = setup;
    this.layers = bindTraining(engine, setup, worker);
    this.#trained = this.layers.filter((_, l) => net.layers[l].tensors.length > 0);
    this.#committing = this.layers.filter(({ commit }) => commit !== undefined);
    this.#loss = engine.losses[loss.name];
    const last = net.layers.length - 1;
    const { outputs, outputDelta } = matricesOf(net);
    const member = losses[loss.name];
    const { fromLogits } = member;
    this.#lossScalars = scalarsOf(member.options, loss);
    this.depth = fromLogits ? last : last + 1;
    this.#h = layout.values[outputs[last]].offset;
    this.#delta = layout.deltas[outputDelta[last]].offset;
    this.#logits = fromLogits && last > 0 ? layout.values[outputs[last - 1]].offset : this.#h;
    this.#meetings = this.layers.flatMap(({ statistics }, l) => (statistics ? [l] : []));
  }

  /** Fills this worker's rows of X and Y with rows of the data set. */
  gather(batch: Batch): void {
    const { engine, setup } = this;
    const { layout } = setup;
    const rows = batch.ownRows;
    if (rows === 0) return;
    const first = batch.firstRow;
    const { x, y } = layout;
    gather(engine, setup, batch.order, first, rows, x[batch.slot].offset, y[batch.slot].offset);
  }

  /**
   * Forward pass, loss and backward pass of this worker's shards.
   * @param shardLosses where each shard's summed loss goes
   * @param meet waits until all workers have come to that layer: called as often by a worker that has no shards
   */
  compute(batch: Batch, shardLosses: Float64Array, meet: (layer: number) => void): void {
    const { firstShard, endShard } = batch;
    if (this.#meetings.length === 0) {
      // Where the bits of a product depend on the shape of the call, each shard is a call of its own.
      const step = this.engine.inOrder ? Math.max(1, endShard - firstShard) : 1;
      for (let shard = firstShard; shard < endShard; shard += step) {
        this.#forward(batch, shard, shard + step, 0, this.depth);
        this.#lossOf(batch, shard, shard + step, shardLosses);
        this.#backward(batch, shard, shard + step, this.depth, 0);
      }
      return;
    }
    this.forward(batch, meet);
    this.#lossOf(batch, firstShard, endShard, shardLosses);
    this.backward(batch, meet);
  }

  /** Layer after layer; the last activation is left to `loss` where the loss starts from logits. */
  forward(batch: Batch, meet: (layer: number) => void): void {
    let from = 0;
    for (const l of this.#meetings) {
      const { statistics } = this.layers[l];
      this.#eachForward(batch, from, l);
      for (let shard = batch.firstShard; shard < batch.endShard; shard++)
        statistics?.forwardShard(batch, shard);
      meet(l);
      statistics?.forwardMerge(batch);
      from = l;
    }
    this.#eachForward(batch, from, this.depth);
  }

  /** Δ of every layer, last to first. */
  backward(batch: Batch, meet: (layer: number) => void): void {
    const { firstShard, endShard } = batch;
    this.#lossDelta(batch, firstShard, endShard);
    let to = this.depth;
    for (let k = this.#meetings.length - 1; k >= 0; k--) {
      const l = this.#meetings[k];
      const { statistics } = this.layers[l];
      this.#eachBackward(batch, to, l + 1);
      for (let shard = firstShard; shard < endShard; shard++) statistics?.backwardShard(batch, shard);
      meet(l);
      statistics?.backwardMerge(batch);
      to = l + 1;
    }
    this.#eachBackward(batch, to, 0);
  }

  /** Worker 0, once a step: running statistics and the like. */
  commit(batch: BatchView): void {
    for (const layer of this.#committing) layer.commit?.(batch);
  }

  /** Whether a minibatch of one row can be learned from in one pass over each layer's parameters. */
  get hasRank1(): boolean {
    return this.#trained.every(({ rank1 }) => rank1 !== undefined);
  }

  /** Gradient, averaging and update in one for a minibatch of one row; whether the new parameters are finite. */
  rank1Update(batch: BatchView, step: Rank1Step, rate: number): boolean {
    let finite = true;
    for (const layer of this.#trained) finite = (layer.rank1?.(batch, step, rate) ?? true) && finite;
    return finite;
  }

  #eachForward(batch: Batch, from: number, to: number): void {
    const { firstShard, endShard } = batch;
    const step = this.engine.inOrder ? Math.max(1, endShard - firstShard) : 1;
    for (let shard = firstShard; shard < endShard; shard += step)
      this.#forward(batch, shard, shard + step, from, to);
  }

  #eachBackward(batch: Batch, from: number, to: number): void {
    const { firstShard, endShard } = batch;
    const step = this.engine.inOrder ? Math.max(1, endShard - firstShard) : 1;
    for (let shard = firstShard; shard < endShard; shard += step)
      this.#through(batch, shard, shard + step, from, to);
  }

  #forward(batch: BatchView, firstShard: number, endShard: number, from: number, to: number): void {
    for (let l = from; l < to; l++) this.layers[l].forward(batch, firstShard, endShard);
  }

  #backward(batch: BatchView, firstShard: number, endShard: number, from: number, to: number): void {
    this.#lossDelta(batch, firstShard, endShard);
    this.#through(batch, firstShard, endShard, from, to);
  }

  #through(batch: BatchView, firstShard: number, endShard: number, from: number, to: number): void {
    for (let l = from - 1; l >= to; l--) this.layers[l].backward(batch, firstShard, endShard);
  }

  #lossOf(batch: BatchView, firstShard: number, endShard: number, shardLosses: Float64Array): void {
    for (let shard = firstShard; shard < endShard; shard++) {
      const first = batch.shardRow(shard);
      shardLosses[shard] = this.loss(batch, first, batch.shardRow(shard + 1) - first);
    }
  }

  /** The loss summed over rows [first, first + rows), which leaves the network's outputs in place of logits. */
  loss(batch: BatchView, first: number, rows: number): number {
    const { engine, setup } = this;
    const { outputs } = setup.net;
    const at = first * outputs * engine.bytes;
    if (this.#logits !== this.#h) engine.copy(this.#logits + at, this.#h + at, rows * outputs);
    return this.#loss.forward(this.#h + at, this.#y(batch) + at, 0, rows, outputs, this.#lossScalars);
  }

  #lossDelta(batch: BatchView, firstShard: number, endShard: number): void {
    const { outputs } = this.setup.net;
    const first = batch.shardRow(firstShard);
    const rows = batch.shardRow(endShard) - first;
    if (rows === 0) return;
    const at = first * outputs * this.engine.bytes;
    this.#loss.backward(
      this.#h + at,
      this.#y(batch) + at,
      0,
      this.#delta + at,
      rows,
      outputs,
      this.#lossScalars,
    );
  }

  #y(batch: BatchView): Offset {
    return this.setup.layout.y[batch.slot].offset;
  }
}
