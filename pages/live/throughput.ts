/** How fast a run goes: rows a second from one point to the next. */
import { speeds } from '../../src/history/speed.js';
import type { Series } from '../kit.js';
import type { Run } from './run.js';

/**
 * What is told between epochs counts where a good while has passed since the point before and passes until the next
 * epoch: steps that workers have done are known a tenth of a second later.
 */
const LEAST_SECONDS = 0.5;

interface Told {
  readonly step: number;
  readonly examples: number;
  readonly seconds: number;
  readonly isEpoch: boolean;
}

/** By step / steps of an epoch. */
export function throughput(run: Run): Series {
  const { start, epochs, means } = run;
  const label = 'examples/s';
  if (start === undefined) return { label, x: [], y: [] };
  const { stepsPerEpoch, batchSize, trainRows } = start;
  // All that is told is the mean since the start, and steps: rows follow from them.
  const told = (isEpoch: boolean) => (one: { step: number; examplesPerSecond: number | null }) => {
    const { step, examplesPerSecond } = one;
    const whole = Math.floor(step / stepsPerEpoch);
    const examples = whole * trainRows + Math.min(trainRows, (step % stepsPerEpoch) * batchSize);
    return { step, examples, seconds: examples / (examplesPerSecond ?? Number.NaN), isEpoch };
  };
  const all: Told[] = [...means.map(told(false)), ...epochs.map(told(true))].sort((a, b) => a.step - b.step);
  const untilEpoch = all.map(() => Number.POSITIVE_INFINITY);
  for (let k = all.length - 2; k >= 0; k--) {
    const next = all[k + 1];
    const [here, after] = [all[k]?.seconds ?? 0, next?.seconds ?? 0];
    untilEpoch[k] = after - here + (next?.isEpoch ? 0 : (untilEpoch[k + 1] ?? 0));
  }
  let last = 0;
  const kept = all.filter(({ seconds, isEpoch }, k) => {
    const isApart = seconds - last >= LEAST_SECONDS && (untilEpoch[k] ?? 0) >= LEAST_SECONDS;
    if (isEpoch || isApart) last = seconds;
    return isEpoch || isApart;
  });
  return { label, x: kept.map(({ step }) => step / stepsPerEpoch), y: speeds(kept) };
}
