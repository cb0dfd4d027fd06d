/** Curves that are read closely: a cursor by pointer or arrow keys, a logarithmic scale, smoothing, and all numbers. */
import uPlot from 'uplot';
import { element, figureOf } from './dom.js';
import { figure } from './numbers.js';
import { smooth } from './smooth.js';
import { numbers } from './tables.js';
import { colour, onColours } from './theme.js';

export interface Series {
  readonly label: string;
  /** Ascending. */
  readonly x: readonly number[];
  /** As many; null: none there. */
  readonly y: readonly (number | null)[];
  /** Which of the style's colours; default: its place among the series. */
  readonly colour?: number;
  /** Thin and pale, behind the others. */
  readonly faint?: boolean;
}

export interface Curves {
  readonly title: string;
  /** What the horizontal axis counts: `epoch`. */
  readonly x: string;
  readonly series: readonly Series[];
  /** Whether only whole numbers of it are marked. */
  readonly whole?: boolean;
  /** Whether it begins with a logarithmic scale. */
  readonly log?: boolean;
}

export interface CurvesChart {
  /** Also tells what is drawn, for tests: `node.shown()` is uPlot's data, x first. */
  readonly node: HTMLElement & { shown: () => uPlot.AlignedData };
  /** Other curves, or longer ones, in the place of those that were there. */
  update(series: readonly Series[]): void;
}

/** In the style's own size of letters, as the rest of the page. */
const HEIGHT_REM = 16;
const LETTERS_REM = 0.75;
const MOST_ROWS = 500;
/** Beside their colours lines differ in this, for those who do not tell colours apart. */
const dashes = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

let charts = 0;

export function curves(options: Curves): CurvesChart {
  const { title, x: xLabel } = options;
  let series = options.series;
  const hidden = new Set<string>();
  let chart: uPlot | undefined;
  let data: uPlot.AlignedData = [[]];
  let at: number | null = null;

  const id = `curves${charts++}`;
  const log = element('input', { type: 'checkbox', id: `${id}-log` });
  log.checked = options.log === true && isPositive(series);
  const keep = element('input', { type: 'range', id: `${id}-keep`, min: 0, max: 0.98, step: 0.02, value: 0 });
  const tools = element(
    'div',
    { class: 'tools' },
    element('label', { for: log.id }, log, 'log scale'),
    element('label', { for: keep.id }, 'smoothing', keep),
  );
  const host = element('div', {
    class: 'chart',
    tabindex: 0,
    role: 'slider',
    'aria-label': `${title}: cursor, moved by the arrow keys`,
    'aria-valuemin': 0,
  });
  const legend = element('div', { class: 'legend', role: 'group', 'aria-label': `Curves of ${title}` });
  const node = Object.assign(
    figureOf(
      title,
      tools,
      host,
      legend,
      numbers(() => asTable(title, xLabel, series)),
    ),
    { shown: () => data },
  );

  /** Which colour and dashes: the same while a series stays where it is. */
  const strokeOf = (index: number) => () => colour(`--s${(series[index]?.colour ?? index) % 8}`);
  const dashOf = (index: number) =>
    dashes[Math.floor((series[index]?.colour ?? index) / 8 + index) % 4] ?? [];

  const style = () => getComputedStyle(document.documentElement);
  const sized = (rem: number) => Math.round(rem * (Number.parseFloat(style().fontSize) || 16));
  const size = () => ({ width: Math.max(120, host.clientWidth), height: sized(HEIGHT_REM) });

  const build = () => {
    const smoothing = Number(keep.value);
    const scale = (y: readonly (number | null)[]) =>
      log.checked ? y.map((value) => (value !== null && value > 0 ? value : null)) : [...y];
    const drawn = series.flatMap((one, index) => {
      if (hidden.has(one.label)) return [];
      const raw = { index, y: scale(one.y), faint: one.faint === true || smoothing > 0 };
      return smoothing > 0 && one.faint !== true
        ? [raw, { index, y: scale(smooth(one.y, smoothing)), faint: false }]
        : [raw];
    });
    data = uPlot.join(
      drawn.length === 0
        ? [[[]]]
        : drawn.map(({ index, y }): uPlot.AlignedData => [[...(series[index]?.x ?? [])], y]),
    );
    chart?.destroy();
    const axis = { stroke: () => colour('--text'), grid: { stroke: () => colour('--grid'), width: 1 } };
    const letters = sized(LETTERS_REM);
    const font = `${letters}px ${style().fontFamily || 'sans-serif'}`;
    chart = new uPlot(
      {
        ...size(),
        legend: { show: false },
        cursor: { y: false, drag: { x: true, y: false } },
        scales: { x: { time: false }, y: log.checked ? { distr: 3 } : {} },
        series: [
          {},
          ...drawn.map(({ index, faint, y }) => ({
            stroke: strokeOf(index),
            alpha: faint ? 0.35 : 1,
            width: faint ? 1 : 2,
            dash: faint ? [] : dashOf(index),
            spanGaps: true,
            points: { show: y.length < 2, size: 6 },
          })),
        ],
        axes: [
          {
            ...axis,
            font,
            ticks: axis.grid,
            label: xLabel,
            ...(options.whole && isLong(series) && { incrs: wholeSteps }),
            labelFont: font,
            labelSize: letters * 1.5,
            size: letters * 2.8,
            values: (_, splits) => splits.map((value) => figure(value)),
          },
          {
            ...axis,
            font,
            ticks: axis.grid,
            values: (_, splits) => splits.map((value) => (value === null ? '' : figure(value))),
            size: (_, values) =>
              letters * 1.3 + letters * 0.6 * Math.max(2, ...(values ?? []).map((text) => text?.length ?? 0)),
          },
        ],
        hooks: { setCursor: [({ cursor }) => show(cursor.idx ?? null)] },
      },
      data,
      host,
    );
    host.setAttribute('aria-valuemax', String(Math.max(0, data[0].length - 1)));
    show(null);
  };

  /** What the cursor is at; at none the last values. */
  const show = (index: number | null) => {
    at = index;
    const xs = data[0];
    const x = index === null ? null : (xs[index] ?? null);
    const texts = series.map((one, place) => {
      const value = valueAt(one, x);
      const output = legend.children[place]?.lastElementChild;
      if (output) output.textContent = figure(value);
      return hidden.has(one.label) ? '' : `, ${one.label} ${figure(value)}`;
    });
    const place = x ?? xs.at(-1) ?? null;
    host.setAttribute('aria-valuenow', String(index ?? Math.max(0, xs.length - 1)));
    host.setAttribute('aria-valuetext', `${xLabel} ${figure(place)}${texts.join('')}`);
  };

  const buttons = () => {
    legend.replaceChildren(
      ...series.map((one, index) => {
        const swatch = element('span', {
          class: one.faint
            ? 'swatch line pale'
            : `swatch line dash${Math.floor((one.colour ?? index) / 8 + index) % 4}`,
        });
        swatch.style.setProperty('--colour', `var(--s${(one.colour ?? index) % 8})`);
        const button = element(
          'button',
          { type: 'button', 'aria-pressed': String(!hidden.has(one.label)) },
          swatch,
          `${one.label} `,
          element('span', { class: 'value' }),
        );
        button.addEventListener('click', () => {
          if (!hidden.delete(one.label)) hidden.add(one.label);
          button.setAttribute('aria-pressed', String(!hidden.has(one.label)));
          build();
        });
        return button;
      }),
    );
  };

  host.addEventListener('keydown', (event) => {
    const last = data[0].length - 1;
    const now = at ?? last;
    const step = event.shiftKey ? Math.max(1, Math.round(last / 10)) : 1;
    const to = {
      ArrowLeft: now - step,
      ArrowDown: now - step,
      ArrowRight: now + step,
      ArrowUp: now + step,
      PageDown: now - Math.max(1, Math.round(last / 10)),
      PageUp: now + Math.max(1, Math.round(last / 10)),
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined || chart === undefined || last < 0) return;
    event.preventDefault();
    const x = data[0][Math.min(last, Math.max(0, to))] ?? 0;
    chart.setCursor({ left: chart.valToPos(x, 'x'), top: chart.height / 3 });
  });
  log.addEventListener('change', build);
  keep.addEventListener('input', build);
  onColours(() => chart?.redraw(false));
  new ResizeObserver(() => {
    const { width, height } = size();
    if (chart === undefined || width === chart.width) return;
    // Letters are larger on a larger screen, and those of a chart are chosen as it is made.
    if (height === chart.height) chart.setSize({ width, height });
    else build();
  }).observe(host);

  const update = (next: readonly Series[]) => {
    series = next;
    log.disabled = !isPositive(next);
    if (log.disabled) log.checked = false;
    buttons();
    build();
  };
  update(series);
  return { node, update };
}

/** Distances of marks: 1, 2, 5, 10 and so on. */
const wholeSteps = Array.from({ length: 12 }, (_, power) =>
  [1, 2, 5].map((factor) => factor * 10 ** power),
).flat();

const isLong = (series: readonly Series[]): boolean =>
  series.some(({ x }) => (x.at(-1) ?? 0) - (x[0] ?? 0) >= 1);

const isPositive = (series: readonly Series[]): boolean =>
  series.some(({ y }) => y.some((value) => value !== null && value > 0));

/** Of the point nearest to x; of the last one where there is no x. */
function valueAt({ x, y }: Series, at: number | null): number | null {
  if (at === null) return y.findLast((value) => value !== null) ?? null;
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const before = x[low - 1];
  return (before !== undefined && at - before < (x[low] ?? 0) - at ? y[low - 1] : y[low]) ?? null;
}

/** All points of all series by their x, evenly thinned where there are very many. */
function asTable(title: string, xLabel: string, series: readonly Series[]) {
  const [xs, ...ys] = uPlot.join(series.map(({ x, y }): uPlot.AlignedData => [[...x], [...y]]));
  const each = Math.ceil(xs.length / MOST_ROWS);
  const rows = Array.from(xs, (x, index) => [x, ...ys.map((y) => y[index])]);
  return {
    title: each > 1 ? `${title}, one row of ${each}` : title,
    columns: [xLabel, ...series.map(({ label }) => label)],
    rows: rows.filter((_, index) => index % each === 0 || index === rows.length - 1),
  };
}
