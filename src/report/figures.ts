/** Figures of validations and tests as people read them. */
import { shortened } from '../errors.js';
import { type Figures, isTable, metricOf, type Table } from '../model/metrics/index.js';
import { count, loss, percent, plural, wrap } from './format.js';

/** What a table's rows and columns are, in parentheses. */
export function axesOf(name: string): string {
  const { axes } = metricOf(name);
  return axes === undefined ? '' : ` (${axes})`;
}

/** A figure that is a number, in percent where it is a share; `-` where there is none. */
export function figure(name: string, value: Figures[string]): string {
  if (typeof value !== 'number') return '-';
  return name !== 'loss' && metricOf(name).share ? percent(value) : loss(value);
}

/** `loss 0.0876, accuracy 97.31 %`; tables are left out. @param scaled whether the loss alone is of scaled values */
export function figuresOf(meanLoss: number | null, metrics: Figures, scaled = false): string {
  const numbers = Object.entries(metrics).filter(([name]) => !isTable(name));
  const first = `loss ${figure('loss', meanLoss)}${scaled ? ' (scaled)' : ''}`;
  return [first, ...numbers.map(([name, value]) => `${name} ${figure(name, value)}`)].join(', ');
}

/** Targets that are named where there are more. */
const MOST_TARGETS = 4;

/** What figures are of where targets are scaled while learning. */
export function unitsOf(targets: readonly string[]): string {
  const some = targets.slice(0, MOST_TARGETS).map((name) => shortened(name, 28));
  const more = targets.length - some.length;
  const names = [...some, ...(more > 0 ? [plural(more, 'other')] : [])].join(', ');
  return `metrics in the units of ${names}; losses of scaled values`;
}

/** A table as its metric has it, in lines of at most `width` characters. */
export function linesOf(name: string, table: Table, width: number): string[] {
  const { columns } = metricOf(name);
  if (columns !== undefined) return namedColumns(table, columns, width);
  return tableLines(
    table.map((row) => row.map((entry) => entry ?? 0)),
    width,
  );
}

/** Numbers of rows as they are, shares to four places, `–` where there is none. */
function namedColumns(table: Table, columns: readonly string[], width: number): string[] {
  const last = String(table.length - 1).length;
  const shown = (value: number | null, column: string) =>
    value === null ? '–' : column === 'rows' ? count(value) : value.toFixed(4);
  const cells = table.map((row) => row.map((value, k) => shown(value, columns[k])));
  const widths = columns.map((head, k) => Math.max(head.length, ...cells.map((row) => row[k].length)));
  const line = (head: string, row: readonly string[]) =>
    [head.padStart(last), ...row.map((cell, k) => cell.padStart(widths[k]))].join('  ').slice(0, width);
  return [line('', columns), ...cells.map((row, k) => line(String(k), row))];
}

/** Confusions that are named where the whole table is too wide. */
const MOST_NAMED = 12;

/**
 * A table of counts in lines of at most `width` characters: as it is, its columns' numbers above and its rows' before
 * it; or, where that is too wide, its largest entries beside the diagonal.
 */
export function tableLines(table: readonly (readonly number[])[], width: number): string[] {
  const last = String(table.length - 1).length;
  const cell = Math.max(last, ...table.flat().map((entry) => String(entry).length));
  const line = (head: string, cells: readonly (number | string)[]) =>
    [head.padStart(last), ...cells.map((entry) => String(entry).padStart(cell))].join(' ');
  const lines = [
    line('', [...table.keys()]),
    ...table.map((entries, row) =>
      line(
        String(row),
        entries.map((entry) => (entry === 0 ? '.' : entry)),
      ),
    ),
  ];
  if (lines[0].length <= width) return lines;
  const wrong = table
    .flatMap((entries, row) => entries.map((entry, column) => ({ row, column, entry })))
    .filter(({ row, column, entry }) => row !== column && entry > 0)
    .sort((a, b) => b.entry - a.entry);
  const named = wrong
    .slice(0, MOST_NAMED)
    .map(({ row, column, entry }) => `${row} as ${column}: ${count(entry)}`);
  if (named.length === 0) return ['nothing beside the diagonal'];
  const more = wrong.length - named.length;
  return wrap([...named, ...(more > 0 ? [`and ${plural(more, 'other')}`] : [])].join(', '), width);
}
