/** Counters in shared memory, a cache line each, that some threads raise and others wait for. */

import { CACHE_LINE } from './arena.js';
import { Aborted, Word } from './control.js';

const LINE = CACHE_LINE / Int32Array.BYTES_PER_ELEMENT;
/** Longest that a thread sleeps before it looks whether another one has failed. */
const SLEEP_MS = 50;

/** int32 words that `count` counters take. */
export const signalWords = (count: number): number => count * LINE;

export class Signals {
  /**
   * @param words the counters @param control the run's words, which say whether a thread has failed
   * @param spins looks before a thread sleeps
   */
  constructor(
    private readonly words: Int32Array,
    private readonly control: Int32Array,
    private readonly spins: number,
  ) {}

  /** Adds 1, and wakes who waits for it. */
  raise(k: number): void {
    Atomics.add(this.words, k * LINE, 1);
    Atomics.notify(this.words, k * LINE);
  }

  reached(k: number, value: number): boolean {
    return Atomics.load(this.words, k * LINE) >= value;
  }

  /**
   * Waits until a counter is at least `value`.
   * @param asleep called whenever it was changed or some time has passed, and it is not, with the milliseconds slept so far;
   *   true: waits no longer
   * @returns whether it is @throws Aborted when a thread has failed
   */
  wait(k: number, value: number, asleep: (ms: number) => boolean = () => false): boolean {
    const at = k * LINE;
    const { words } = this;
    for (let spin = 0; spin <= this.spins; spin++) {
      if (Atomics.load(words, at) >= value) return true;
    }
    // Counts sleeps, not seconds: while the whole process is stopped nobody waits.
    for (let slept = 0; ; ) {
      const now = Atomics.load(words, at);
      if (now >= value) return true;
      if (Atomics.load(this.control, Word.abort) !== 0) throw new Aborted('another thread failed');
      if (asleep(slept)) return false;
      if (Atomics.wait(words, at, now, SLEEP_MS) === 'timed-out') slept += SLEEP_MS;
    }
  }
}
