/** Curves in a terminal: dots of braille where characters beyond ASCII are shown, otherwise a letter a point. */
import { axisLabels, type Range, scaleOf } from './axis.js';
import type { Style } from './terminal.js';

export interface Curve {
  readonly name: string;
  readonly style: Style;
  /** By x; what is not finite is a gap. What else a point has is its owner's. */
  readonly points: readonly (readonly [x: number, y: number | null, ...others: number[]])[];
}

/** How curves are drawn, and where. */
export interface PlotOptions {
  /** Characters in all, and lines in all: a legend, the curves, the axis, its numbers. */
  readonly width: number;
  readonly height: number;
  readonly unicode: boolean;
  readonly colours: boolean;
  /** What is above the curves, and below them. */
  readonly y: string;
  readonly x: string;
  paint(style: Style | undefined, text: string): string;
}

/** Less than this shows no curve. */
const LEAST_WIDTH = 24;
const LEAST_HEIGHT = 6;
/** Of curves that are told apart by letters: one after another. */
const MARKS = '*o+x#@%&';
/** Bits of the dots of a character of braille, row by row: U+2800 is the one without a dot. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/** The picture, character by character: which dots are set, and which curves go through it. */
interface Cells {
  readonly bits: Uint8Array;
  readonly curves: readonly (number[] | undefined)[];
}

/**
 * Lines of at most `width` characters. None where there is no room, or nothing to draw yet.
 *
 * The scale of y is logarithmic where all values are above 0 and the largest is 30 times the least or more: losses fall
 * so, and what they do in the end would be a flat line.
 */
export function plotted(curves: readonly Curve[], options: PlotOptions): string[] {
  const { width, height, unicode, colours, paint } = options;
  const drawn = curves.filter(({ points }) => points.some(isDrawn));
  if (width < LEAST_WIDTH || height < LEAST_HEIGHT || drawn.length === 0) return [];
  const all = drawn.flatMap(({ points }) => points.filter(isDrawn)) as [number, number][];
  const y = scaleOf(extent(all.map(([, value]) => value)));
  const x: Range = extent(all.map(([value]) => value));
  // Colours or a single curve leave nothing to be mistaken.
  const asDots = unicode && (colours || drawn.length === 1);
  const above = legend(drawn, asDots, y.isLog, options);
  const rows = height - 2 - above.length;
  const labels = axisLabels(y, rows);
  const margin = Math.max(...labels.map((label) => label.length)) + 1;
  const columns = width - margin - 1;
  if (columns < 8) return [];
  const fine = asDots ? { x: 2, y: 4 } : { x: 1, y: 1 };
  const through: (number[] | undefined)[] = Array.from({ length: rows * columns });
  const cells: Cells = { bits: new Uint8Array(rows * columns), curves: through };
  const at = (value: number, { from, to }: Range, places: number) =>
    to > from ? Math.round(((value - from) / (to - from)) * (places - 1)) : Math.floor(places / 2);
  for (const [k, { points }] of drawn.entries()) {
    let before: readonly [number, number] | undefined;
    for (const point of points) {
      if (!isDrawn(point)) {
        before = undefined;
        continue;
      }
      const place = [
        at(point[0], x, columns * fine.x),
        rows * fine.y - 1 - at(y.of(point[1]), { from: y.of(y.from), to: y.of(y.to) }, rows * fine.y),
      ] as const;
      line(before ?? place, place, (dotX, dotY) => {
        const cell = Math.floor(dotY / fine.y) * columns + Math.floor(dotX / fine.x);
        cells.bits[cell] |= DOTS[dotY % fine.y][dotX % fine.x];
        through[cell] ??= [];
        if (through[cell].at(-1) !== k) through[cell].push(k);
      });
      before = place;
    }
  }
  const [edge, corner, dash] = unicode ? ['┤', '└', '─'] : ['|', '+', '-'];
  const bare = unicode ? '│' : '|';
  const lines = above;
  for (let row = 0; row < rows; row++) {
    const label = labels[row] ?? '';
    let text = `${paint('dim', `${label.padStart(margin - 1)} ${label === '' ? bare : edge}`)}`;
    for (let from = 0; from < columns; ) {
      const owner = ownerOf(cells, row * columns, from);
      let to = from;
      let piece = '';
      for (; to < columns && ownerOf(cells, row * columns, to) === owner; to++) {
        const bits = cells.bits[row * columns + to];
        piece += owner < 0 ? ' ' : asDots ? String.fromCharCode(0x2800 + bits) : MARKS[owner % MARKS.length];
      }
      text += owner < 0 ? piece : paint(drawn[owner].style, piece);
      from = to;
    }
    lines.push(text.trimEnd());
  }
  lines.push(paint('dim', `${' '.repeat(margin)}${corner}${dash.repeat(columns)}`));
  lines.push(paint('dim', `${' '.repeat(margin + 1)}${numbersBelow(x, columns, options.x)}`));
  return lines;
}

/** Whose colour or letter a character has: where several curves lie on each other, each has its turn. −1: nobody's. */
function ownerOf({ curves }: Cells, row: number, column: number): number {
  const here = curves[row + column];
  return here === undefined ? -1 : here[column % here.length];
}

/** What is drawn where: over several lines where one has no room, as many curves as leave some for the drawing. */
function legend(
  drawn: readonly Curve[],
  asDots: boolean,
  isLog: boolean,
  { width, height, y, unicode, paint }: PlotOptions,
): string[] {
  const title = `${y}${isLog ? ', log scale' : ''}`.slice(0, width);
  const most = Math.max(1, Math.floor(height / 3));
  const lines = [paint('dim', title)];
  let length = title.length;
  for (const [k, { name, style }] of drawn.entries()) {
    const entry = `${asDots ? '━' : MARKS[k % MARKS.length]} ${name}`;
    if (length + 3 + entry.length <= width) {
      lines.push(`${lines.pop()}   ${paint(style, entry)}`);
      length += 3 + entry.length;
    } else if (lines.length < most && entry.length <= width) {
      lines.push(paint(style, entry));
      length = entry.length;
    } else {
      const more = unicode ? '…' : '...';
      if (length + 3 + more.length <= width) lines.push(`${lines.pop()}   ${more}`);
      return lines;
    }
  }
  return lines;
}

/** The least x at the left, the largest at the right, and between them what it is. */
function numbersBelow({ from, to }: Range, columns: number, what: string): string {
  const [left, right] = [numberText(from), numberText(to)];
  if (from === to) return `${what} ${left}`.slice(0, columns);
  const room = columns - left.length - right.length;
  if (room < 1) return left.slice(0, columns);
  const middle = what.length + 2 <= room ? what : '';
  const before = Math.floor((room - middle.length) / 2);
  return left + ' '.repeat(before) + middle + ' '.repeat(room - middle.length - before) + right;
}

const numberText = (value: number) => String(Number.isInteger(value) ? value : Number(value.toPrecision(3)));

function isDrawn(point: Curve['points'][number]): point is readonly [number, number] {
  return Number.isFinite(point[0]) && point[1] !== null && Number.isFinite(point[1]);
}

/** Without spreading: there may be a million values. */
function extent(values: readonly number[]): Range {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < from) from = value;
    if (value > to) to = value;
  }
  return { from, to };
}

/** All places on the way from one to another (Bresenham 1965). */
function line(
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
  set: (x: number, y: number) => void,
): void {
  const dx = Math.abs(x1 - x0);
  const dy = -Math.abs(y1 - y0);
  let [x, y] = [x0, y0];
  for (let error = dx + dy; ; ) {
    set(x, y);
    if (x === x1 && y === y1) return;
    const twice = 2 * error;
    if (twice >= dy) {
      error += dy;
      x += Math.sign(x1 - x0);
    }
    if (twice <= dx) {
      error += dx;
      y += Math.sign(y1 - y0);
    }
  }
}
