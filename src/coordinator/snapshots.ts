/**
 * The last consistent state of a run, kept in memory: what a checkpoint is made of, and what the run goes back to
 * when a worker has left the shared parameters half updated.
 */

import { shortened } from '../errors.js';
import type { Tensors } from '../formats/safetensors.js';
import type { Real } from '../model/precision.js';
import { slotsOf } from '../optimizers/index.js';
import type { Setup } from '../plan/task.js';
import { Counter } from '../shared/control.js';
import { parametersByName } from './results.js';

/** Parameters, the optimizer's state slot by slot, and how far the run is, where they lie in the shared memory. */
export interface State {
  readonly parameters: Real;
  readonly state: readonly Real[];
  readonly counters: Float64Array;
}

export interface Snapshot {
  readonly step: number;
  readonly epochLoss: number;
  readonly epochExamples: number;
  readonly parameters: Real;
  readonly state: readonly Real[];
}

/**
 * Copies the state of a run whose workers rest, or of a copy that they leave alone.
 * @param old a snapshot that nobody needs any more, whose memory is used again
 */
export function takeSnapshot({ parameters, state, counters }: State, old?: Snapshot): Snapshot {
  const copy = (values: Real, into: Real | undefined): Real => {
    if (into === undefined) return values.slice();
    into.set(values);
    return into;
  };
  return {
    step: counters[Counter.step],
    epochLoss: counters[Counter.epochLoss],
    epochExamples: counters[Counter.epochExamples],
    parameters: copy(parameters, old?.parameters),
    state: state.map((slot, k) => copy(slot, old?.state[k])),
  };
}

/** Puts a run back to a snapshot; its workers must rest. */
export function restore({ parameters, state, counters }: State, snapshot: Snapshot): void {
  parameters.set(snapshot.parameters);
  for (const [k, slot] of state.entries()) slot.set(snapshot.state[k]);
  counters[Counter.step] = snapshot.step;
  counters[Counter.epochLoss] = snapshot.epochLoss;
  counters[Counter.epochExamples] = snapshot.epochExamples;
}

/** What names depend on. */
type Named = Pick<Setup, 'net' | 'optimizer'>;

/**
 * A snapshot's values by name, without a copy. The optimizer's state is shaped as the parameters are:
 * `momentum.layer1.weight`.
 */
export function tensorsIn({ net, optimizer }: Named, { parameters, state }: Snapshot): Tensors {
  return Object.assign(
    parametersByName(net, parameters),
    ...slotsOf(optimizer).map((name, k) => parametersByName(net, state[k], `${name}.`)),
  );
}

/**
 * Puts what a checkpoint holds into a snapshot's arrays.
 * @returns what does not fit, in words; undefined where everything did
 */
export function fillFrom(setup: Named, snapshot: Snapshot, tensors: Tensors): string | undefined {
  const wanted = Object.entries(tensorsIn(setup, snapshot));
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
