/** A matrix of counts by two names, such as which class was taken for which. */
import { element, figureOf } from './dom.js';
import { count, percent } from './numbers.js';
import { raster } from './picture.js';
import { table } from './tables.js';

export interface Matrix {
  readonly title: string;
  readonly names: readonly string[];
  /** [row][column]. */
  readonly counts: readonly (readonly number[])[];
  /** What rows and columns are: `is`, `taken for`. */
  readonly row: string;
  readonly column: string;
}

const sizeOf = (names: number) => (names > 14 ? 'matrix small' : names > 8 ? 'matrix middle' : 'matrix');

/** More names than this are a picture: their cells could not be read. */
const MOST_CELLS = 30;
const MOST_LISTED = 20;

/** Each row's shares as the depth of a colour. With many names a picture, and the largest counts off the diagonal. */
export function matrix(options: Matrix): HTMLElement {
  const { title, names, counts, row, column } = options;
  const sums = counts.map((one) => one.reduce((sum, value) => sum + value, 0));
  const share = (r: number, c: number) => (counts[r]?.[c] ?? 0) / Math.max(1, sums[r] ?? 0);
  if (names.length > MOST_CELLS) return figureOf(title, pictured(options, share), confusions(options, share));
  const head = names.map((name) => element('th', { scope: 'col' }, element('span', {}, name)));
  const rows = names.map((name, r) => {
    const cells = (counts[r] ?? []).map((value, c) => {
      const part = share(r, c);
      const cell = element('td', { title: `${row} ${name}, ${column} ${names[c]}: ${count(value)}` });
      cell.append(value === 0 ? element('span', { class: 'none' }, '0') : count(value));
      cell.style.setProperty('--share', String(part));
      return cell;
    });
    return element('tr', {}, element('th', { scope: 'row' }, name), ...cells);
  });
  const corner = element('td', { class: 'corner' }, `${row} ↓ ${column} →`);
  return figureOf(
    title,
    element(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': title },
      element(
        'table',
        { class: sizeOf(names.length) },
        element('thead', {}, element('tr', {}, corner, ...head)),
        element('tbody', {}, ...rows),
      ),
    ),
    names.length > 4 ? confusions(options, share) : null,
  );
}

function pictured({ title, names }: Matrix, share: (r: number, c: number) => number): HTMLCanvasElement {
  const side = names.length;
  const canvas = raster(side, side, `${title}: the darker the larger the share of its row`, (index) => {
    const depth = 1 - share(Math.floor(index / side), index % side) ** 0.5;
    return [33 + 222 * depth, 102 + 153 * depth, 172 + 83 * depth];
  });
  canvas.classList.add('wide');
  return canvas;
}

/** What is taken for something else most often. */
function confusions({ names, counts, row, column }: Matrix, share: (r: number, c: number) => number) {
  const all = counts.flatMap((one, r) =>
    one.flatMap((value, c) => (r === c || value === 0 ? [] : [{ r, c, value }])),
  );
  all.sort((a, b) => b.value - a.value);
  const shown = all.slice(0, MOST_LISTED);
  return element(
    'details',
    { class: 'numbers' },
    element('summary', {}, `Most frequent mistakes (${shown.length} of ${all.length} kinds)`),
    table({
      title: 'Most frequent mistakes',
      columns: [row, column, 'rows', 'of its class'],
      rows: shown.map(({ r, c, value }) => [names[r], names[c], value, percent(share(r, c))]),
    }),
  );
}
