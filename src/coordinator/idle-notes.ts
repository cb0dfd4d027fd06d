/** What of a configuration comes to nothing, said before a run begins: a line each. Nothing here is an error. */
import type { Config } from '../config/schema.js';
import { isTrained, trainingOf } from '../model/layers/trained.js';
import type { Network } from '../model/network.js';
import { type RateSetup, rateOf, watchOf } from '../optimizers/schedules/index.js';
import type { Watched } from '../optimizers/schedules/schedule.js';

/** More are counted. */
const MOST_NAMED = 5;

/** A schedule that the run does not get to. @param steps those of the whole run @param every steps from one validation to the next */
export function scheduleNotes(
  setup: RateSetup,
  stepsPerEpoch: number,
  steps: number,
  every: number,
): string[] {
  const { name } = setup.schedule;
  if (name === 'constant' || steps < 2 || changes(setup, stepsPerEpoch, steps, every)) return [];
  return [`optimizer.schedule does nothing: the run's ${steps} steps end before "${name}" changes the rate`];
}

function changes(setup: RateSetup, stepsPerEpoch: number, steps: number, every: number): boolean {
  const { learningRate, schedule } = setup;
  const after = watchOf(schedule, stepsPerEpoch);
  if (after === undefined) {
    const rate = rateOf(setup, stepsPerEpoch, steps);
    // Cosines begin anew at the same rate, but for one step.
    return rate(steps - 1) !== learningRate || rate(steps - 2) !== learningRate;
  }
  let found: Watched | undefined;
  // As if nothing ever got better.
  for (let step = every; step < steps; step += every) {
    found = after(found, step, step, -1);
    if (found.level !== 1) return true;
  }
  return false;
}

/** Decay that does not apply. */
export function decayNotes({ layers }: Network, optimizer: Config['optimizer']): string[] {
  const {
    l2 = 0,
    weightDecay = 0,
    decay,
  } = optimizer as { l2?: number; weightDecay?: number; decay?: string };
  const keys = [l2 > 0 && 'optimizer.l2', weightDecay > 0 && 'optimizer.weightDecay'].filter(Boolean);
  const written = layers.filter(({ tensors }) => tensors.length > 0);
  const decaying = written.filter(({ tensors }) => tensors.some(({ decays }) => decays || decay === 'all'));
  const notes: string[] = [];
  if (decay === 'all' && keys.length === 0) {
    notes.push('optimizer.decay does nothing: neither optimizer.l2 nor optimizer.weightDecay is above 0');
  }
  const still = decaying.filter((layer) => !isTrained(layer));
  if (keys.length > 0 && still.length > 0) {
    notes.push(
      `${keys.join(' and ')} ${keys.length === 1 ? 'leaves' : 'leave'} ${placesOf(still)} as ${still.length === 1 ? 'it is' : 'they are'}: ` +
        'what is frozen does not decay',
    );
  }
  const asked = written.filter(
    ({ options }) => options.decayFactor !== undefined && !trainingOf({ options }).frozen,
  );
  const idle = keys.length === 0 ? asked : asked.filter((layer) => !decaying.includes(layer));
  if (idle.length > 0) {
    const why =
      keys.length === 0
        ? 'neither optimizer.l2 nor optimizer.weightDecay is above 0'
        : 'decay is of the weights of dense layers alone (optimizer.decay: all is of all parameters)';
    notes.push(`decayFactor does nothing for ${placesOf(idle)}: ${why}`);
  }
  return notes;
}

function placesOf(layers: Network['layers']): string {
  const all = layers.map(({ place, name }) => (place === '' ? name : `model.layers.${place}`));
  const more = all.length - MOST_NAMED;
  return more > 0 ? `${all.slice(0, MOST_NAMED).join(', ')} and ${more} more` : all.join(', ');
}
