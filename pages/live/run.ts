/** What the events of a run come to so far. */
import type { Done, Epoch, Insights, Other, Progress, Sample, Start, Told } from './types.js';

export class Run {
  start: Start | undefined;
  done: Done | undefined;
  insights: Insights | undefined;
  sample: Sample | undefined;
  epochs: Epoch[] = [];
  progress: Progress[] = [];
  others: Other[] = [];
  /** Lines of its events that are damaged: they were passed over. */
  damaged = 0;
  /** Newer than what is written; drawn until it is. */
  now: Progress | undefined;

  take(told: Told): void {
    switch (told.event) {
      case 'start':
        this.start = told;
        this.done = undefined;
        this.insights = undefined;
        break;
      case 'resume': {
        // What was done after the checkpoint is done again.
        const before = ({ step }: { step: number }) => step <= told.step;
        this.epochs = this.epochs.filter(before);
        this.progress = this.progress.filter(before);
        this.now = undefined;
        this.others.push(told);
        break;
      }
      case 'progress':
        this.progress.push(told);
        break;
      case 'epoch':
        this.epochs.push(told);
        break;
      case 'sample':
        this.sample = pictured(told, this.sample);
        break;
      case 'insights':
        this.insights = told;
        break;
      case 'done':
        this.done = told;
        this.now = undefined;
        break;
      case 'checkpoint':
      case 'fault':
        this.others.push(told);
    }
  }

  /** The last step that anything is known of. */
  get step(): number {
    const { now, progress, epochs } = this;
    return Math.max(now?.step ?? 0, progress.at(-1)?.step ?? 0, epochs.at(-1)?.step ?? 0);
  }

  /** The newest figures between epochs; undefined where an epoch is newer. */
  get current(): Progress | undefined {
    const { now, progress } = this;
    const last = progress.at(-1);
    return now !== undefined && now.step >= (last?.step ?? 0) ? now : last;
  }

  /** With what is not written yet. */
  get means(): readonly Progress[] {
    const { now, progress } = this;
    const isNewer = now !== undefined && now.trainLoss !== null && now.step > (progress.at(-1)?.step ?? 0);
    return isNewer ? [...progress, now] : progress;
  }
}

/** What a row is like is told once, its outputs every time. */
function pictured(sample: Sample, before: Sample | undefined): Sample {
  const known = new Map(before?.examples.map((one) => [one.row, one]));
  const examples = sample.examples.map((one) => ({ ...known.get(one.row), ...one }));
  return { ...sample, examples };
}
