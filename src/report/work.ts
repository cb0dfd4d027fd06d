/** A live line for whoever waits: what is being done, how much of it, for how long. At a terminal alone. */
import { type Work, watchWork } from '../machine/work.js';
import { bar, count, duration, percent } from './format.js';
import type { Piece, Terminal } from './terminal.js';

/** Nobody has to be told of what is over within a second. */
const FROM_MS = 1000;
const REDRAWN_EVERY_MS = 250;

/**
 * Shows what the process and its threads are at, once it has lasted for a second.
 * @returns ends it; the line is gone then
 */
export function showWork(terminal: Terminal, now = () => performance.now()): () => void {
  if (!terminal.isLive) return () => {};
  let work: Work | undefined;
  let since = 0;
  let shown = false;
  let timer: NodeJS.Timeout | undefined;
  const draw = () => {
    if (work === undefined || now() - since < FROM_MS) return;
    shown = true;
    terminal.live(piecesOf(work, (now() - since) / 1000), () => '');
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    work = undefined;
    if (shown) terminal.clear();
    shown = false;
  };
  watchWork((told) => {
    if (told === undefined) {
      stop();
      return;
    }
    if (work === undefined) since = now();
    work = told;
    // It goes on although nothing more is told of it; nobody waits for the timer.
    timer ??= setInterval(draw, REDRAWN_EVERY_MS).unref();
    draw();
  });
  return () => {
    watchWork(undefined);
    stop();
  };
}

function piecesOf({ what, done, total, unit }: Work, seconds: number): Piece[] {
  const elapsed: Piece = { text: `  ${duration(seconds)}`, weight: 3 };
  const name: Piece = { text: what, weight: 9 };
  if (done === undefined) return [name, elapsed];
  const amount = amountOf(done, total, unit);
  if (total === undefined || total === 0) return [name, { text: amount, weight: 2 }, elapsed];
  const fraction = Math.min(1, done / total);
  const { filled, empty } = bar(fraction, 20);
  return [
    name,
    { text: ' ', weight: 0 },
    { text: filled, weight: 0, style: 'cyan' },
    { text: empty, weight: 0, style: 'dim' },
    { text: ` ${percent(fraction, 0).padStart(5)}`, weight: 4 },
    { text: amount, weight: 1 },
    elapsed,
  ];
}

function amountOf(done: number, total: number | undefined, unit: Work['unit']): string {
  if (unit === undefined) return '';
  const shown = unit === 'bytes' ? (value: number) => count(value / 1e6) : count;
  const whole = total === undefined ? '' : ` of ${shown(total)}`;
  return `  ${shown(done)}${whole} ${unit === 'bytes' ? 'MB' : unit}`;
}
