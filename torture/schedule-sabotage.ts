/**
 * Guards of the barrier and the step protocol, each taken out in a thread under test: the proof must notice. Nothing in
 * the product knows of it.
 */
import { abort, Barrier } from '../src/parallel/barrier.js';
import { Word } from '../src/parallel/control.js';
import { evaluatePieces } from '../src/parallel/evaluate.js';
import { parts } from './schedule-cases.js';
import { type Gates, replaceable } from './schedule-gates.js';

/** What of a barrier its variants need. */
interface Inside {
  readonly words: Int32Array;
  readonly parties: number;
}

/** The barrier's `arrive` where the last to arrive does something else. */
function lastArrives(last: (words: Int32Array) => void): void {
  Barrier.prototype.arrive = function () {
    const { words, parties } = this as unknown as Inside;
    if (parties === 1) return 0;
    const generation = Atomics.load(words, Word.generation);
    if (Atomics.add(words, Word.arrived, 1) === parties - 1) last(words);
    return generation;
  };
}

export const sabotages: Readonly<Record<string, (gates: Gates) => void>> = {
  'the abort of the barrier': () => {
    parts.abort = () => {};
  },

  // Whoever it frees goes on as if all had come.
  'the flag before the generation in an abort': () => {
    parts.abort = (words) => {
      Atomics.add(words, Word.generation, 1);
      abort(words);
    };
  },

  'the second look before sleeping': (gates) => {
    replaceable.wait = (array, index) => {
      gates.before('wait', index);
      gates.sleep(array, index);
      return 'ok';
    };
  },

  'the new generation before the look for sleepers': () =>
    lastArrives((words) => {
      Atomics.store(words, Word.arrived, 0);
      const sleepers = Atomics.load(words, Word.sleepers);
      Atomics.add(words, Word.generation, 1);
      if (sleepers > 0) Atomics.notify(words, Word.generation);
    }),

  'the reset of the count before the new generation': () =>
    lastArrives((words) => {
      Atomics.add(words, Word.generation, 1);
      Atomics.store(words, Word.arrived, 0);
      if (Atomics.load(words, Word.sleepers) > 0) Atomics.notify(words, Word.generation);
    }),

  'the barrier before the update': () => {
    Barrier.prototype.meet = function () {
      this.arrive();
    };
  },

  'the barrier behind the update': () => {
    const { wait } = Barrier.prototype;
    Barrier.prototype.meet = function () {
      wait.call(this, this.arrive());
    };
    Barrier.prototype.wait = () => {};
  },

  // Each worker looks for itself whether a stop was asked for.
  'the one decision to stop': () => {
    const { load } = replaceable;
    replaceable.load = (array, index) => load(array, index === Word.stopNow ? Word.stopRequest : index);
  },

  'the taking of a tile in one operation': () => {
    const { add, load, store } = replaceable;
    replaceable.add = (array, index, value) => {
      if (index !== Word.nextTile) return add(array, index, value);
      const old = load(array, index);
      store(array, index, old + value);
      return old;
    };
  },

  'the rows of its own in an evaluation': () => {
    parts.evaluatePieces = (setup, pass, _, rows) => evaluatePieces(setup, pass, 0, rows);
  },
};
