/**
 * What is decided of an interleaving before it begins: which threads are favoured, which are held back and where. Knows
 * nothing of how the turn is passed on.
 */
import type { Random } from '../src/random.js';

/** Those of `Atomics` that neither sleep nor wake. */
export const PLAIN = [
  'load',
  'store',
  'add',
  'sub',
  'and',
  'or',
  'xor',
  'exchange',
  'compareExchange',
] as const;
/** What a thread under test can be held before: these, and what a case gates by hand. */
export const OPERATIONS = [...PLAIN, 'wait', 'notify', 'engine', 'pause'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What of a case's interleaving is decided before it begins; everything else follows from `seed`. */
export interface Interleaving {
  readonly threads: number;
  readonly seed: number;
  /** Of 256 picks, so many leave the turn where it is. */
  readonly stay: number;
  /** One a thread. The turn is picked among those with the highest priority that can run. */
  readonly priorities: readonly number[];
  /** Numbers of operations: who is about to make them falls behind all others. At most `MOST_FALLS`. */
  readonly falls: readonly number[];
  /** A thread that falls behind all others right before its nth operation of one kind. */
  readonly held?: { readonly thread: number; readonly operation: Operation; readonly nth: number };
  /** A thread that vanishes for good right before its nth operation. */
  readonly vanish?: { readonly thread: number; readonly nth: number };
  /** The last thread begins so many operations late, or where one is to vanish, so many after that. */
  readonly late?: number;
}

export const MOST_FALLS = 3;
/** The priority below all that a case begins with; who falls behind later gets a lower one. */
export const STARVED = -1;
/** Of the operations, those that what is under test makes. */
const HELD_BEFORE: readonly Operation[] = [
  'load',
  'store',
  'add',
  'sub',
  'wait',
  'notify',
  'engine',
  'pause',
];

/** From 1 to 500, and of the small numbers as many as of the large ones: cases differ in their lengths. */
export function fewOrMany(random: Random): number {
  return Math.floor(500 ** random.uniform());
}

/**
 * How a case's threads are picked. Uniform picks miss orders in which one thread is very late, so most cases are biased:
 * strict priorities that change at a few operations (Burckhardt and others 2010, "PCT"), one thread starved, one held
 * before one operation, or long runs.
 * @param threads all of them, the late one included
 */
export function interleavingOf(random: Random, threads: number, late: boolean): Interleaving {
  const someThread = () => random.below(threads);
  const some = () => fewOrMany(random);
  const equal = Array<number>(threads).fill(0);
  const base = {
    threads,
    seed: random.below(2 ** 32),
    stay: 0,
    priorities: equal,
    falls: [],
    ...(late ? { late: some() } : {}),
  };
  switch (random.below(6)) {
    case 0:
      return base;
    case 1:
      return { ...base, stay: 128 + random.below(120) };
    case 2:
      return { ...base, priorities: equal.with(someThread(), STARVED) };
    case 3: {
      const operation = HELD_BEFORE[random.below(HELD_BEFORE.length)];
      const nth = Math.floor(16 ** random.uniform());
      // What the late one does is only a few operations, each of them worth a look.
      const thread = late && random.below(2) === 0 ? threads - 1 : someThread();
      return { ...base, stay: random.below(200), held: { thread, operation, nth } };
    }
    default: {
      const falls = Array.from({ length: random.below(MOST_FALLS + 1) }, some);
      return { ...base, priorities: equal.map(() => random.below(threads)), falls };
    }
  }
}
