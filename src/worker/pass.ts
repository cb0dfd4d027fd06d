/**
 * The network's pass over a worker's shards of the minibatch: gather → forward → loss → backward. The matrices of X, Y,
 * the layers' values and Δ hold a row for each example and are shared: whoever passes over rows writes these rows alone.
 */
import type { Engine, Recorder } from '../engines/engine.js';
import type { BatchView, BoundLayer, Statistics } from '../model/layers/layer.js';
import { firstTrained } from '../model/network.js';
import type { Offset, Rank1Step } from '../model/operations.js';
import type { Batch } from '../plan/batch.js';
import { matricesOf } from '../plan/matrices.js';
import type { Setup } from '../plan/task.js';
import { bindTraining } from './bind.js';
import { gather } from './gather.js';
import { BoundLoss } from './loss.js';
import { Mixing } from './mixup.js';
import { Replayed, ReplayedWay } from './replaying.js';

/** Waits until all workers have come to a layer. */
type Meet = (layer: number) => void;

export class Pass {
  readonly layers: readonly BoundLayer[];
  readonly #trained: readonly BoundLayer[];
  /** Where backward passes end: what comes before has no parameters, and no Δ. */
  readonly #firstTrained: number;
  readonly #committing: readonly BoundLayer[];
  readonly #loss: BoundLoss;
  /** Δ by what the loss begins with. */
  readonly #delta: Offset;
  /** Whether rows count more or less than each other. */
  readonly #weighted: boolean;
  /** Where rows are mixed. */
  readonly #mixing: Mixing | undefined;
  /** Where passes wait for all workers: the layers whose rows depend on the whole minibatch, and their statistics. */
  readonly #meetings: readonly { readonly layer: number; readonly statistics: Statistics }[];
  /** Where the engine does many operations in one call. */
  readonly #forwards: ReplayedWay | undefined;
  readonly #backwards: ReplayedWay | undefined;
  /** Of minibatches of one row: the update, and the whole step. */
  readonly #update: Replayed | undefined;
  readonly #step: Replayed | undefined;
  readonly #recorder: Recorder | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly setup: Setup,
    worker: number,
  ) {
    const { net, layout } = setup;
    const { outputs, outputDelta } = matricesOf(net);
    this.layers = bindTraining(engine, setup, worker);
    this.#trained = this.layers.filter((_, l) => net.layers[l].tensors.length > 0);
    this.#firstTrained = firstTrained(net);
    this.#committing = this.layers.filter(({ commit }) => commit !== undefined);
    this.#loss = new BoundLoss(engine, setup, layout.values, outputs);
    this.#delta = layout.deltas[outputDelta[net.layers.length - 1]].offset;
    this.#weighted = layout.w[0].length > 0;
    if (layout.mix && setup.mixup) this.#mixing = new Mixing(engine, setup, layout.mix, setup.mixup);
    this.#meetings = this.layers.flatMap(({ statistics }, layer) =>
      statistics ? [{ layer, statistics }] : [],
    );
    if (engine.recorder === undefined || this.#meetings.length > 0) return;
    const recorder = engine.recorder();
    this.#recorder = recorder;
    const recorded = bindTraining(recorder.ops, setup, worker);
    const layers = this.layers.map((layer, l) => ({ layer, recorded: recorded[l] })).slice(0, this.depth);
    const back = layers.slice(this.#firstTrained).reverse();
    const rows = setup.batchSize / (setup.accumulate ?? 1);
    this.#forwards = new ReplayedWay(recorder, 'forward', layers, rows);
    this.#backwards = new ReplayedWay(recorder, 'backward', back, rows);
    const step = recorder.rank1[setup.optimizer.name];
    const trained = recorded.filter((_, l) => net.layers[l].tensors.length > 0);
    if (step === undefined) return;
    // The first layer last: its weights are what the next step begins with, and are then in the cache.
    const update = (batch: BatchView) => {
      for (const layer of trained.toReversed()) layer.rank1?.(batch, step, 0);
    };
    this.#update = new Replayed(recorder, update);
    const loss = new BoundLoss(recorder.ops, setup, layout.values, outputs);
    this.#step = new Replayed(recorder, (batch) => {
      for (const { recorded } of layers) recorded.forward(batch, 0, 1);
      loss.forward(this.#y(batch), this.#w(batch), 0, 1);
      loss.backward(this.#y(batch), this.#w(batch), this.#delta, 0, 1);
      for (const { recorded } of back) recorded.backward(batch, 0, 1);
      update(batch);
    });
  }

  /** Fills this worker's rows of X, of Y and of their weights with rows of the data set. */
  gather(batch: Batch): void {
    const { engine, setup } = this;
    const { layout } = setup;
    const rows = batch.ownRows;
    if (rows === 0) return;
    const first = batch.firstRow;
    const x = layout.x[batch.slot].offset;
    const { training } = layout.weights;
    gather(engine, setup, batch.order, first, rows, x, this.#y(batch), this.#w(batch), training.offset);
    this.#mixing?.mix(batch, first, rows, x, this.#y(batch));
  }

  /**
   * Forward pass, loss and backward pass of this worker's shards.
   * @param shardLosses where the summed loss of each of the step's shards goes
   * @param meet waits until all workers have come to that layer: called as often by a worker that has no shards
   */
  compute(batch: Batch, shardLosses: Float64Array, meet: Meet): void {
    const { firstShard, endShard } = batch;
    if (firstShard === endShard && this.#meetings.length === 0) return;
    this.forward(batch, firstShard, endShard, meet);
    for (let shard = firstShard; shard < endShard; shard++) {
      const first = batch.shardRow(shard);
      shardLosses[batch.baseShard + shard] = this.loss(batch, first, batch.shardRow(shard + 1) - first);
    }
    this.backward(batch, firstShard, endShard, meet);
  }

  /** Layer after layer; the last activation is left to `loss` where the loss starts from logits. */
  forward(batch: BatchView, firstShard: number, endShard: number, meet: Meet): void {
    if (this.#forwards?.pass(batch, firstShard, endShard)) return;
    let done = 0;
    for (let k = 0; k < this.#meetings.length; k++) {
      const { layer, statistics } = this.#meetings[k];
      this.#forward(batch, firstShard, endShard, done, layer);
      for (let shard = firstShard; shard < endShard; shard++) statistics.forwardShard(batch, shard);
      meet(layer);
      statistics.forwardMerge(batch);
      done = layer;
    }
    this.#forward(batch, firstShard, endShard, done, this.depth);
  }

  /** Layers [from, to), first to last. */
  #forward(batch: BatchView, firstShard: number, endShard: number, from: number, to: number): void {
    for (let l = from; l < to; l++) this.layers[l].forward(batch, firstShard, endShard);
  }

  /** How many layers the passes go through. */
  get depth(): number {
    return this.#loss.depth;
  }

  /** The loss summed over rows [first, first + rows), each times its weight, which leaves the network's outputs in place of logits. */
  loss(batch: BatchView, first: number, rows: number): number {
    return this.#loss.forward(this.#y(batch), this.#w(batch), first, rows);
  }

  /** Δ of every layer, last to first. */
  backward(batch: BatchView, firstShard: number, endShard: number, meet: Meet): void {
    const first = batch.shardRow(firstShard);
    const rows = batch.shardRow(endShard) - first;
    if (rows > 0) this.#loss.backward(this.#y(batch), this.#w(batch), this.#delta, first, rows);
    if (this.#backwards?.pass(batch, firstShard, endShard)) return;
    let done = this.depth;
    for (let k = this.#meetings.length - 1; k >= 0; k--) {
      const { layer, statistics } = this.#meetings[k];
      this.#backward(batch, firstShard, endShard, layer + 1, done);
      for (let shard = firstShard; shard < endShard; shard++) statistics.backwardShard(batch, shard);
      meet(layer);
      statistics.backwardMerge(batch);
      done = layer + 1;
    }
    this.#backward(batch, firstShard, endShard, this.#firstTrained, done);
  }

  /** Layers [from, to), last to first. */
  #backward(batch: BatchView, firstShard: number, endShard: number, from: number, to: number): void {
    for (let l = to - 1; l >= from; l--) this.layers[l].backward(batch, firstShard, endShard);
  }

  #y(batch: BatchView): Offset {
    return this.setup.layout.y[batch.slot].offset;
  }

  /** 0: rows have no weights. */
  #w(batch: BatchView): Offset {
    return this.#weighted ? this.setup.layout.w[batch.slot].offset : 0;
  }

  /** Worker 0, once a step: running statistics and the like. */
  commit(batch: BatchView): void {
    for (const layer of this.#committing) layer.commit?.(batch);
  }

  /** Whether a minibatch of one row can be learned from in one pass over each layer's parameters. */
  get hasRank1(): boolean {
    return this.#trained.every(({ rank1 }) => rank1 !== undefined);
  }

  /**
   * The whole step of a minibatch of one row in one call, where the engine can: from the forward pass to the update.
   * @returns whether the new parameters are finite; undefined: nothing was done
   */
  learn(batch: BatchView, shardLosses: Float64Array, rate: number): boolean | undefined {
    const replay = this.#step?.of(batch);
    if (!replay || !this.#recorder) return undefined;
    const finite = replay(rate);
    shardLosses[0] = this.#recorder.loss;
    return finite;
  }

  /** Gradient, averaging and update in one for a minibatch of one row; whether the new parameters are finite. */
  rank1Update(batch: BatchView, step: Rank1Step, rate: number): boolean {
    const replay = this.#update?.of(batch);
    if (replay) return replay(rate);
    let finite = true;
    for (const layer of this.#trained) finite = (layer.rank1?.(batch, step, rate) ?? true) && finite;
    return finite;
  }
}
