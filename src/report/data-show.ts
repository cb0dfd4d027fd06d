/** What a person sees of data: columns, statistics, classes, parts, the first rows or images. Computes nothing. */

import { shortened } from '../errors.js';
import { dateText } from '../look/date-text.js';
import type { ColumnDescription, DataDescription } from '../look/describe.js';
import { showColumns } from './columns.js';
import { bar, count, percent } from './format.js';
import { drawn } from './image.js';
import { showFact } from './summary.js';
import type { Terminal } from './terminal.js';

export type DataShowEvent = { event: 'done' } & DataDescription;

/** More columns, or classes, are counted. */
const MOST_COLUMNS = 40;
const MOST_CLASSES = 30;
const MOST_NAME = 20;

export function dataShowReport(terminal: Terminal, quiet: boolean): (event: DataShowEvent) => void {
  return (data) => {
    terminal.line(terminal.paint('bold', shortened(data.name, terminal.width)));
    const { parts, dropped, columns } = data;
    const what =
      data.features === null ? `${count(columns.length)} columns` : `${count(data.features)} values a row`;
    showFact(
      terminal,
      'data',
      `${data.family}, ${count(data.rows)} rows, ${what}${dropped > 0 ? `; ${count(dropped)} rows left out for missing values` : ''}`,
    );
    if (parts) {
      const unused = parts.unused > 0 ? `, ${count(parts.unused)} unused` : '';
      showFact(
        terminal,
        'parts',
        `${count(parts.train)} training, ${count(parts.validation)} validation, ${count(parts.test)} test rows${unused}`,
      );
    }
    for (const note of data.notes) showFact(terminal, 'note', note);
    if (quiet) return;
    if (columns.length > 0) {
      terminal.line();
      showColumns(
        terminal,
        columns.map((column) => ({ ...column, inputs: 0 })),
        MOST_COLUMNS,
      );
      showStatistics(terminal, columns);
    }
    if (data.classes) showClasses(terminal, data.classes);
    if (data.images.length > 0) showImages(terminal, data.images);
    if (data.first.rows.length > 0) showRows(terminal, data.first, targetsIn(columns));
  };
}

const targetsIn = (columns: readonly ColumnDescription[]) =>
  columns.filter(({ role }) => role === 'target').map(({ name }) => name);

/** Lines of cells under heads, the first column to the left and the others to the right. */
function showTable(terminal: Terminal, heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heads.map((head, k) => Math.max(head.length, ...rows.map((cells) => cells[k].length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k])))
      .join('  ')
      .slice(0, terminal.width)
      .trimEnd();
  terminal.line(terminal.paint('dim', line(heads)));
  for (const cells of rows) terminal.line(line(cells));
}

function showStatistics(terminal: Terminal, columns: readonly ColumnDescription[]): void {
  const read = columns.slice(0, MOST_COLUMNS).filter(({ distinct }) => distinct !== null);
  const numbers = read.filter((column) => column.numbers !== null);
  if (numbers.length > 0) {
    terminal.line();
    showTable(
      terminal,
      ['numbers', 'distinct', 'min', 'max', 'mean', 'sd'],
      numbers.map(({ name, type, distinct, numbers }) => {
        const { min, max, mean, sd } = numbers as NonNullable<typeof numbers>;
        const shown =
          type === 'date'
            ? [min, max, mean].map((ms) => dateText(ms).slice(0, 10)).concat(`${number(sd / 86_400_000)} d`)
            : [min, max, mean, sd].map(number);
        return [shortened(name, MOST_NAME), count(distinct ?? 0), ...shown];
      }),
    );
  }
  const categories = read.filter(({ type }) => type === 'category');
  if (categories.length === 0) return;
  terminal.line();
  const rows = categories.map(({ name, distinct, frequent }) => [
    shortened(name, MOST_NAME),
    count(distinct ?? 0),
    frequent.map(({ value, rows }) => `${shortened(value, 24)} ${count(rows)}`).join(', ') +
      (frequent.length < (distinct ?? 0) ? ', …' : ''),
  ]);
  const width = Math.max(10, ...rows.map(([name]) => name.length));
  terminal.line(terminal.paint('dim', `${'categories'.padEnd(width)}  distinct  most frequent`));
  for (const [name, distinct, frequent] of rows) {
    terminal.line(shortened(`${name.padEnd(width)}  ${distinct.padStart(8)}  ${frequent}`, terminal.width));
  }
}

/** At most five significant digits, without needless zeros. */
function number(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value);
  const size = Math.abs(value);
  return size >= 1e7 || size < 1e-4 ? value.toExponential(3) : String(Number(value.toPrecision(5)));
}

function showClasses(terminal: Terminal, classes: readonly { name: string; rows: number }[]): void {
  const all = classes.reduce((sum, { rows }) => sum + rows, 0);
  const most = Math.max(...classes.map(({ rows }) => rows));
  const shown = classes.slice(0, MOST_CLASSES);
  const names = shown.map(({ name }) => shortened(name, 24));
  const width = Math.max(5, ...names.map((name) => name.length));
  const digits = Math.max(4, count(most).length);
  terminal.line();
  terminal.line(terminal.paint('dim', `${'class'.padEnd(width)}  ${'rows'.padStart(digits)}     share`));
  for (const [k, { rows }] of shown.entries()) {
    const { filled } = bar(rows / most, Math.max(0, Math.min(40, terminal.width - width - digits - 14)));
    terminal.line(
      `${names[k].padEnd(width)}  ${count(rows).padStart(digits)}  ${percent(rows / all).padStart(8)}  ${terminal.paint('cyan', filled)}`.trimEnd(),
    );
  }
  if (classes.length > shown.length)
    terminal.line(`and ${count(classes.length - shown.length)} more classes`);
}

/** As many beside each other as there is room for. */
function showImages(terminal: Terminal, images: DataDescription['images']): void {
  const gap = 2;
  const [{ width: own }] = images;
  const width = Math.min(own, terminal.width);
  const across = Math.max(1, Math.floor((terminal.width + gap) / (width + gap)));
  for (let from = 0; from < images.length; from += across) {
    const some = images.slice(from, from + across);
    const pictures = some.map((image) => drawn(image, width, terminal));
    terminal.line();
    const widthOf = Math.floor(own / Math.max(1, Math.ceil(own / width)));
    terminal.line(
      some
        .map(({ label }) => shortened(label, widthOf).padEnd(widthOf))
        .join(' '.repeat(gap))
        .trimEnd(),
    );
    for (let k = 0; k < pictures[0].length; k++) {
      const line = pictures.map((picture) => picture[k] ?? '').join(' '.repeat(gap));
      terminal.line(terminal.colours ? line : line.trimEnd());
    }
  }
}

/** As many columns as there is room for, what is to be predicted among them. */
function showRows(
  terminal: Terminal,
  { names, rows }: DataDescription['first'],
  targets: readonly string[],
): void {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '-' : shortened(cell, MOST_NAME))));
  const heads = names.map((name) => shortened(name, MOST_NAME));
  const widths = heads.map((head, k) => Math.max(head.length, ...cells.map((row) => row[k].length)) + 2);
  const shown = new Set<number>();
  let room = terminal.width + 2;
  const places = [...names.keys()];
  const isTarget = (k: number) => targets.includes(names[k]);
  for (const k of [...places.filter(isTarget), ...places.filter((k) => !isTarget(k))]) {
    if (widths[k] > room && shown.size > 0) break;
    shown.add(k);
    room -= widths[k];
  }
  const kept = places.filter((k) => shown.has(k));
  terminal.line();
  showTable(
    terminal,
    kept.map((k) => heads[k]),
    cells.map((row) => kept.map((k) => row[k])),
  );
  if (kept.length < names.length) terminal.line(`and ${count(names.length - kept.length)} more columns`);
}
