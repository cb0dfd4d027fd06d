/** One of the runs that are compared: what came of it, as its folder tells it. */
import type { EpochEvent } from '../events.js';
import { isMapping } from '../formats/json.js';
import { isTable, metricNames, metricOf } from '../model/metrics/index.js';
import type { RunRecord, RunState } from './record.js';

/** Which rows a figure is over. */
export type Part = 'test' | 'validation';

/** One of the runs that are compared. */
export interface ComparedRun {
  /** As it was named. */
  readonly folder: string;
  /** The folder's own name. */
  readonly name: string;
  /** Whether it still runs, or how it ended. */
  readonly state: RunState;
  /** When it was begun the last time: ISO 8601, UTC; null: nothing says so. */
  readonly at: string | null;
  /** Null: its record says none. */
  readonly seed: number | null;
  /** The figure that decides which weights are the best. */
  readonly monitor: string | null;
  /** Of the best weights so far, by part and name; those of the test once the run has come to its end. */
  readonly figures: Readonly<Record<Part, Readonly<Record<string, number>>>>;
  /** The step of these weights; null: nothing was validated yet. */
  readonly bestStep: number | null;
  /** Their hash, once it has ended. */
  readonly bestHash: string | null;
  /** Hash of the parameters after its last step, once it has ended. */
  readonly weightsHash: string | null;
  /** Of the data as they lay in memory, and of which rows are for validation and test; null: nothing says so. */
  readonly dataHash: string | null;
  /** As the start event has it. */
  readonly splitHash: string | null;
  /** Each epoch once. */
  readonly epochs: readonly EpochEvent[];
}

export function comparedRun(record: RunRecord, dataHash: string | null): ComparedRun {
  const { folder, name, state, start, done, epochs } = record;
  const best = done ?? bestEpoch(epochs, start?.monitor);
  return {
    folder,
    name,
    state,
    at: start?.at ?? null,
    seed: start?.seed ?? seedIn(record.config),
    monitor: start?.monitor ?? null,
    figures: {
      validation: numbersOf(best?.validLoss ?? null, best?.validMetrics ?? {}),
      test: numbersOf(done?.testLoss ?? null, done?.testMetrics ?? {}),
    },
    bestStep: done?.bestStep ?? (best && 'step' in best ? best.step : null),
    bestHash: done?.bestHash ?? null,
    weightsHash: done?.weightsHash ?? null,
    dataHash,
    splitHash: start?.splitHash ?? null,
    epochs,
  };
}

const seedIn = (config: unknown) =>
  isMapping(config) && typeof config.seed === 'number' ? config.seed : null;

const isKnown = (name: string) => (metricNames as string[]).includes(name);

/** 1 where higher is better, −1 where lower is; null for a figure that this version does not know. */
export function direction(name: string): 1 | -1 | null {
  if (name === 'loss') return -1;
  const better = isKnown(name) ? metricOf(name).better : null;
  return better === null ? null : better === 'higher' ? 1 : -1;
}

/** What an epoch says of a figure; null: nothing. */
export function figureIn({ validLoss, validMetrics }: EpochEvent, name: string): number | null {
  const found = name === 'loss' ? validLoss : validMetrics[name];
  return typeof found === 'number' ? found : null;
}

/** The best by a figure, the earlier one of equals; undefined where none has it. */
export function bestEpoch(epochs: readonly EpochEvent[], monitor = 'loss'): EpochEvent | undefined {
  const sign = direction(monitor) ?? -1;
  let best: EpochEvent | undefined;
  for (const epoch of epochs) {
    const now = figureIn(epoch, monitor);
    if (now !== null && (best === undefined || sign * now > sign * Number(figureIn(best, monitor))))
      best = epoch;
  }
  return best;
}

export function numbersOf(loss: number | null, metrics: EpochEvent['validMetrics']): Record<string, number> {
  const numbers = Object.entries({ loss, ...metrics }).filter(
    (entry): entry is [string, number] =>
      typeof entry[1] === 'number' && (entry[0] === 'loss' || !isKnown(entry[0]) || !isTable(entry[0])),
  );
  return Object.fromEntries(numbers);
}
