/** What a person sees of a folder of runs. Computes nothing. */
import { shortened } from '../errors.js';
import type { RowState, RunRow } from '../history/runs.js';
import { figure } from './figures.js';
import { count, plural } from './format.js';
import type { Style, Terminal } from './terminal.js';

export type RunsEvent = { event: 'done'; folder: string; runs: readonly RunRow[] };

const styles: Readonly<Record<RowState, Style | undefined>> = {
  running: 'cyan',
  done: 'green',
  stopped: 'yellow',
  killed: 'red',
  broken: 'red',
};

/** A run's name may be as long as a file's. */
const LONGEST_NAME = 48;

/** Two blanks between columns, and a hash's first digits. */
const heads = ['name', 'begun', 'state', 'epochs', 'best (validation)', 'weights'] as const;
/** Columns in the order in which a narrow terminal does without them. */
const leftOut = ['epochs', 'weights', 'begun'] as const;

/** A function to hand the result to. */
export function runsReport(terminal: Terminal): (event: RunsEvent) => void {
  return ({ folder, runs }) => {
    if (runs.length === 0) {
      terminal.line(`${folder}: holds no runs`);
      return;
    }
    const longest = terminal.isPiped ? Number.POSITIVE_INFINITY : LONGEST_NAME;
    let rows = runs.map((run) => cellsOf(run, longTime, longest));
    const widthsOf = () =>
      heads.map((head, k) => rows.reduce((most, cells) => Math.max(most, cells[k].length), head.length));
    let widths = widthsOf();
    const left = new Set<string>();
    const width = () => heads.reduce((sum, head, k) => sum + (left.has(head) ? 0 : widths[k] + 2), -2);
    // Whoever reads from a pipe has room for all of it.
    const room = terminal.isPiped ? Number.POSITIVE_INFINITY : terminal.width;
    if (width() > room) {
      rows = runs.map((run) => cellsOf(run, shortTime, longest));
      widths = widthsOf();
    }
    for (const head of leftOut) if (width() > room) left.add(head);
    // What is then still too wide is the names.
    const over = Math.max(0, width() - room);
    widths[0] = Math.max(8, widths[0] - over);
    const line = (cells: readonly string[], style?: Style) =>
      heads
        .map((head, k) => {
          const text = k === 0 ? shortened(cells[k], widths[0]) : cells[k];
          const padded = head === 'epochs' ? text.padStart(widths[k]) : text.padEnd(widths[k]);
          return left.has(head) ? undefined : head === 'state' ? terminal.paint(style, padded) : padded;
        })
        .filter((cell) => cell !== undefined)
        .join('  ')
        .trimEnd();
    terminal.line(terminal.paint('dim', line(heads)));
    for (const [k, cells] of rows.entries()) terminal.line(line(cells, styles[runs[k].state]));
    for (const { name, problem } of runs) {
      if (problem !== undefined) terminal.line(terminal.paint('dim', `${name}: ${problem}`));
    }
    if (runs.length > 20) terminal.line(plural(runs.length, 'run'));
  };
}

function cellsOf(
  { name, at, state, epochs, of, best, hash }: RunRow,
  timeOf: (date: Date) => string,
  longest: number,
): string[] {
  return [
    shortened(name, longest),
    at === null || Number.isNaN(Date.parse(at)) ? '' : timeOf(new Date(at)),
    state,
    epochs === null ? '' : of === null || of === epochs ? count(epochs) : `${count(epochs)}/${count(of)}`,
    best === null
      ? ''
      : `${figure(best.figure, best.value)} ${best.figure}${best.split === 'test' ? ' (test)' : ''}`,
    hash === null ? '' : hash.replace('sha256:', '').slice(0, 8),
  ];
}

const two = (value: number) => String(value).padStart(2, '0');

/** `11-27 02:10`, in the reader's own time, which sorts as it is. */
const shortTime = (date: Date): string =>
  `${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;

/** `2026-11-27 02:10`. */
const longTime = (date: Date): string => `${date.getFullYear()}-${shortTime(date)}`;
