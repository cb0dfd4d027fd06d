/**
 * A stretch of many minibatches as one worker lives it: compute its rows, meet, average and update its share of the
 * parameters, meet.
 */

import type { Engine } from '../engines/engine.js';
import type { Offset, Rank1Step } from '../model/operations.js';
import { Batch } from '../plan/batch.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { Barrier } from '../shared/barrier.js';
import { Counter, Stop, Timing, Wish, Word } from '../shared/control.js';
import { Heartbeat, Phase } from '../shared/heartbeat.js';
import { Accumulating } from './accumulation.js';
import type { Averaging, UseSums } from './averaging/averaging.js';
import { averagings } from './averaging/index.js';
import { sliceOf } from './averaging/slice.js';
import { NormClipping } from './clipping.js';
import { Copying } from './copy.js';
import { storeGradients } from './gradients.js';
import { Joint } from './joint.js';
import type { Pass } from './pass.js';
import { Update } from './update.js';

/** Short steps are timed only now and then, so that reading the clock does not become the work. */
const TIMED_EVERY = 16;
const SHORT_BATCH = 256;

/** What one worker needs for stretch after stretch. */
export class Stepper {
  readonly #words: Int32Array;
  readonly #counters: Float64Array;
  readonly #shardLosses: Float64Array;
  readonly #timing: Float64Array;
  readonly #barrier: Barrier;
  readonly #heartbeat: Heartbeat;
  readonly #copying: Copying;
  /** Sums over a step, and over one part of it. */
  readonly #averaging: Averaging;
  readonly #once: Averaging;
  /** Where gradients are clipped by their norm. */
  readonly #clipping: NormClipping | undefined;
  readonly #updates: Update;
  readonly #rank1: Rank1Step | undefined;
  /** Whether this worker need not meet others between a step's forward pass and its update. */
  readonly #whole: boolean;
  /** What became of a step that was done in one call: whether the parameters are finite. */
  #learned: boolean | undefined;
  readonly #joint: Joint | undefined;
  readonly #stepsPerEpoch: number;
  /** The minibatch under way, and the next one, which is gathered meanwhile. */
  #batch: Batch;
  #next: Batch;

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
    this.#counters = view(memory, layout.counters);
    this.#shardLosses = view(memory, layout.shardLosses);
    this.#timing = view(memory, own.timing);
    this.#barrier = new Barrier(this.#words, threads, setup.spins);
    this.#heartbeat = new Heartbeat(memory, own.heartbeat);
    this.#updates = new Update(engine, setup);
    this.#copying = new Copying(setup, worker, sliceOf(net.parameters, engine.bytes, threads, worker));
    this.#joint = setup.exchange && new Joint(setup, worker);
    const context = { engine, setup, pass, worker, threads, words: this.#words, joint: this.#joint };
    this.#once = averagings[setup.averaging](context);
    // Hosts add up parts before they exchange.
    this.#averaging =
      setup.accumulate && !this.#joint ? new Accumulating(this.#once, engine, setup) : this.#once;
    if (setup.clip?.norm !== undefined) {
      const meet = () => {
        this.#heartbeat.beat(this.#batch.step, Phase.barrier);
        this.#barrier.meet();
        this.#heartbeat.beat(this.#batch.step, Phase.average);
      };
      this.#clipping = new NormClipping(engine, setup, meet, this.#apply);
    }
    const fuses = options.fuse && setup.batchSize === 1 && setup.exchange === undefined && pass.hasRank1;
    this.#rank1 = fuses ? this.#updates.rank1 : undefined;
    this.#whole = this.#rank1 !== undefined && threads === 1;
    this.#batch = new Batch(setup, worker, threads);
    this.#next = new Batch(setup, worker, threads);
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
    this.#joint?.begin(from);
    const timedEvery = this.setup.batchSize < SHORT_BATCH ? TIMED_EVERY : 1;
    this.pass.gather(this.#next.find(from));
    for (let step = from; step < to; step++) {
      if (this.#step(step, step + 1 < to, step % timedEvery === 0 ? timedEvery : 0)) break;
    }
    if (this.worker === 0) this.#joint?.leave();
  }

  /** One minibatch; true when the run is to end with it. `weight` 0: not timed. */
  #step(step: number, gatherNext: boolean, weight: number): boolean {
    this.#heartbeat.beat(step, Phase.compute);
    this.#turn();
    while (!this.#batch.isLast) this.#accumulate(weight);
    const timed = weight > 0;
    const started = timed ? performance.now() : 0;
    const waited = this.#joint?.waited ?? 0;
    this.#updates.begin(step);
    this.#compute();
    const computed = timed ? performance.now() : 0;
    const inCompute = (this.#joint?.waited ?? 0) - waited;
    if (this.threads > 1) {
      this.#heartbeat.beat(step, Phase.barrier);
      this.#barrier.meet();
    }
    this.#heartbeat.beat(step, Phase.average);
    const met = timed ? performance.now() : 0;
    const summing = this.#joint ? this.#together(this.#joint, step, timed) : this.#alone(step, timed);
    const updated = timed ? performance.now() : 0;
    const inUpdate = (this.#joint?.waited ?? 0) - waited - inCompute;
    const meeting = this.#barrier.arrive();
    this.#heartbeat.beat(step, Phase.gather);
    // The next minibatch does not depend on the new weights: it is gathered while others are still at work.
    if (gatherNext) this.pass.gather(this.#next.find(step + 1));
    const gathered = timed ? performance.now() : 0;
    this.#heartbeat.beat(step + 1, Phase.barrier);
    this.#barrier.wait(meeting);
    this.#copying.perform();
    if (timed) {
      this.#timing[Timing.compute] +=
        weight * (computed - started + summing + gathered - updated - inCompute);
      this.#timing[Timing.update] += weight * (updated - met - summing - inUpdate);
      this.#timing[Timing.wait] += weight * (met - computed + performance.now() - gathered);
      this.#timing[Timing.hosts] += weight * (inCompute + inUpdate);
    }
    return Atomics.load(this.#words, Word.stopNow) !== 0;
  }

  /** A part of the step that is not its last: its gradients' sums are kept, and the next part is gathered. */
  #accumulate(weight: number): void {
    const batch = this.#batch;
    const started = weight > 0 ? performance.now() : 0;
    this.#compute();
    const computed = weight > 0 ? performance.now() : 0;
    this.#heartbeat.beat(batch.step, Phase.barrier);
    this.#barrier.meet();
    this.#heartbeat.beat(batch.step, Phase.average);
    const met = weight > 0 ? performance.now() : 0;
    const summing = this.#averaging.sum(batch, weight > 0, this.#update);
    if (this.worker === 0) this.pass.commit(batch);
    const updated = weight > 0 ? performance.now() : 0;
    const meeting = this.#barrier.arrive();
    this.#heartbeat.beat(batch.step, Phase.gather);
    this.pass.gather(this.#next.find(batch.step, batch.part + 1));
    const gathered = weight > 0 ? performance.now() : 0;
    this.#heartbeat.beat(batch.step, Phase.barrier);
    this.#barrier.wait(meeting);
    this.#turn();
    this.#heartbeat.beat(batch.step, Phase.compute);
    if (weight === 0) return;
    this.#timing[Timing.compute] += weight * (computed - started + summing + gathered - updated);
    this.#timing[Timing.update] += weight * (updated - met - summing);
    this.#timing[Timing.wait] += weight * (met - computed + performance.now() - gathered);
  }

  /** The minibatch that was gathered becomes the one under way. */
  #turn(): void {
    const batch = this.#next;
    this.#next = this.#batch;
    this.#batch = batch;
  }

  /** Loss and Δ of this worker's rows, and what averaging needs of them before all meet. */
  #compute(): void {
    this.#learned = this.#whole
      ? this.pass.learn(this.#batch, this.#shardLosses, this.#updates.rate)
      : undefined;
    if (this.#learned !== undefined) return;
    this.pass.compute(this.#batch, this.#shardLosses, this.#meetAt);
    if (this.#rank1 === undefined) this.#averaging.collect(this.#batch);
  }

  /** Where a layer's values depend on the whole minibatch: afterwards what each shard has kept for it is there. */
  readonly #meetAt = (): void => {
    this.#barrier.meet();
    if (this.#joint === undefined) return;
    if (this.worker === 0) this.#joint.meet(this.#batch.step);
    this.#barrier.meet();
  };

  /** Sum → apply. @returns milliseconds spent on products, if `timed` */
  #alone(step: number, timed: boolean): number {
    if (this.worker === 0) this.#account(step, this.#copying.decide(step) || this.#stopRequested);
    if (this.#rank1 === undefined) return this.#sum(timed);
    const { ownRows } = this.#batch;
    const finite =
      this.#learned ?? (ownRows === 0 || this.pass.rank1Update(this.#batch, this.#rank1, this.#updates.rate));
    if (!finite) this.#stop(Stop.notFinite);
    return 0;
  }

  /** Sum → exchange → apply, where several hosts train together: N, losses and wishes are those of all. */
  #together(joint: Joint, step: number, timed: boolean): number {
    if (this.worker === 0) {
      const isDue = this.#copying.decide(step);
      const asked = Atomics.load(this.#words, Word.stopRequest);
      joint.tell(this.#batch, this.#shardLosses, asked | (isDue ? Wish.endStretch : Wish.none));
    }
    const summing = this.#sum(timed);
    if (this.worker === 0) {
      const wish = joint.hear(this.#batch, this.#shardLosses);
      if (wish & Wish.endRun) this.#stop(Stop.forGood);
      this.#account(step, wish !== Wish.none);
    }
    return summing;
  }

  /** @returns milliseconds spent on products, if `timed` */
  #sum(timed: boolean): number {
    if (this.#clipping === undefined) return this.#averaging.sum(this.#batch, timed, this.#update);
    const spent = this.#clipping.sum(this.#averaging, this.#batch, timed);
    if (!Number.isNaN(spent)) return spent;
    this.#stop(Stop.notFinite);
    return 0;
  }

  readonly #update: UseSums = (sums, first, n) => this.#apply(sums, first, n, 1);

  readonly #apply = (sums: Offset, first: number, n: number, factor: number): boolean => {
    const finite = this.#updates.apply(sums, first, n, this.#batch.stepRows, factor);
    // Even where ReLU would hide it from the loss of the steps to come.
    if (!finite) this.#stop(Stop.notFinite);
    return finite;
  };

  get #stopRequested(): boolean {
    return Atomics.load(this.#words, Word.stopRequest) !== 0;
  }

  /** Worker 0, between the barriers: the minibatch's loss, progress, whether this step is to be the last. */
  #account(step: number, stop: boolean): void {
    const counters = this.#counters;
    if (step % this.#stepsPerEpoch === 0) {
      counters[Counter.epochLoss] = 0;
      counters[Counter.epochExamples] = 0;
    }
    let loss = 0;
    for (let shard = 0; shard < this.#batch.stepShards; shard++) loss += this.#shardLosses[shard];
    counters[Counter.epochLoss] += loss;
    counters[Counter.epochExamples] += this.#batch.stepRows;
    counters[Counter.step] = step + 1;
    this.pass.commit(this.#batch);
    if (stop) this.#stop(Stop.asked);
    if (!Number.isFinite(loss)) this.#stop(Stop.notFinite);
  }

  /** Between the barriers: this step is to be the stretch's last. */
  #stop(why: number): void {
    Atomics.or(this.#words, Word.stopNow, why);
  }

  /** The first minibatch's averaged gradients (of its first part, where steps have several), for whoever wants to see them. */
  gradients(): void {
    this.pass.gather(this.#next.find(0));
    this.#turn();
    const { engine, setup, pass, worker } = this;
    const meet = () => this.#barrier.meet();
    storeGradients(this.#batch, {
      engine,
      setup,
      pass,
      averaging: this.#once,
      worker,
      meet,
      meetAt: this.#meetAt,
    });
  }
}
