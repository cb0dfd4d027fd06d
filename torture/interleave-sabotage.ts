/**
 * Guards of the barrier and the step protocol, each taken out in a thread under test: the proof must notice. Nothing in
 * the product knows of it.
 */
import { abort, Barrier } from '../src/shared/barrier.js';
import { Word } from '../src/shared/control.js';
import { Copies, Copy, Copying } from '../src/worker/copy.js';
import { parts } from './interleave-cases.js';
import { type Gates, replaceable } from './interleave-gates.js';

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

  'the barrier after the update': () => {
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

  // Worker 0 copies its slice as soon as it has decided to.
  'the barrier before a copy': () => {
    const { decide, perform } = Copying.prototype;
    let copied = false;
    Copying.prototype.decide = function (step) {
      const due = decide.call(this, step);
      perform.call(this);
      copied = true;
      return due;
    };
    Copying.prototype.perform = function () {
      if (!copied) perform.call(this);
      copied = false;
    };
  },

  'the barrier after a copy': () => {
    Object.defineProperty(Copies.prototype, 'whole', {
      get(this: Copies) {
        return this.wholeAtRest;
      },
    });
  },

  'the one copy at a time': () => {
    let deciding = false;
    const { decide } = Copying.prototype;
    Copying.prototype.decide = function (step) {
      deciding = true;
      const due = decide.call(this, step);
      deciding = false;
      return due;
    };
    const { load } = replaceable;
    replaceable.load = (array, index) => {
      const value = load(array, index);
      return deciding && index === Word.copy && value === Copy.whole ? Copy.none : value;
    };
  },

  'the rows of its own in an evaluation': () => {
    parts.evaluatedBy = () => 0;
  },
};
