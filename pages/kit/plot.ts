/** A drawing of lines and points between two axes: ROC, calibration, residuals, decision surface. */
import { extent, ticks } from './axis.js';
import { type Child, colourOf, element, figureOf, svg } from './dom.js';
import { figure } from './numbers.js';
import { numbers, type Table } from './tables.js';

export interface Axis {
  readonly label: string;
  /** From where to where; undefined: as the values need it. */
  readonly range?: readonly [number, number];
}

export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [number, number])[];
  /** Only there to compare with. */
  readonly faint?: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Which of the style's colours; default 0. */
  readonly colour?: number;
  /** What it is, shown where the pointer rests on it. */
  readonly label?: string;
}

export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines?: readonly Line[];
  readonly points?: readonly Point[];
  /** What the colours of points mean, by their numbers. */
  readonly colours?: readonly string[];
  /** Behind everything, as large as the field between the axes. */
  readonly behind?: HTMLCanvasElement;
  readonly numbers?: () => Table;
}

const size = { width: 360, height: 270, left: 50, right: 12, top: 8, bottom: 42 };
const dashes = [undefined, '6 3', '2 3', '8 3 2 3'];

/** Where in the drawing values lie. */
export interface Frame {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** The axes with their marks and names. */
  readonly axes: SVGGElement;
}

/** Of a drawing that is `size` large. */
export function frame(
  x: Axis & { range: readonly [number, number] },
  y: Axis & { range: readonly [number, number] },
): Frame {
  const { width, height, left, right, top, bottom } = size;
  const scale = ([from, to]: readonly [number, number], start: number, end: number) => {
    return (value: number) => start + ((value - from) / (to - from)) * (end - start);
  };
  const atX = scale(x.range, left, width - right);
  const atY = scale(y.range, height - bottom, top);
  const axes = svg(
    'g',
    { class: 'axes' },
    ...ticks(x.range).flatMap((value) => [
      svg('line', { x1: atX(value), x2: atX(value), y1: top, y2: height - bottom }),
      svg('text', { x: atX(value), y: height - bottom + 15, 'text-anchor': 'middle' }, figure(value)),
    ]),
    ...ticks(y.range).flatMap((value) => [
      svg('line', { x1: left, x2: width - right, y1: atY(value), y2: atY(value) }),
      svg('text', { x: left - 5, y: atY(value) + 4, 'text-anchor': 'end' }, figure(value)),
    ]),
    svg(
      'text',
      { x: (left + width - right) / 2, y: height - 6, 'text-anchor': 'middle', class: 'name' },
      x.label,
    ),
    svg(
      'text',
      {
        transform: `translate(11 ${(top + height - bottom) / 2}) rotate(-90)`,
        'text-anchor': 'middle',
        class: 'name',
      },
      y.label,
    ),
  );
  return { x: atX, y: atY, axes };
}

/** The drawing itself, which is as wide as its place. */
export function drawing(title: string, ...children: readonly Child[]): SVGSVGElement {
  const { width, height } = size;
  return svg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title, class: 'plot' },
    ...children,
  );
}

export function plot(options: Plot): HTMLElement {
  const { title, x, y, lines = [], points = [], colours = [], behind } = options;
  const along = [...lines.flatMap((line) => line.points.map(([value]) => value)), ...points.map((p) => p.x)];
  const up = [...lines.flatMap((line) => line.points.map(([, value]) => value)), ...points.map((p) => p.y)];
  const at = frame({ ...x, range: x.range ?? extent(along) }, { ...y, range: y.range ?? extent(up) });
  const field = behind && {
    x: size.left,
    y: size.top,
    width: size.width - size.left - size.right,
    height: size.height - size.top - size.bottom,
    preserveAspectRatio: 'none',
    href: behind.toDataURL(),
  };
  const drawn = lines.map(({ points, faint }, index) =>
    svg('polyline', {
      points: points.map(([px, py]) => `${round(at.x(px))},${round(at.y(py))}`).join(' '),
      class: faint ? 'line faint' : 'line',
      stroke: faint ? undefined : colourOf(index),
      'stroke-dasharray': faint ? '4 4' : dashes[Math.floor(index / 8) % 4],
    }),
  );
  const dots = points.map(({ x, y, colour = 0, label }) =>
    svg(
      'circle',
      {
        cx: round(at.x(x)),
        cy: round(at.y(y)),
        r: behind ? 4.5 : 3,
        fill: colourOf(colour),
        class: behind ? 'point over' : 'point',
      },
      label === undefined ? null : svg('title', {}, label),
    ),
  );
  const entries = [
    ...lines.map(({ label, faint }, index) => ({ label, index, kind: faint ? 'faint' : 'line' })),
    ...colours.map((label, index) => ({ label, index, kind: 'dot' })),
  ];
  return figureOf(
    title,
    drawing(title, at.axes, field && svg('image', field), ...drawn, ...dots),
    entries.length < 2 && colours.length === 0
      ? null
      : element(
          'ul',
          { class: 'legend' },
          ...entries.map(({ label, index, kind }) => {
            const swatch = element('span', { class: `swatch ${kind}` });
            if (kind !== 'faint') swatch.style.setProperty('--colour', colourOf(index));
            return element('li', {}, swatch, label);
          }),
        ),
    options.numbers && numbers(options.numbers),
  );
}

const round = (value: number): number => Math.round(value * 10) / 10;
