/** The table of a data set's columns: what each was taken for, and what becomes of it. */
import type { ColumnFacts } from '../data/source.js';
import { shortened } from '../errors.js';
import { count } from './format.js';
import type { Terminal } from './terminal.js';

/** More columns than this are counted. */
const MOST = 24;

/** Prints a line a column, cut to the terminal's width. */
export function showColumns(terminal: Terminal, columns: readonly ColumnFacts[], most = MOST): void {
  const head = ['column', 'type', 'role', 'missing', 'becomes'];
  const isTarget = ({ role }: ColumnFacts) => role === 'target';
  const first = columns.slice(0, most);
  const later = columns.slice(most).filter(isTarget);
  const shown = [...first, ...later.slice(0, most)];
  const rows = shown.map(({ name, type, role, missing, becomes }) => [
    shortened(name, 28),
    role === 'ignored' ? '' : type,
    role,
    missing === 0 ? '' : count(missing),
    becomes,
  ]);
  const widths = head.map((word, k) => Math.max(word.length, ...rows.map((row) => row[k].length)));
  const line = (cells: readonly string[]) =>
    shortened(
      cells
        .map((cell, k) => (k === 3 ? cell.padStart(widths[k]) : cell.padEnd(widths[k])))
        .join('  ')
        .trimEnd(),
      terminal.width,
    );
  terminal.line(terminal.paint('dim', line(head)));
  for (const row of rows) terminal.line(line(row));
  const left = columns.length - shown.length;
  if (left > 0) terminal.line(`and ${count(left)} more columns`);
}
