/**
 * A worker's side of what hosts that train together tell each other in a step (plan/exchange.ts has the order): it says
 * what is ready to go out, and waits for what came back. The exchange itself is another thread's (hosts/exchanging.ts).
 */

import { RunFailure } from '../errors.js';
import type { Batch } from '../plan/batch.js';
import { exchangeOrder } from '../plan/exchange.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { Heartbeat, Phase } from '../shared/heartbeat.js';
import { Signals } from '../shared/signals.js';

/** Longest that a worker waits for other hosts before it gives up; */
const PATIENCE_MS = 9_000;
/** or so many times as long as it has worked itself in this step from one wait to the next: others may be slower. */
const SLOWER = 4;

export class Joint {
  readonly order;
  readonly #ready: Signals;
  readonly #done: Signals;
  readonly #made: Signals;
  readonly #losses: Float64Array;
  readonly #begun: Float64Array | undefined;
  readonly #heartbeat: Heartbeat;
  readonly #each: number;
  readonly #host: number;
  readonly #hosts: number;
  #from = 0;
  #meeting = 0;
  /** When this worker has last stopped to wait, and the longest that it has worked in a step before it waited again. */
  #since = 0;
  #busy = { step: 0, ms: 0 };

  constructor(setup: Setup, worker: number) {
    const { memory, layout, shards } = setup;
    if (setup.exchange === undefined || layout.exchange === undefined)
      throw new Error('one host trains alone');
    const { made, ready, done, losses, halves } = layout.exchange;
    const control = view(memory, layout.control);
    const signals = (words: typeof made) => new Signals(view(memory, words), control, setup.spins);
    this.order = exchangeOrder(setup.net);
    this.#made = signals(made);
    this.#ready = signals(ready);
    this.#done = signals(done);
    this.#losses = view(memory, losses);
    this.#begun = halves && view(memory, halves.from);
    this.#heartbeat = new Heartbeat(memory, layout.workers[worker].heartbeat);
    this.#host = setup.exchange.host;
    this.#hosts = setup.exchange.hosts;
    this.#each = shards / this.#hosts;
  }

  /** Before step `from` of a stretch, whose counters stand at 0. */
  begin(from: number): void {
    this.#from = from;
    this.#since = performance.now();
    // The same of every worker, and read after all of them have their part of a piece.
    this.#begun?.fill(from);
  }

  /** Worker 0, between two barriers: what the next layer with statistics keeps goes out, and that of other hosts comes. */
  meet(step: number): void {
    const number = this.#meeting;
    this.#meeting = (number + 1) % this.order.meetings.length;
    this.#ready.raise(number);
    this.#wait(step, number);
  }

  /** This worker has its gradients of a piece. */
  made(piece: number): void {
    this.#made.raise(piece);
  }

  /** Waits until all `threads` workers have theirs. */
  awaitMade({ step }: Batch, piece: number, threads: number): void {
    this.#made.wait(piece, threads * (step - this.#from + 1));
  }

  /** This worker has added up its part of a piece over this host's shards. */
  summed(piece: number): void {
    this.#ready.raise(this.order.firstPiece + piece);
  }

  /** Waits until a piece holds the sums of all hosts. */
  awaitPiece({ step }: Batch, piece: number): void {
    this.#wait(step, this.order.firstPiece + piece);
  }

  /** Worker 0: the losses of this host's shards go out, and what it wishes. */
  tell({ hostShard, hostShards }: Batch, shardLosses: Float64Array, wish: number): void {
    const at = this.#host * (this.#each + 1);
    this.#losses.set(shardLosses.subarray(hostShard, hostShard + hostShards), at);
    this.#losses[at + this.#each] = wish;
    this.#ready.raise(this.order.account);
  }

  /** Worker 0: waits for those of the other hosts. @returns what any of them wishes */
  hear({ step, stepShards }: Batch, shardLosses: Float64Array): number {
    this.#wait(step, this.order.account);
    let wish = 0;
    for (let host = 0; host < this.#hosts; host++) {
      const at = host * (this.#each + 1);
      const first = host * this.#each;
      const n = Math.max(0, Math.min(this.#each, stepShards - first));
      shardLosses.set(this.#losses.subarray(at, at + n), first);
      wish |= this.#losses[at + this.#each];
    }
    return wish;
  }

  /** Worker 0, when it leaves: nothing goes out any more. */
  leave(): void {
    this.#ready.raise(this.order.end);
    // Whoever waits for the first thing of a step that does not come wakes up, and sees that.
    this.#ready.raise(0);
  }

  /** What is exchanged under a number, for people. */
  #what(number: number): string {
    const { firstPiece, account, pieces } = this.order;
    if (number < firstPiece) return 'statistics of a layer';
    return number === account ? 'losses' : `gradients (piece ${number - firstPiece + 1} of ${pieces.length})`;
  }

  /** Milliseconds that this worker has waited for other hosts. */
  waited = 0;

  /** Gives signs of life meanwhile: who is slow is another host, or the network. */
  #wait(step: number, number: number): void {
    const begun = performance.now();
    const busy = this.#busy;
    busy.ms = Math.max(step === busy.step ? busy.ms : 0, begun - this.#since);
    busy.step = step;
    this.#since = begun;
    if (this.#done.reached(number, step - this.#from + 1)) return;
    const patience = Math.max(PATIENCE_MS, SLOWER * busy.ms);
    let turn = 0;
    this.#done.wait(number, step - this.#from + 1, (ms) => {
      turn ^= 1;
      this.#heartbeat.beat(step, Phase.exchange + turn);
      if (ms > patience) throw new RunFailure(`${this.#what(number)} of step ${step}: ${unanswered(ms)}`);
      return false;
    });
    this.#since = performance.now();
    this.waited += this.#since - begun;
  }
}

const unanswered = (ms: number): string => `the other hosts did not answer for ${Math.round(ms / 1000)} s`;
