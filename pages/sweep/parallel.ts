/** Parallel coordinates (Inselberg 1985): an axis a parameter, and the goal's; a line a trial. */
import { svg } from '../kit/dom.js';
import { element, figure, figureOf, numbers } from '../kit.js';
import { shade, type View } from './data.js';
import { type Scale, textOf } from './scale.js';

const size = { width: 1100, height: 330, top: 42, bottom: 16, side: 70, between: 150 };

/** As a share of an axis: so far apart two marks can be read. */
const APART = 0.05;

export function parallelChart(view: View): HTMLElement | null {
  const { seen, scales, goal, data } = view;
  if (seen.length === 0) return null;
  const axes = [...scales.map(({ scale }) => scale), goal];
  const width = Math.max(size.width, 2 * size.side + (axes.length - 1) * size.between);
  const x = (index: number) => size.side + (index * (width - 2 * size.side)) / (axes.length - 1);
  const y = (at: number) => size.height - size.bottom - at * (size.height - size.top - size.bottom);
  const best = data.result.best?.trial;
  const lines = seen.map(({ trial, figure: value, rank }) => {
    const places = [...scales.map(({ path, scale }) => scale.at(trial.values[path])), goal.at(value)];
    const points = places.flatMap((at, index) =>
      at === undefined ? [] : [`${round(x(index))},${round(y(at))}`],
    );
    const line = svg(
      'polyline',
      {
        points: points.join(' '),
        class: trial.trial === best ? 'line best' : 'line',
        'data-trial': trial.trial,
      },
      svg('title', {}, `trial ${trial.trial}: ${view.of} ${figure(value)}`),
    );
    line.style.stroke = trial.trial === best ? 'var(--s1)' : shade(rank);
    return { line, rank, isBest: trial.trial === best };
  });
  // The winner lies above the others.
  const ordered = [...lines.filter(({ isBest }) => !isBest), ...lines.filter(({ isBest }) => isBest)];
  const drawn = svg(
    'svg',
    {
      viewBox: `0 0 ${width} ${size.height}`,
      role: 'img',
      'aria-label': `Parallel coordinates of ${seen.length} trials`,
      class: 'coordinates',
    },
    ...ordered.map(({ line }) => line),
    ...axes.flatMap(({ label, marks, ends }, index) => [
      svg('line', { x1: x(index), x2: x(index), y1: y(0), y2: y(1), class: 'axis' }),
      svg(
        'text',
        { x: x(index), y: 16 + (index % 2) * 13, 'text-anchor': 'middle', class: 'name' },
        shortName(label),
      ),
      ...marksOf(marks, ends).flatMap(({ at, text }) => [
        svg('line', { x1: x(index) - 3, x2: x(index) + 3, y1: y(at), y2: y(at), class: 'axis' }),
        svg('text', { x: x(index) + 6, y: y(at) + 4 }, text),
      ]),
    ]),
  );
  drawn.style.minWidth = `${Math.round((2 * size.side + axes.length * size.between) * 0.7)}px`;
  const slider = element('input', {
    type: 'range',
    min: 0,
    max: 100,
    value: 0,
    'aria-label': 'Show the best trials only',
  });
  const told = element('output', {}, 'all');
  slider.addEventListener('input', () => {
    const from = Number(slider.value) / 100;
    let shown = 0;
    for (const { line, rank, isBest } of lines) {
      const hidden = rank < from && !isBest;
      line.style.display = hidden ? 'none' : '';
      if (!hidden) shown++;
    }
    told.textContent = from === 0 ? 'all' : `${shown} of ${lines.length}`;
  });
  return figureOf(
    'Every trial as a line through its values',
    element('div', { class: 'tools' }, element('label', {}, 'best only', slider, told)),
    element(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Parallel coordinates' },
      drawn,
    ),
    element(
      'p',
      { class: 'soft' },
      `The better a trial by ${view.of}, the stronger its colour; the winner stands out.`,
    ),
    numbers(() => ({
      title: 'Trials from the best',
      columns: ['trial', ...scales.map(({ path }) => path), view.of],
      rows: [...seen]
        .reverse()
        .map(({ trial, figure: value }) => [
          trial.trial,
          ...scales.map(({ path }) => textOf(trial.values[path])),
          value,
        ]),
    })),
  );
}

/** The ends, and of the round numbers those that are not too near to one of them to be read. */
const marksOf = (marks: Scale['marks'], ends: Scale['ends']) => [
  ...ends,
  ...marks.filter(({ at }) => ends.every((end) => Math.abs(end.at - at) > APART)),
];

const round = (value: number): number => Math.round(value * 10) / 10;

const MOST = 26;

/** The end of a path says more than its beginning. */
export const shortName = (path: string): string =>
  path.length > MOST ? `…${path.slice(path.length - MOST + 1)}` : path;
