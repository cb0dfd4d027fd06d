/**
 * The figures of a run's epochs as a table: a header and one row an epoch, numbers alone, so that whatever reads CSV finds
 * a type for every column. What is undefined is empty.
 */
import type { EpochEvent } from '../../events.js';
import { numbersOf } from '../compared-run.js';
import { pointOf, speeds } from '../speed.js';
import type { HistoryFormat } from './format.js';

const LINES_AT_ONCE = 4096;

const fixed = {
  epoch: ({ epoch }) => epoch,
  step: ({ step }) => step,
  learning_rate: ({ learningRate }) => learningRate,
  train_seconds: ({ trainSeconds }) => trainSeconds,
  // Since the epoch before.
  examples_per_second: (_, speed) => speed,
  train_loss: ({ trainLoss }) => trainLoss,
} as const satisfies Readonly<Record<string, (epoch: EpochEvent, speed: number | null) => number | null>>;

export const csv: HistoryFormat = {
  description: 'The figures of the epochs, a row each.',
  // Not the run's name alone: a run is often named as its data are.
  output: ({ name }) => `${name}-epochs.csv`,
  encode({ epochs }) {
    const figures = epochs.map(({ validLoss, validMetrics }) => numbersOf(validLoss, validMetrics));
    const names = [...new Set(figures.flatMap((each) => Object.keys(each)))];
    const header = [...Object.keys(fixed), ...names.map((name) => `validation_${name.replaceAll('-', '_')}`)];
    const speed = speeds(epochs.map(pointOf));
    const cell = (value: number | null | undefined) =>
      value !== undefined && value !== null && Number.isFinite(value) ? String(value) : '';
    const parts: Uint8Array[] = [Buffer.from(`${header.join(',')}\n`)];
    for (let from = 0; from < epochs.length; from += LINES_AT_ONCE) {
      const lines = epochs.slice(from, from + LINES_AT_ONCE).map((epoch, k) => {
        const own = figures[from + k];
        return [
          ...Object.values(fixed).map((of) => of(epoch, speed[from + k])),
          ...names.map((name) => own[name]),
        ]
          .map(cell)
          .join(',');
      });
      parts.push(Buffer.from(`${lines.join('\n')}\n`));
    }
    return parts;
  },
};
