/** What a person sees of an evaluation. Computes nothing. */

import { shortened } from '../errors.js';
import { isTable } from '../model/metrics/index.js';
import type { EvaluateResult } from '../results.js';
import { axesOf, figure, linesOf } from './figures.js';
import { count, duration, fitting, percent, plural, row } from './format.js';
import { showFact } from './summary.js';
import type { Terminal } from './terminal.js';

export type EvaluateEvent = { event: 'done' } & EvaluateResult;

/** Classes and columns that tables have a line for. */
const MOST_LINES = 40;

/** A function to hand the result to. */
export function evaluateReport(terminal: Terminal, quiet: boolean): (event: EvaluateEvent) => void {
  return (event) => {
    const { of, rows, loss, metrics, reasons, seconds, scaledTarget } = event;
    showFact(terminal, 'rows', `${count(rows)} (${of}), in ${duration(seconds)}`);
    showFact(terminal, 'loss', `${figure('loss', loss)}${scaledTarget ? ', of the scaled target' : ''}`);
    const numbers = Object.entries(metrics).filter(([name]) => !isTable(name));
    const width = Math.max(8, ...numbers.map(([name]) => name.length));
    for (const [name, value] of numbers) {
      const why = reasons[name] === undefined ? '' : ` (${reasons[name]})`;
      terminal.line(`${terminal.paint('dim', name.padEnd(width))} ${figure(name, value)}${why}`);
    }
    if (quiet) return;
    showConfusion(terminal, event);
    showClasses(terminal, event);
    showImportance(terminal, event);
  };
}

function showConfusion(terminal: Terminal, { metrics, classes }: EvaluateEvent): void {
  for (const [name, table] of Object.entries(metrics)) {
    // The figures of classes have a table with their names.
    if (name === 'per-class' || !Array.isArray(table)) continue;
    terminal.line();
    terminal.line(terminal.paint('dim', `${name}${axesOf(name)}`));
    const counts = table.map((row) => row.map((entry) => entry ?? 0));
    const lines = classes && name === 'confusion' ? namedTable(counts, classes, terminal.width) : undefined;
    for (const line of lines ?? linesOf(name, table, terminal.width)) terminal.line(line);
  }
}

/** A table with its classes' names; undefined where it is too wide for them. */
function namedTable(
  table: readonly (readonly number[])[],
  classes: readonly string[],
  width: number,
): string[] | undefined {
  const names = classes.map((name) => shortened(name, 16));
  const first = Math.max(...names.map((name) => name.length));
  const columns = names.map((head, k) => ({
    head,
    width: Math.max(head.length, ...table.map((entries) => count(entries[k]).length)),
  }));
  const line = (name: string, cells?: string[]) => `${name.padEnd(first)}  ${row(columns, cells)}`;
  const lines = [
    line(''),
    ...table.map((entries, k) =>
      line(
        names[k],
        entries.map((entry) => (entry === 0 ? '.' : count(entry))),
      ),
    ),
  ];
  return lines[0].length <= width ? lines : undefined;
}

function showClasses(terminal: Terminal, { perClass }: EvaluateEvent): void {
  if (perClass === null) return;
  const name = Math.max(5, ...perClass.map((one) => shortened(one.name, 28).length));
  const columns = ['rows', 'precision', 'recall', 'F1'].map((head) => ({ head, width: 9 }));
  terminal.line();
  terminal.line(terminal.paint('dim', `${'class'.padEnd(name)}  ${row(columns)}`));
  for (const one of perClass.slice(0, MOST_LINES)) {
    const cells = [count(one.rows), percent(one.precision), percent(one.recall), percent(one.f1)];
    terminal.line(`${shortened(one.name, 28).padEnd(name)}  ${row(columns, cells)}`);
  }
  if (perClass.length > MOST_LINES)
    terminal.line(`and ${plural(perClass.length - MOST_LINES, 'more class')}es`);
}

function showImportance(terminal: Terminal, { importance }: EvaluateEvent): void {
  if (importance === null) return;
  const name = Math.max(6, ...importance.map(({ column }) => shortened(column, 28).length));
  const figures = ['loss', ...Object.keys(importance[0]?.metrics ?? {})];
  const all = figures.map((head) => ({ head, width: Math.max(9, head.length) }));
  const columns = fitting(all, terminal.width - name - 2);
  const left = all.length - columns.length;
  terminal.line();
  terminal.line(terminal.paint('dim', 'what shuffling a column among the rows does to the figures'));
  terminal.line(terminal.paint('dim', `${'column'.padEnd(name)}  ${row(columns)}`));
  for (const { column, loss, metrics } of importance.slice(0, MOST_LINES)) {
    const cells = columns.map(({ head }) => signed(head, head === 'loss' ? loss : metrics[head]));
    terminal.line(`${shortened(column, 28).padEnd(name)}  ${row(columns, cells)}`);
  }
  if (importance.length > MOST_LINES)
    terminal.line(`and ${plural(importance.length - MOST_LINES, 'more column')}`);
  if (left > 0) terminal.line(`and ${plural(left, 'more figure')}, with --json`);
}

function signed(name: string, change: number): string {
  return `${change >= 0 ? '+' : ''}${figure(name, change)}`;
}
