/** The trials of a sweep, in what their folders tell of them. Runs nothing. */
import type { Disk } from '../machine/disk.js';
import type { TrialResult } from '../series.js';
import { ranking } from './halving.js';
import { importances } from './importance.js';
import { searches } from './searches/index.js';
import type { Tried } from './searches/search.js';
import type { Sweep } from './spec.js';
import { endingAt, isWhole, readTrial, type TrialRecord, trialFolder, writeBroken } from './trial.js';

export interface Trial {
  readonly number: number;
  readonly values: readonly unknown[];
  record: TrialRecord;
  readonly result: TrialResult;
}

export class TrialTable {
  readonly trials: Trial[] = [];

  /** @param tell told of each trial that is at the end of a round */
  constructor(
    private readonly sweep: Sweep,
    private readonly disk: Disk,
    private readonly folder: string,
    private readonly tell: (round: number, result: TrialResult) => void,
  ) {}

  /** Whether all of the search's trials are there. */
  get isFull(): boolean {
    return this.trials.length >= this.sweep.record.search.trials;
  }

  /** The next trials, which learn from none of each other, with what their folders tell. */
  async addRound(): Promise<readonly Trial[]> {
    const { search } = this.sweep.record;
    const first = this.trials.length + 1;
    const points = pointsOf(
      this.sweep,
      first,
      Math.min(search.round, search.trials - first + 1),
      this.trials,
    );
    const added = await Promise.all(points.map((values, k) => this.#opened(first + k, values)));
    this.trials.push(...added);
    return added;
  }

  async #opened(number: number, values: readonly unknown[]): Promise<Trial> {
    const folder = trialFolder(this.folder, number);
    const byPath = this.sweep.parameters.map(({ path }, k) => [path, values[k]]);
    const result: TrialResult = {
      trial: number,
      values: Object.fromEntries(byPath),
      state: 'waiting',
      rounds: [],
      value: null,
      steps: 0,
      epochs: 0,
      bestStep: null,
      validLoss: null,
      validMetrics: {},
      bestHash: null,
      trainSeconds: 0,
      folder,
    };
    return { number, values, record: await readTrial(this.disk, folder), result };
  }

  /** Reads a trial's folder again. */
  async refresh(trial: Trial): Promise<void> {
    trial.record = await readTrial(this.disk, trial.result.folder);
  }

  /** Takes in what a trial's folder tells of the end of a round. @returns whether it is there */
  settle({ record, result }: Trial, round: number, until: string | undefined): boolean {
    const done = endingAt(record, until);
    if (record.broken !== undefined)
      Object.assign(result, { state: 'broken', value: null, message: record.broken });
    else if (done === undefined) return false;
    else {
      const { steps, epochs, bestStep, bestValue, validLoss, validMetrics, bestHash, trainSeconds } = done;
      Object.assign(result, { steps, epochs, bestStep, validLoss, validMetrics, bestHash, trainSeconds });
      result.value = bestValue;
      result.rounds = [...result.rounds.slice(0, round - 1), bestValue];
      if (isWhole(done)) result.state = 'done';
    }
    this.tell(round, result);
    return true;
  }

  /** A trial that comes to no end. @param lasting whether its folder is to say so, so that it is not tried again */
  async break({ result }: Trial, round: number, message: string, lasting: boolean): Promise<void> {
    const line = message.split('\n')[0];
    if (lasting) await writeBroken(this.disk, result.folder, line);
    Object.assign(result, { state: 'broken', value: null, message: line });
    this.tell(round, result);
  }

  /** Those trained to their end, the best first. */
  ranked(): TrialResult[] {
    return ranking(
      this.results.filter(({ state, value }) => state === 'done' && value !== null),
      this.sweep.better,
    );
  }

  get results(): TrialResult[] {
    return this.trials.map(({ result }) => result);
  }

  /** By the figures at the end of the first round: later ones are of trials that were good already. */
  importance() {
    return importances(
      this.sweep.parameters,
      this.trials.map(({ values, result }) => ({ values, value: result.rounds[0] ?? null })),
    );
  }
}

/** The values of trials, from `first` on. @param tried all trials of earlier rounds */
export function pointsOf(
  { record, parameters, better }: Sweep,
  first: number,
  count: number,
  tried: readonly Trial[],
): (readonly unknown[])[] {
  const { search } = record;
  const sign = better === 'higher' ? -1 : 1;
  const known = tried.map(
    ({ values, result }): Tried => ({
      values,
      cost: result.value === null ? Number.POSITIVE_INFINITY : sign * result.value,
    }),
  );
  return Array.from({ length: count }, (_, k) =>
    searches[search.name].point(search, parameters, first + k, known),
  );
}
