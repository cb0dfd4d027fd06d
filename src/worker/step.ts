/**
 * A stretch of many minibatches as one worker lives it: compute its rows, meet, average and update its share of the
 * parameters, meet.
 */
import type { Engine, Offset, OptimizerOps } from '../engines/engine.js';
import { Minibatch } from '../plan/minibatch.js';
import { cut } from '../plan/shards.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { Barrier } from '../shared/barrier.js';
import { Counter, Stop, Timing, Word } from '../shared/control.js';
import { Heartbeat, Phase } from '../shared/heartbeat.js';
import { Copying } from './copy.js';
import type { Pass } from './pass.js';
import { type Slice, sliceOf, sumSlice, type UseSums } from './reduce.js';
import { Update } from './update.js';

/** Short steps are timed only now and then, so that reading the clock does not become the work. */
const TIMED_EVERY = 16;
const SHORT_BATCH = 256;

/** What one worker needs for stretch after stretch. */
export class Stepper {
  readonly #words: Int32Array;
  readonly #progress: Float64Array;
  readonly #shardLosses: Float64Array;
  readonly #timing: Float64Array;
  readonly #barrier: Barrier;
  readonly #heartbeat: Heartbeat;
  readonly #copying: Copying;
  readonly #updates: Update;
  readonly #slice: Slice;
  readonly #sums: Offset;
  readonly #rank1Step: OptimizerOps['rank1'];
  readonly #stepsPerEpoch: number;

  /** The minibatch under way, and which of its shards and rows are this worker's. */
  readonly #batch: Minibatch;
  #firstShard = 0;
  #endShard = 0;
  #firstRow = 0;
  #ownRows = 0;

  /**
   * @param threads workers that share each minibatch, this one being number `worker`
   * @param options.fuse false: store gradients even where one pass could do (the same bits; for comparison)
   */
  constructor(
    private readonly engine: Engine,
    private readonly setup: Setup,
    private readonly pass: Pass,
    private readonly worker: number,
    private readonly threads: number,
    options: { fuse: boolean } = { fuse: true },
  ) {
    const { memory, layout, net } = setup;
    const own = layout.workers[worker];
    this.#words = view(memory, layout.control);
    this.#progress = view(memory, layout.counters);
    this.#shardLosses = view(memory, layout.shardLosses);
    this.#timing = view(memory, own.timing);
    this.#barrier = new Barrier(this.#words, threads, setup.spins);
    this.#heartbeat = new Heartbeat(memory, layout, worker);
    this.#updates = new Update(engine, setup);
    this.#slice = sliceOf(net.parameters, engine.bytes, threads, worker);
    this.#copying = new Copying(setup, worker, this.#slice);
    this.#sums = own.sums.offset;
    this.#rank1Step = options.fuse && setup.batchSize === 1 ? this.#updates.rank1 : undefined;
    this.#batch = new Minibatch(setup);
    this.#stepsPerEpoch = Math.ceil(setup.trainRows / setup.batchSize);
  }

  /** Waits for all: afterwards every thread has started and has its kernels. */
  meet(): void {
    this.#heartbeat.beat(0, Phase.barrier);
    this.#barrier.meet();
  }

  /**
   * Steps [from, to), or fewer when a stop was asked for: every worker then leaves after the same step.
   * @param copyEvery steps of the run from one copy of its state to the next
   */
  train(from: number, to: number, copyEvery = Number.POSITIVE_INFINITY): void {
    this.#copying.begin(from, copyEvery);
    const timedEvery = this.setup.batchSize < SHORT_BATCH ? TIMED_EVERY : 1;
    this.#gather(from);
    for (let step = from; step < to; step++) {
      if (this.#step(step, step + 1 < to, step % timedEvery === 0 ? timedEvery : 0)) return;
    }
  }

  /** One minibatch; true when the run is to end with it. `weight` 0: not timed. */
  #step(step: number, gatherNext: boolean, weight: number): boolean {
    const timed = weight > 0;
    const started = timed ? performance.now() : 0;
    this.#heartbeat.beat(step, Phase.compute);
    this.#minibatch(step);
    this.pass.useSlot(step & 1);
    this.#compute();
    const computed = timed ? performance.now() : 0;
    this.#heartbeat.beat(step, Phase.barrier);
    this.#barrier.meet();
    this.#heartbeat.beat(step, Phase.average);
    const met = timed ? performance.now() : 0;
    if (this.worker === 0) this.#account(step);
    this.#updates.begin(step);
    const summing = this.#average(timed, this.#update);
    const updated = timed ? performance.now() : 0;
    const meeting = this.#barrier.arrive();
    this.#heartbeat.beat(step, Phase.gather);
    // The next minibatch does not depend on the new weights: it is gathered while others are still at work.
    if (gatherNext) this.#gather(step + 1);
    const gathered = timed ? performance.now() : 0;
    this.#heartbeat.beat(step + 1, Phase.barrier);
    this.#barrier.wait(meeting);
    this.#copying.perform();
    if (timed) {
      this.#timing[Timing.compute] += weight * (computed - started + summing + gathered - updated);
      this.#timing[Timing.update] += weight * (updated - met - summing);
      this.#timing[Timing.wait] += weight * (met - computed + performance.now() - gathered);
    }
    return Atomics.load(this.#words, Word.stopNow) !== 0;
  }

  /** Works out the minibatch of a step, and this worker's shards: their rows lie next to each other. */
  #minibatch(step: number): void {
    this.#batch.find(step);
    this.#firstShard = cut(this.#batch.shards, this.threads, this.worker);
    this.#endShard = cut(this.#batch.shards, this.threads, this.worker + 1);
    this.#firstRow = this.#batch.shardRow(this.#firstShard);
    this.#ownRows = this.#batch.shardRow(this.#endShard) - this.#firstRow;
  }

  /** Gathers this worker's rows of a step's minibatch. */
  #gather(step: number): void {
    this.#minibatch(step);
    if (this.#ownRows === 0) return;
    this.pass.gather(this.#batch.order + this.#firstRow * 4, this.#firstRow, this.#ownRows, step & 1);
  }

  /** Loss and Δ of this worker's rows, and with `averaging: shards` its shards' gradient sums. */
  #compute(): void {
    const { pass, setup } = this;
    // No worker takes tiles before the next barrier: those of the minibatch before are all done.
    if (this.worker === 0) Atomics.store(this.#words, Word.nextTile, 0);
    if (this.engine.inOrder) this.#passOver(this.#firstShard, this.#endShard);
    else {
      for (let shard = this.#firstShard; shard < this.#endShard; shard++) this.#passOver(shard, shard + 1);
    }
    if (setup.averaging === 'slices' || this.#rank1Step !== undefined) return;
    for (let shard = this.#firstShard; shard < this.#endShard; shard++) {
      const first = this.#batch.shardRow(shard);
      const buffer = setup.layout.gradients.offset + shard * setup.layout.gradientStride;
      pass.gradientSums(first, this.#batch.shardRow(shard + 1) - first, buffer);
    }
  }

  /** Forward, loss and backward of some shards, all of whose rows go through each layer at once. */
  #passOver(firstShard: number, endShard: number): void {
    const { pass } = this;
    const first = this.#batch.shardRow(firstShard);
    const rows = this.#batch.shardRow(endShard) - first;
    if (rows === 0) return;
    pass.forward(first, rows);
    for (let shard = firstShard; shard < endShard; shard++) {
      const at = this.#batch.shardRow(shard);
      this.#shardLosses[shard] = pass.loss(at, this.#batch.shardRow(shard + 1) - at);
    }
    pass.backward(first, rows);
  }

  /**
   * After the barrier: this worker's share of the parameters' gradient sums, each handed to `use`.
   * @returns milliseconds spent on products, if `timed`
   */
  #average(timed: boolean, use: UseSums): number {
    const { engine, setup, pass } = this;
    if (this.#rank1Step !== undefined) {
      if (this.#ownRows > 0 && !pass.rank1Update(this.#rank1Step, this.#updates.rate)) {
        this.#stop(Stop.notFinite);
      }
      return 0;
    }
    if (setup.averaging === 'shards') {
      sumSlice(engine, setup.layout, this.#sums, this.#slice, this.#batch.shards, use);
      return 0;
    }
    let spent = 0;
    const { tiles } = setup;
    for (;;) {
      const next =
        this.threads === 1 ? this.#words[Word.nextTile]++ : Atomics.add(this.#words, Word.nextTile, 1);
      if (next >= tiles.length) return spent;
      const tile = tiles[next];
      const started = timed ? performance.now() : 0;
      if (tile.count === 0) pass.biasSums(tile.layer, 0, this.#batch.rows, this.#sums);
      else pass.weightSums(tile.layer, 0, this.#batch.rows, tile.first, tile.count, this.#sums);
      if (timed) spent += performance.now() - started;
      use(this.#sums, tile.parameter, tile.values);
    }
  }

  readonly #update: UseSums = (sums, first, n) => {
    const finite = this.#updates.apply(sums, first, n, this.#batch.rows);
    // Even where ReLU would hide it from the loss of the steps to come.
    if (!finite) this.#stop(Stop.notFinite);
    return finite;
  };

  /** Worker 0, between the barriers: the minibatch's loss, progress, whether this step is to be the last or copied. */
  #account(step: number): void {
    const progress = this.#progress;
    if (step % this.#stepsPerEpoch === 0) {
      progress[Counter.epochLoss] = 0;
      progress[Counter.epochExamples] = 0;
    }
    let loss = 0;
    for (let shard = 0; shard < this.#batch.shards; shard++) loss += this.#shardLosses[shard];
    progress[Counter.epochLoss] += loss;
    progress[Counter.epochExamples] += this.#batch.rows;
    progress[Counter.step] = step + 1;
    if (this.#copying.decide(step) || Atomics.load(this.#words, Word.stopRequest) !== 0)
      this.#stop(Stop.asked);
    if (!Number.isFinite(loss)) this.#stop(Stop.notFinite);
  }

  /** Between the barriers: this step is to be the stretch's last. */
  #stop(why: number): void {
    Atomics.or(this.#words, Word.stopNow, why);
  }

  /** The first minibatch's averaged gradients, written to the first gradient buffer; nothing is updated. */
  gradients(): void {
    const { engine, setup } = this;
    this.#gather(0);
    this.pass.useSlot(0);
    this.#compute();
    this.#barrier.meet();
    const averages = view(setup.memory, setup.layout.gradients);
    const sums = view(setup.memory, setup.layout.workers[this.worker].sums);
    // Each block is summed from all buffers before it is written to the first, and no other worker reads it.
    this.#average(false, (block, first, n) => {
      engine.scale(block, n, 1 / this.#batch.rows);
      averages.set(sums.subarray(0, n), first);
      return true;
    });
    this.#barrier.meet();
  }
}
