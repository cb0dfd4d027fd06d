/**
 * Each worker's heartbeat: one word that says at which step it is and what it is doing, and that changes as long as
 * it gets on.
 */

import { type Region, view } from './arena.js';

/** What a worker may be doing, as messages name it. */
export const phases = [
  'waiting for work',
  'starting',
  'computing its rows',
  'waiting at a barrier',
  'averaging',
  'gathering',
  'evaluating',
  'evaluating',
  'waiting for other hosts',
  'waiting for other hosts',
] as const;

/** `evaluate` and `exchange` take turns with the one after each: who is at it gets on while the step stays the same. */
export const Phase = {
  idle: 0,
  start: 1,
  compute: 2,
  barrier: 3,
  average: 4,
  gather: 5,
  evaluate: 6,
  exchange: 8,
} as const;

const BITS = 4;
/** Steps are kept modulo this; whoever reads a heartbeat knows about where the run is. */
const STEPS = 2 ** (32 - BITS);

export class Heartbeat {
  readonly #word: Int32Array;

  constructor(memory: WebAssembly.Memory, word: Region<'int32'>) {
    this.#word = view(memory, word);
  }

  /** Some 5 ns; not to be left out by a compiler, and seen by others at once. */
  beat(step: number, phase: number): void {
    Atomics.store(this.#word, 0, ((step % STEPS) << BITS) | phase);
  }

  get value(): number {
    return Atomics.load(this.#word, 0);
  }

  get phase(): (typeof phases)[number] {
    return phases[this.value & ((1 << BITS) - 1)];
  }

  /** The step, given one that is less than 2^27 steps away. */
  step(near: number): number {
    const low = this.value >>> BITS;
    const ahead = (low - (near % STEPS) + STEPS) % STEPS;
    return near + (ahead < STEPS / 2 ? ahead : ahead - STEPS);
  }
}
