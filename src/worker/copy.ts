/**
 * Copies of a run's state that its workers make while they train: asked for by the coordinator, begun after a step,
 * and whole before the next one changes anything.
 */

import type { Real } from '../model/precision.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { Word } from '../shared/control.js';
import type { Slice } from './averaging/slice.js';

/** Parameters, the optimizer's state slot by slot, and how far the run is, where they lie in the shared memory. */
export interface SharedState {
  readonly parameters: Real;
  readonly state: readonly Real[];
  /** What belongs to the model and is not trained. */
  readonly buffers: Real;
  readonly counters: Float64Array;
}

/** What `Word.copy` may hold. */
export const Copy = {
  none: 0,
  /** The coordinator wants one. */
  asked: 1,
  /** Workers copy their slices before they go to the next step's first barrier. */
  underWay: 2,
  /** The coordinator may fetch it; none is made before it has. */
  whole: 3,
} as const;

/**
 * A worker's side. Worker 0 decides between a step's two barriers; after the second each worker copies its slice. No
 * parameter changes before all have come to the next step's first barrier, and so are through with it.
 */
export class Copying {
  readonly #words: Int32Array;
  readonly #vectors: { from: Real; to: Real }[] = [];
  /** A copy is due after so many steps of the run, and then each `#every`. */
  #next = Number.POSITIVE_INFINITY;
  #every = Number.POSITIVE_INFINITY;

  /** @param slice the parameters that are this worker's to copy */
  constructor({ memory, layout }: Setup, worker: number, { from, to }: Slice) {
    this.#words = view(memory, layout.control);
    const { copy } = layout;
    for (const [k, region] of [layout.parameters, ...layout.state].entries()) {
      const target = [copy.parameters, ...copy.state][k];
      this.#vectors.push({
        from: view(memory, region).subarray(from, to),
        to: view(memory, target).subarray(from, to),
      });
    }
    if (worker === 0) {
      this.#vectors.push({ from: view(memory, layout.counters), to: view(memory, copy.counters) });
      // Worker 0 alone writes these, in a step of its own.
      this.#vectors.push({ from: view(memory, layout.buffers), to: view(memory, copy.buffers) });
    }
  }

  /** Before step `from`. @param every steps of the run from one copy that is due to the next */
  begin(from: number, every: number): void {
    this.#next = (Math.floor(from / every) + 1) * every;
    this.#every = every;
  }

  /**
   * Worker 0, between the barriers: whether a copy is made after this step.
   * @returns true when one is due but the one before was not fetched yet: the stretch is then to end with this step
   */
  decide(step: number): boolean {
    const words = this.#words;
    const before = Atomics.load(words, Word.copy);
    // All have come to the first barrier since.
    if (before === Copy.underWay) Atomics.store(words, Word.copy, Copy.whole);
    const due = step + 1 === this.#next;
    if (due) this.#next += this.#every;
    if (before === Copy.asked || (due && before === Copy.none)) {
      Atomics.store(words, Word.copy, Copy.underWay);
      return false;
    }
    return due;
  }

  /** After the second barrier. */
  perform(): void {
    if (Atomics.load(this.#words, Word.copy) !== Copy.underWay) return;
    for (const { from, to } of this.#vectors) to.set(from);
  }
}

/** The coordinator's side. */
export class Copies {
  readonly #words: Int32Array;
  /** What was copied, once it is whole. */
  readonly state: SharedState;

  constructor({ memory, layout }: Setup) {
    this.#words = view(memory, layout.control);
    const { parameters, state, buffers, counters } = layout.copy;
    this.state = {
      parameters: view(memory, parameters),
      state: state.map((slot) => view(memory, slot)),
      buffers: view(memory, buffers),
      counters: view(memory, counters),
    };
  }

  /** Gives the place free for the next one; what was there is gone. */
  release(): void {
    Atomics.store(this.#words, Word.copy, Copy.none);
  }

  /** Has one made after the step under way, unless one is there or in the making. */
  ask(): void {
    Atomics.compareExchange(this.#words, Word.copy, Copy.none, Copy.asked);
  }

  /** Whether there is one to fetch. */
  get whole(): boolean {
    return Atomics.load(this.#words, Word.copy) === Copy.whole;
  }

  /** The same where all workers have ended their stretch: the last step's copy is then whole too. */
  get wholeAtRest(): boolean {
    return Atomics.load(this.#words, Word.copy) >= Copy.underWay;
  }
}
