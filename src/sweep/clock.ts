/** How far a sweep is, in epochs of all its trials, and how long it still takes. */
import type { TrainEvent } from '../events.js';
import { intervalOf } from '../interval.js';
import type { SweepProgress, TrialResult } from '../series.js';
import type { SweepRecord } from './spec.js';

interface Running {
  epoch: number;
  epochs: number;
  stepsPerEpoch: number;
  /** Epochs learned, as a fraction, when it was begun here, and now. */
  from: number;
  at: number;
}

export class SweepClock {
  readonly #running = new Map<number, Running>();
  readonly #begun: number;
  /** Epochs that were learned here, by trials that run no more. */
  #here = 0;

  constructor(
    private readonly record: SweepRecord,
    /** The base's; a trial may have its own. */
    private readonly epochs: number,
    private readonly seconds = () => performance.now() / 1000,
  ) {
    this.#begun = seconds();
  }

  /** An event of a trial's run. */
  told(trial: number, event: TrainEvent): void {
    if (event.event === 'start') {
      const { epochs, stepsPerEpoch } = event;
      this.#running.set(trial, { epoch: 1, epochs, stepsPerEpoch, from: 0, at: 0 });
      return;
    }
    const running = this.#running.get(trial);
    if (running === undefined) return;
    if (event.event === 'resume') running.from = running.at = event.step / running.stepsPerEpoch;
    else if (event.event === 'progress' || event.event === 'epoch') {
      running.epoch = event.epoch;
      running.at = event.step / running.stepsPerEpoch;
    } else if (event.event === 'done') running.at = event.steps / running.stepsPerEpoch;
  }

  /** A trial runs no more. */
  left(trial: number): void {
    const running = this.#running.get(trial);
    if (running === undefined) return;
    this.#here += running.at - running.from;
    this.#running.delete(trial);
  }

  progress(results: readonly TrialResult[], best: TrialResult | undefined): SweepProgress {
    const count = (state: TrialResult['state']) => results.filter((result) => result.state === state).length;
    const running = [...this.#running].sort(([a], [b]) => a - b);
    return {
      event: 'progress',
      done: count('done'),
      dropped: count('dropped'),
      broken: count('broken'),
      trials: this.record.search.trials,
      running: running.map(([trial, { epoch, epochs }]) => ({ trial, epoch, epochs })),
      best: best === undefined || best.value === null ? null : { trial: best.trial, value: best.value },
      secondsLeft: this.#secondsLeft(results),
    };
  }

  #secondsLeft(results: readonly TrialResult[]): number {
    const all = [...this.#running.values()];
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    const here = this.#here + sum(all.map(({ at, from }) => at - from));
    // What has come to its end before its last epoch has nothing left to learn.
    const done = results.map(({ state, epochs }) =>
      state === 'done' || state === 'broken' ? this.#usual : epochs,
    );
    const begun = [...this.#running].map(([trial, { at }]) =>
      Math.max(0, at - (results[trial - 1]?.epochs ?? 0)),
    );
    const left = Math.max(0, this.#planned() - sum(done) - sum(begun));
    return here > 0 ? (left * (this.seconds() - this.#begun)) / here : Number.NaN;
  }

  /** Of a trial, by those under way. */
  get #usual(): number {
    const all = [...this.#running.values()].map(({ epochs }) => epochs);
    return all.length === 0 ? this.epochs : all.reduce((sum, epochs) => sum + epochs, 0) / all.length;
  }

  /** Epochs of all trials, if none breaks or learns enough before. */
  #planned(): number {
    const { search, halving } = this.record;
    const epochs = this.#usual;
    if (halving === null) return search.trials * epochs;
    const perEpoch = [...this.#running.values()][0]?.stepsPerEpoch ?? 1;
    const every = intervalOf(halving.every, perEpoch).steps / perEpoch;
    let planned = 0;
    let alive = search.trials;
    let at = 0;
    while (alive > 1 && at + every < epochs) {
      planned += alive * every;
      at += every;
      alive = Math.max(1, Math.floor(alive * halving.keep * (1 + 1e-12)));
    }
    return planned + alive * (epochs - at);
  }
}
