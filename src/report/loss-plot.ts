/** The curves of a run's loss, as its events come. */
import { thinned } from '../page/thin.js';
import type { TrainEvent } from '../protocol.js';
import { type Curve, plotted } from './plot.js';
import type { Style, Terminal } from './terminal.js';

/** Lines of a plot, and what it leaves to the lines that stay, where it is redrawn. */
const HEIGHT = 14;
const LEFT_TO_LINES = 4;

/** A run may have a million epochs, and is redrawn ten times a second. */
const MOST_POINTS = 4000;

type Points = (readonly [epoch: number, loss: number, step: number])[];

export class LossPlot {
  #train: Points = [];
  #valid: Points = [];
  #stepsPerEpoch = 1;
  /** The mean of the epoch under way. */
  #now: readonly [number, number] | undefined;

  #runDir: string | null = null;

  /** @param before what a run has told by the time that it goes on, by its folder */
  constructor(
    private readonly terminal: Terminal,
    private readonly before: (runDir: string) => readonly TrainEvent[] = () => [],
  ) {}

  /** Takes an event of the run, and puts what it changes above the live line. */
  take(event: TrainEvent): void {
    if (event.event === 'start') {
      this.#stepsPerEpoch = event.stepsPerEpoch;
      this.#runDir = event.runDir;
    } else if (event.event === 'resume') {
      const told = this.#runDir === null ? [] : this.before(this.#runDir);
      for (const each of told) this.#add(each);
      // Later events of the same file are those that are told now.
      this.#add(event);
    } else if (event.event === 'epoch') {
      this.#now = undefined;
      this.#add(event);
    } else if (event.event === 'progress' && Number.isFinite(event.trainLoss)) {
      this.#now = [event.step / this.#stepsPerEpoch, event.trainLoss];
    } else return;
    const height = Math.min(HEIGHT, this.terminal.roomAbove - LEFT_TO_LINES);
    this.terminal.above(this.#lines(height, this.#now));
  }

  /** What the curves go through; what is done again after a checkpoint counts. */
  #add(event: TrainEvent): void {
    if (event.event === 'resume') {
      const isKept = ([, , step]: Points[number]) => step <= event.step;
      this.#train = this.#train.filter(isKept);
      this.#valid = this.#valid.filter(isKept);
    } else if (event.event === 'epoch') {
      const { epoch, step, trainLoss, validLoss } = event;
      this.#train = withPoint(this.#train, [epoch, trainLoss, step]);
      if (validLoss !== null) this.#valid = withPoint(this.#valid, [epoch, validLoss, step]);
    }
  }

  /** The curves as lines that stay. */
  print(): void {
    const lines = this.#lines(HEIGHT);
    if (lines.length === 0) return;
    this.terminal.line();
    for (const line of lines) this.terminal.line(line);
  }

  #lines(height: number, now?: readonly [number, number]): string[] {
    const curves: Curve[] = [
      { name: 'train', style: 'cyan', points: now ? [...this.#train, now] : this.#train },
      { name: 'validation', style: 'yellow', points: this.#valid },
    ];
    return drawnIn(this.terminal, curves, { height, y: 'loss', x: 'epoch' });
  }
}

/** Another point; where there are many, those that no terminal has room for go first: peaks stay. */
function withPoint(points: Points, point: Points[number]): Points {
  points.push(point);
  return points.length > MOST_POINTS ? [...thinned(points, ([, loss]) => loss, MOST_POINTS / 2)] : points;
}

/** Curves as wide as the terminal, in its characters and colours. */
export function drawnIn(
  terminal: Terminal,
  curves: readonly Curve[],
  { height, x, y }: { readonly height: number; readonly x: string; readonly y: string },
): string[] {
  const { unicode, colours } = terminal;
  return plotted(curves, {
    width: Math.min(120, terminal.width - 1),
    height,
    unicode,
    colours,
    x,
    y,
    paint: (style: Style | undefined, text: string) => terminal.paint(style, text),
  });
}
