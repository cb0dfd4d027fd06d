/** The gates in a thread under test: `Atomics` and engines whose every operation first lets others go. */
import type { Engine } from '../src/engines/engine.js';
import type { Interleaver } from './interleave.js';
import { type Operation, PLAIN } from './interleave-plan.js';

type Plain = (array: Int32Array, index: number, ...values: number[]) => number;
/** The global `Atomics` as what is under test uses it, to be written to. */
export const replaceable = Atomics as unknown as Record<(typeof PLAIN)[number], Plain> & {
  wait(array: Int32Array, index: number, value: number, timeout?: number): 'ok' | 'not-equal' | 'timed-out';
  notify(array: Int32Array, index: number, count?: number): number;
};

export class Gates {
  /** Outside of a case everything goes through. */
  #open = true;
  /** Where this thread is, for the report of a deadlock. */
  where = '';
  #sleepsIn: ArrayBufferLike | undefined;

  /** What to call the word at an index. */
  nameOf: (index: number) => string = String;

  constructor(readonly interleaver: Interleaver) {}

  /** Replaces the global `Atomics`, of which modules look up each operation when they call it. */
  install(): void {
    for (const name of PLAIN) {
      const genuine = replaceable[name];
      replaceable[name] = (array, index, ...values) => {
        this.before(name, index);
        return genuine(array, index, ...values);
      };
    }
    const { wait, notify } = replaceable;
    replaceable.wait = (array, index, value, timeout) => {
      if (this.#open) return wait(array, index, value, timeout);
      if (timeout !== undefined) throw new Error('a wait with a timeout is not modelled');
      this.before('wait', index);
      if (array[index] !== value) return 'not-equal';
      this.sleep(array, index);
      return 'ok';
    };
    replaceable.notify = (array, index, count) => {
      if (this.#open) return notify(array, index, count);
      if (count !== undefined) throw new Error('a notify of only some is not modelled');
      this.before('notify', index);
      return this.interleaver.wake(array.byteOffset + 4 * index);
    };
  }

  /** Lets others go before an operation on the word at `index`. */
  before(operation: Operation, index?: number): void {
    if (this.#open) return;
    this.where = `before ${operation}${index === undefined ? '' : ` of ${this.nameOf(index)}`}`;
    this.interleaver.gate(operation);
  }

  /** Sleeps, whatever the word holds. Places are told apart by their bytes, so all must be in one memory. */
  sleep(array: Int32Array, index: number): void {
    this.#sleepsIn ??= array.buffer;
    if (this.#sleepsIn !== array.buffer) throw new Error('sleeping in two memories is not modelled');
    this.where = `asleep at ${this.nameOf(index)}`;
    this.interleaver.sleep(array.byteOffset + 4 * index);
  }

  /** Does `work` as thread `me` of a case, once it has the turn; outside of it nothing is gated. @throws Stuck */
  during(me: number, work: () => void): void {
    this.#sleepsIn = undefined;
    this.where = 'before its first operation';
    this.interleaver.enter(me);
    this.#open = false;
    try {
      work();
    } finally {
      this.#open = true;
    }
  }

  /** An engine whose operations are gated. */
  engine(engine: Engine): Engine {
    return this.#gated(engine);
  }

  #gated<Ops extends object>(ops: Ops): Ops {
    const entries = Object.entries(ops).map(([name, op]: [string, unknown]) => {
      if (typeof op === 'function') {
        const gated = (...given: unknown[]) => {
          this.before('engine');
          return op(...given);
        };
        return [name, gated];
      }
      return [name, typeof op === 'object' && op !== null ? this.#gated(op) : op];
    });
    return Object.fromEntries(entries) as Ops;
  }
}
