/**
 * A stretch of many minibatches as one worker lives it: compute its shards' partial gradients, meet, average
 * and update its slice, meet. Knows nothing of pools or of what happens between stretches.
 */
import type { Engine } from '../engines/engine.js';
import { optimizers } from '../optimizers/index.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { view } from './arena.js';
import { Barrier } from './barrier.js';
import { Progress, Timing, Word } from './control.js';
import { averageSlice, type Slice, sliceOf, updateSlice } from './reduce.js';
import type { Replica } from './replica.js';
import type { Setup } from './setup.js';
import { cut, shardsOf } from './shards.js';

/** Short steps are timed only now and then, so that reading the clock does not become the work. */
const TIMED_EVERY = 16;
const SHORT_BATCH = 16;

/** What one worker needs for stretch after stretch. */
export class Stepper {
  readonly #words: Int32Array;
  readonly #progress: Float64Array;
  readonly #shardCosts: Float64Array;
  readonly #timing: Float64Array;
  readonly #barrier: Barrier;
  readonly #optimizer: Optimizer;
  readonly #slice: Slice;
  readonly #sum: number;
  readonly #rank1Step: Optimizer['rank1Step'];

  /**
   * @param threads workers that share each minibatch, this one being number `worker`
   * @param options.fuse false: store gradients even where one pass could do (the same bits; for comparison)
   */
  constructor(
    private readonly engine: Engine,
    private readonly setup: Setup,
    private readonly replica: Replica,
    private readonly worker: number,
    private readonly threads: number,
    options: { fuse: boolean } = { fuse: true },
  ) {
    const { memory, layout, net } = setup;
    const own = layout.workers[worker];
    this.#words = view(memory, { ...layout.control, type: 'int32' });
    this.#progress = view(memory, { ...layout.progress, type: 'float64' });
    this.#shardCosts = view(memory, { ...layout.shardCosts, type: 'float64' });
    this.#timing = view(memory, { ...own.timing, type: 'float64' });
    this.#barrier = new Barrier(this.#words, threads, setup.spins);
    this.#optimizer = optimizers[setup.optimizer];
    this.#slice = sliceOf(net.parameters, engine.bytes, threads, worker);
    this.#sum = own.sum.offset;
    this.#rank1Step = options.fuse && setup.batchSize === 1 ? this.#optimizer.rank1Step : undefined;
  }

  /** Waits for all: afterwards every thread has started and has its kernels. */
  meet(): void {
    this.#barrier.meet();
  }

  /** Steps [from, to), or fewer when a stop was asked for: every worker then leaves after the same step. */
  train(from: number, to: number): void {
    const { setup } = this;
    const { batchSize, trainRows } = setup;
    const stepsPerEpoch = Math.ceil(trainRows / batchSize);
    const timedEvery = batchSize < SHORT_BATCH ? TIMED_EVERY : 1;
    for (let step = from; step < to; step++) {
      const epoch = Math.floor(step / stepsPerEpoch);
      const begin = (step - epoch * stepsPerEpoch) * batchSize;
      const rows = Math.min(batchSize, trainRows - begin);
      const order = setup.layout.order.offset + ((epoch % setup.layout.orderSlots) * trainRows + begin) * 4;
      if (this.#step(order, rows, begin === 0, step + 1, step % timedEvery === 0 ? timedEvery : 0)) return;
    }
  }

  /** One minibatch; true when the run is to end with it. `weight` 0: not timed. */
  #step(order: number, rows: number, epochBegins: boolean, stepsDone: number, weight: number): boolean {
    const rate = this.setup.learningRate;
    const started = weight && performance.now();
    const shards = shardsOf(rows, this.setup.shards);
    this.#compute(order, rows, shards, this.#rank1Step === undefined);
    const computed = weight && performance.now();
    this.#barrier.meet();
    const met = weight && performance.now();
    if (this.worker === 0) this.#account(shards, rows, epochBegins, stepsDone);
    if (this.#rank1Step !== undefined) this.replica.rank1Update(this.#rank1Step, rate);
    else {
      updateSlice(
        this.engine,
        this.setup.layout,
        this.#optimizer,
        this.#sum,
        this.#slice,
        shards,
        rows,
        rate,
      );
    }
    const updated = weight && performance.now();
    this.#barrier.meet();
    if (weight > 0) {
      this.#timing[Timing.compute] += weight * (computed - started);
      this.#timing[Timing.update] += weight * (updated - met);
      this.#timing[Timing.wait] += weight * (met - computed + performance.now() - updated);
    }
    return Atomics.load(this.#words, Word.stopNow) !== 0;
  }

  /** This worker's shards: their rows lie next to each other, so all go through each layer at once. */
  #compute(order: number, rows: number, shards: number, withGradients: boolean): void {
    const { replica, setup } = this;
    const firstShard = cut(shards, this.threads, this.worker);
    const endShard = cut(shards, this.threads, this.worker + 1);
    if (firstShard === endShard) return;
    const firstRow = cut(rows, shards, firstShard);
    const own = cut(rows, shards, endShard) - firstRow;
    replica.gather(order + firstRow * 4, own);
    replica.forward(own);
    for (let shard = firstShard; shard < endShard; shard++) {
      const at = cut(rows, shards, shard) - firstRow;
      this.#shardCosts[shard] = replica.cost(at, cut(rows, shards, shard + 1) - firstRow - at);
    }
    replica.backward(own);
    if (!withGradients) return;
    for (let shard = firstShard; shard < endShard; shard++) {
      const at = cut(rows, shards, shard) - firstRow;
      const buffer = setup.layout.gradients.offset + shard * setup.layout.gradientStride;
      replica.gradients(at, cut(rows, shards, shard + 1) - firstRow - at, buffer);
    }
  }

  /** Worker 0, between the barriers: the minibatch's cost, progress, and whether this step is to be the last. */
  #account(shards: number, rows: number, epochBegins: boolean, stepsDone: number): void {
    const progress = this.#progress;
    if (epochBegins) {
      progress[Progress.epochCost] = 0;
      progress[Progress.epochExamples] = 0;
    }
    let cost = 0;
    for (let shard = 0; shard < shards; shard++) cost += this.#shardCosts[shard];
    progress[Progress.epochCost] += cost;
    progress[Progress.epochExamples] += rows;
    progress[Progress.step] = stepsDone;
    if (Atomics.load(this.#words, Word.stopRequest) !== 0) Atomics.store(this.#words, Word.stopNow, 1);
  }

  /** The first minibatch's averaged gradients, written over the first shard's buffer; nothing is updated. */
  gradients(): void {
    const { engine, setup } = this;
    const rows = Math.min(setup.batchSize, setup.trainRows);
    const shards = shardsOf(rows, setup.shards);
    this.#compute(setup.layout.order.offset, rows, shards, true);
    this.#barrier.meet();
    const own = setup.layout.workers[this.worker];
    const averages = view(setup.memory, setup.layout.gradients) as Float32Array | Float64Array;
    const block = view(setup.memory, own.sum) as Float32Array | Float64Array;
    // Each block is read from all buffers before it is written to the first, and no other worker reads it.
    averageSlice(engine, setup.layout, this.#sum, this.#slice, shards, rows, (_average, first, n) =>
      averages.set(block.subarray(0, n), first),
    );
    this.#barrier.meet();
  }
}
