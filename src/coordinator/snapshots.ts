/**
 * Consistent states of a run, copied out of the shared memory: what a checkpoint is made of, what the run goes back to
 * when a worker has left the parameters half updated, and the best weights so far.
 */
import { shortened } from '../errors.js';
import type { Tensors } from '../formats/safetensors.js';
import type { Real } from '../model/precision.js';
import { stateOf } from '../plan/state.js';
import type { Setup } from '../plan/task.js';
import type { RunState } from '../runs/state.js';
import { Counter } from '../shared/control.js';
import type { SharedState } from '../worker/copy.js';
import { buffersByName, parametersByName } from './results.js';

export interface Snapshot {
  readonly state: RunState;
  readonly parameters: Real;
  /** The vectors of `stateOf`, each as long as the parameters. */
  readonly slots: readonly Real[];
  /** What belongs to the model and is not trained. */
  readonly buffers: Real;
}

/** A snapshot's arrays. */
type Arrays = Omit<Snapshot, 'state'>;

/**
 * Makes snapshots, and uses the memory of those that nobody needs any more again: to write into memory that is there
 * takes a tenth of the time.
 */
export class SnapshotPool {
  readonly #free: Arrays[] = [];
  /** How many need each of the arrays, which are known by their parameters. */
  readonly #users = new Map<Real, number>();

  /**
   * Copies the state of a run whose workers rest, or of a copy that they leave alone.
   * @param rest what the shared memory does not hold
   * @returns a snapshot that its caller needs, until it is released
   */
  take(shared: SharedState, rest: RunState): Snapshot {
    const { parameters, state, buffers, counters } = shared;
    const old = this.#free.pop();
    const arrays = {
      parameters: copy(parameters, old?.parameters),
      slots: state.map((slot, k) => copy(slot, old?.slots[k])),
      buffers: copy(buffers, old?.buffers),
    };
    this.#users.set(arrays.parameters, 1);
    return { ...arrays, state: { ...rest, ...countersOf(counters) } };
  }

  /** One more needs it, and must release it too. */
  hold(snapshot: Snapshot): Snapshot {
    this.#users.set(snapshot.parameters, this.#usersOf(snapshot) + 1);
    return snapshot;
  }

  /** One of those who needed it does not any more. */
  release({ parameters, slots, buffers }: Snapshot): void {
    const left = this.#usersOf({ parameters }) - 1;
    if (left > 0) {
      this.#users.set(parameters, left);
      return;
    }
    this.#users.delete(parameters);
    this.#free.push({ parameters, slots, buffers });
  }

  #usersOf({ parameters }: Pick<Snapshot, 'parameters'>): number {
    const users = this.#users.get(parameters);
    if (users === undefined) throw new Error('a snapshot that nobody needs is used');
    return users;
  }
}

function copy(values: Real, into: Real | undefined): Real {
  if (into === undefined) return values.slice();
  into.set(values);
  return into;
}

const countersOf = (counters: Float64Array): Pick<RunState, 'step' | 'epochLoss' | 'epochExamples'> => ({
  step: counters[Counter.step],
  epochLoss: counters[Counter.epochLoss],
  epochExamples: counters[Counter.epochExamples],
});

/** Puts a run back to a snapshot; its workers must rest. */
export function restore({ parameters, state, buffers, counters }: SharedState, snapshot: Snapshot): void {
  parameters.set(snapshot.parameters);
  buffers.set(snapshot.buffers);
  for (const [k, slot] of state.entries()) slot.set(snapshot.slots[k]);
  counters[Counter.step] = snapshot.state.step;
  counters[Counter.epochLoss] = snapshot.state.epochLoss;
  counters[Counter.epochExamples] = snapshot.state.epochExamples;
}

/** What names depend on. */
type Named = Pick<Setup, 'net' | 'optimizer' | 'ema' | 'method'>;

/**
 * A snapshot's values by name, without a copy. The optimizer's state and the averages are shaped as the parameters are:
 * `momentum.layer1.weight`, `ema.layer1.weight`.
 */
export function namedTensors(setup: Named, { parameters, slots, buffers }: Arrays): Tensors {
  const { net } = setup;
  return Object.assign(
    parametersByName(net, parameters),
    buffersByName(net, buffers),
    ...stateOf(setup).map((name, k) => parametersByName(net, slots[k], `${name}.`)),
  );
}

/**
 * Puts what a checkpoint holds into arrays that are as long.
 * @returns what does not fit, in words; undefined where everything did
 */
export function fillFrom(setup: Named, into: Arrays, tensors: Tensors): string | undefined {
  const wanted = Object.entries(namedTensors(setup, into));
  for (const [name, { shape, data }] of wanted) {
    const found = tensors[name];
    if (found === undefined) return `it has no tensor "${name}"`;
    if (found.shape.join() !== shape.join() || found.data.constructor !== data.constructor) {
      return `its tensor "${name}" is ${describe(found)}, the network needs ${describe({ shape, data })}`;
    }
    // Steps take it that what they begin with is finite.
    if (!found.data.every(Number.isFinite)) return `its tensor "${name}" holds numbers that are not finite`;
    data.set(found.data);
  }
  const known = new Set(wanted.map(([name]) => name));
  const other = Object.keys(tensors).find((name) => !known.has(name));
  return other === undefined ? undefined : `it has a tensor "${shortened(other)}", the network has none`;
}

const describe = ({ shape, data }: Tensors[string]): string =>
  `${shape.join('×')} ${data instanceof Float32Array ? 'float32' : 'float64'}`;
