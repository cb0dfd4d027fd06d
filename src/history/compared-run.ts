/** One of the runs that are compared: what came of it, as its folder tells it. */
import type { EpochEvent } from '../events.js';
import { isMapping } from '../formats/json.js';
import { isTable, metricNames, metricOf } from '../model/metrics/index.js';
import type { RunRecord, RunState } from './record.js';

/** Rows that figures are of. */
export type Part = 'test' | 'validation';

/** One of the runs that are compared. */
export interface ComparedRun {
  /** As it was given. */
  readonly folder: string;
  /** The folder’s own. */
  readonly name: string;
  /** Whether it goes on, or how it ended. */
  readonly state: RunState;
  /** When it was begun: ISO 8601, UTC. */
  readonly at: string | null;
  /** Of its configuration. */
  readonly seed: number | null;
  /** The figure that decides which weights are the best. */
  readonly monitor: string | null;
  /** Of the best weights so far, by part and name; those of the test once the run has come to its end. */
  readonly figures: Readonly<Record<Part, Readonly<Record<string, number>>>>;
  /** After which the best weights came. */
  readonly bestStep: number | null;
  /** Of the weights that it left. */
  readonly bestHash: string | null;
  /** Of the data as they lay in memory, and of which rows are for validation and test; null: nothing says so. */
  readonly dataHash: string | null;
  /** Of which rows are for validation and test. */
  readonly splitHash: string | null;
  /** For its curve. */
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

function bestEpoch(epochs: readonly EpochEvent[], monitor = 'loss'): EpochEvent | undefined {
  const value = ({ validLoss, validMetrics }: EpochEvent) => {
    const found = monitor === 'loss' ? validLoss : validMetrics[monitor];
    return typeof found === 'number' ? found : null;
  };
  const sign = direction(monitor) ?? -1;
  let best: EpochEvent | undefined;
  for (const epoch of epochs) {
    const now = value(epoch);
    if (now !== null && (best === undefined || sign * now > sign * Number(value(best)))) best = epoch;
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
