/** The curves of a run's loss, as its events come. */
import type { TrainEvent } from '../protocol.js';
import { type Curve, plotted } from './plot.js';
import type { Style, Terminal } from './terminal.js';

/** Lines of a plot, and what it leaves to the lines that stay, where it is redrawn. */
const HEIGHT = 14;
const LEFT_TO_LINES = 4;

export class LossPlot {
  #train: [number, number][] = [];
  #valid: [number, number][] = [];
  #stepsPerEpoch = 1;
  /** The mean of the epoch under way. */
  #now: readonly [number, number] | undefined;

  constructor(private readonly terminal: Terminal) {}

  /** Takes an event of the run, and puts what it changes above the live line. */
  take(event: TrainEvent): void {
    if (event.event === 'start') this.#stepsPerEpoch = event.stepsPerEpoch;
    else if (event.event === 'epoch') {
      const { epoch, trainLoss, validLoss } = event;
      this.#now = undefined;
      this.#train.push([epoch, trainLoss]);
      if (validLoss !== null) this.#valid.push([epoch, validLoss]);
    } else if (event.event === 'progress' && Number.isFinite(event.trainLoss)) {
      this.#now = [event.step / this.#stepsPerEpoch, event.trainLoss];
    } else return;
    const height = Math.min(HEIGHT, this.terminal.roomAbove - LEFT_TO_LINES);
    this.terminal.above(this.#lines(height, this.#now));
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
