/**
 * A interleaver for real threads: one at a time has the turn, and right before every atomic operation of what is under
 * test it gives the turn to whichever thread the seed picks. The same seed gives the same interleaving.
 *
 * What it explores: the orders of atomic operations (and of an engine's operations, where a case wants these too),
 * with what lies between two of them taken as one. For threads without data races that leaves no order out, and the
 * seeds are a sample of them. Sleepers are modelled: a gated `Atomics.wait` compares, and if equal sleeps until a
 * gated notify at the same place; if nobody can run and somebody has not ended, that is a deadlock.
 *
 * What it cannot: two threads inside one operation of an engine; stores and loads that are not atomic, seen by
 * another thread in a weaker order than they were made in (each turn that is passed on orders everything before it);
 * a wait with a timeout, which it refuses.
 */
import { type Interleaving, MOST_FALLS, OPERATIONS, type Operation, STARVED } from './interleave-plan.js';

/** The genuine ones: those of a thread under test are replaced (interleaving-gates.ts), after this module is loaded. */
const { load, store, wait, notify } = Atomics;

/** A case with more operations than this does not come to an end. */
const MOST_OPERATIONS = 100_000;
const MOST_THREADS = 8;
const NEVER = 0x7fff_ffff;
const LINE = 16;

/** Words of the case. Only `verdict` and the gates are touched without having the turn. */
const Shared = {
  random: 0,
  threads: 1,
  operations: 2,
  switches: 3,
  hash: 4,
  stay: 5,
  lowest: 6,
  held: 7,
  heldOperation: 8,
  heldLeft: 9,
  vanish: 10,
  vanishLeft: 11,
  vanished: 12,
  late: 13,
  verdict: 14,
  falls: 2 * LINE,
} as const;
/** Words of each thread; the first two on lines of their own. */
const Own = { gate: 0, dozes: LINE, state: 2 * LINE, address: 33, notBefore: 34, priority: 35 } as const;
const OWN_WORDS = 3 * LINE;
const FIRST_OWN = 3 * LINE;
const State = { runnable: 0, asleep: 1, ended: 2 } as const;

export const INTERLEAVER_WORDS = FIRST_OWN + MOST_THREADS * OWN_WORDS;
export const Verdict = { none: 0, deadlock: 1, endless: 2 } as const;

/** Thrown out of a gated operation: this thread is to be gone, without a word to anybody. */
export class Vanished extends Error {
  override name = 'Vanished';
}

/** Thrown out of a gated operation when the case is broken; its stack says where this thread was. */
export class Stuck extends Error {
  override name = 'Stuck';
}

export class Interleaver {
  /** Which thread of the case this one is. */
  #me = 0;
  readonly #able: number[] = [];

  constructor(private readonly words: Int32Array) {}

  /** Sets everything for a case whose threads all wait outside of it, and picks who begins. */
  begin(interleaving: Interleaving): void {
    const { words } = this;
    const { held, vanish, threads } = interleaving;
    words.fill(0);
    words[Shared.random] = interleaving.seed | 1;
    words[Shared.threads] = threads;
    words[Shared.stay] = interleaving.stay;
    words[Shared.lowest] = STARVED;
    words[Shared.held] = held?.thread ?? -1;
    words[Shared.heldOperation] = OPERATIONS.indexOf(held?.operation ?? 'pause');
    words[Shared.heldLeft] = held?.nth ?? 0;
    words[Shared.vanish] = vanish?.thread ?? -1;
    words[Shared.vanishLeft] = vanish?.nth ?? 0;
    words[Shared.late] = interleaving.late ?? 0;
    for (let i = 0; i < MOST_FALLS; i++) words[Shared.falls + i] = interleaving.falls[i] ?? NEVER;
    for (let k = 0; k < threads; k++) words[own(k, Own.priority)] = interleaving.priorities[k];
    if (interleaving.late !== undefined)
      words[own(threads - 1, Own.notBefore)] = vanish ? NEVER : interleaving.late;
    this.#give(this.#pick(-1));
  }

  get figures(): { operations: number; switches: number; hash: number; verdict: number } {
    const { words } = this;
    return {
      operations: words[Shared.operations],
      switches: words[Shared.switches],
      hash: words[Shared.hash],
      verdict: load(words, Shared.verdict),
    };
  }

  /** Waits for the first turn, as thread `me` of the case. */
  enter(me: number): void {
    this.#me = me;
    this.#awaitTurn();
  }

  /**
   * Right before an operation: others may go first. It has the turn when it returns.
   * @throws Vanished or Stuck
   */
  gate(name: Operation): void {
    const { words } = this;
    const operation = OPERATIONS.indexOf(name);
    const me = this.#me;
    const count = ++words[Shared.operations];
    if (count > MOST_OPERATIONS) this.#broken(Verdict.endless);
    words[Shared.hash] = Math.imul(words[Shared.hash] ^ ((me << 4) | operation), 0x0100_0193);
    if (words[Shared.vanish] === me && --words[Shared.vanishLeft] === 0) {
      words[Shared.vanished] = 1;
      words[own(words[Shared.threads] - 1, Own.notBefore)] = count + words[Shared.late];
      throw new Vanished();
    }
    const nthOfKind =
      words[Shared.held] === me &&
      words[Shared.heldOperation] === operation &&
      --words[Shared.heldLeft] === 0;
    if (nthOfKind || this.#falls(count)) words[own(me, Own.priority)] = --words[Shared.lowest];
    this.#pass(this.#pick(me));
  }

  /** Sleeps at an address until somebody notifies there; having the turn before and after. @throws Stuck */
  sleep(address: number): void {
    const { words } = this;
    words[own(this.#me, Own.state)] = State.asleep;
    words[own(this.#me, Own.address)] = address;
    this.#pass(this.#pick(this.#me));
  }

  /** Makes those who sleep at an address able to run. @returns how many */
  wake(address: number): number {
    const { words } = this;
    let woken = 0;
    for (let k = 0; k < words[Shared.threads]; k++) {
      if (words[own(k, Own.state)] !== State.asleep || words[own(k, Own.address)] !== address) continue;
      words[own(k, Own.state)] = State.runnable;
      woken++;
    }
    return woken;
  }

  /** Ends this thread's part and passes the turn on for good, or frees those that would sleep for ever. */
  leave(): void {
    const { words } = this;
    words[own(this.#me, Own.state)] = State.ended;
    const next = this.#pick(this.#me);
    if (next >= 0) this.#give(next);
    else if (this.#others(State.asleep)) this.#free(Verdict.deadlock);
  }

  #falls(count: number): boolean {
    for (let i = 0; i < MOST_FALLS; i++) if (this.words[Shared.falls + i] === count) return true;
    return false;
  }

  /** Whether a thread is in that state. */
  #others(state: number): boolean {
    for (let k = 0; k < this.words[Shared.threads]; k++)
      if (this.words[own(k, Own.state)] === state) return true;
    return false;
  }

  /** Who goes on; −1 when nobody can. `current` may be no longer able to. */
  #pick(current: number): number {
    const { words } = this;
    this.#collect(words[Shared.operations]);
    // Nobody before the late one's time: it passes where one has vanished or all have ended. Else they are stuck, and
    // the late one, whose abort would free them, must not hide it.
    if (this.#able.length === 0 && (words[Shared.vanished] === 1 || !this.#others(State.asleep)))
      this.#collect(NEVER);
    const able = this.#able;
    if (able.length === 0) return -1;
    if (able.includes(current) && this.#below(256) < words[Shared.stay]) return current;
    return able[able.length === 1 ? 0 : this.#below(able.length)];
  }

  /** Those with the highest priority among all that can run after `count` operations. */
  #collect(count: number): void {
    const { words } = this;
    const able = this.#able;
    able.length = 0;
    let best = 0;
    for (let k = 0; k < words[Shared.threads]; k++) {
      if (words[own(k, Own.state)] !== State.runnable || words[own(k, Own.notBefore)] > count) continue;
      const priority = words[own(k, Own.priority)];
      if (able.length > 0 && priority < best) continue;
      if (able.length > 0 && priority > best) able.length = 0;
      best = priority;
      able.push(k);
    }
  }

  #pass(next: number): void {
    if (next < 0) this.#broken(Verdict.deadlock);
    if (next === this.#me) return;
    this.words[Shared.switches]++;
    this.#give(next);
    this.#awaitTurn();
  }

  /** The store comes before the look at `dozes`, as in the barrier under test: whoever sleeps is seen. */
  #give(next: number): void {
    const gate = own(next, Own.gate);
    store(this.words, gate, 1);
    if (load(this.words, own(next, Own.dozes)) !== 0) notify(this.words, gate);
  }

  #awaitTurn(): void {
    const { words } = this;
    const gate = own(this.#me, Own.gate);
    // With two threads the turn mostly comes back at once; with more, looking would keep a core from who has it.
    let looks = words[Shared.threads] === 2 ? 500 : 20;
    while (looks > 0 && load(words, gate) === 0) looks--;
    if (looks === 0) {
      const dozes = own(this.#me, Own.dozes);
      store(words, dozes, 1);
      while (load(words, gate) === 0) wait(words, gate, 0);
      store(words, dozes, 0);
    }
    store(words, gate, 0);
    if (load(words, Shared.verdict) !== Verdict.none) throw new Stuck();
  }

  #broken(verdict: number): never {
    this.#free(verdict);
    throw new Stuck();
  }

  /** Ends the case for all others, each with a Stuck that tells where it was. */
  #free(verdict: number): void {
    store(this.words, Shared.verdict, verdict);
    for (let k = 0; k < this.words[Shared.threads]; k++) if (k !== this.#me) this.#give(k);
  }

  /** The case's own generator (Marsaglia 2003, xorshift32): its state must be shared, and a pick cheap. */
  #below(n: number): number {
    const { words } = this;
    let x = words[Shared.random];
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    words[Shared.random] = x;
    return (x >>> 8) % n;
  }
}

function own(thread: number, word: number): number {
  return FIRST_OWN + thread * OWN_WORDS + word;
}
