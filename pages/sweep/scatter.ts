/** Each parameter against the goal. */
import { svg } from '../kit/dom.js';
import { element, figure, figureOf, numbers } from '../kit.js';
import { shade, type View } from './data.js';
import { type Scale, textOf } from './scale.js';

const size = { width: 360, height: 250, left: 54, right: 14, top: 10, bottom: 40 };

export function scatterCharts(view: View): HTMLElement | null {
  if (view.seen.length === 0) return null;
  return element(
    'div',
    { class: 'grid' },
    ...view.scales.map(({ path, scale }) => scatter(view, path, scale)),
  );
}

function scatter(view: View, path: string, scale: Scale): HTMLElement {
  const { seen, goal, of, data } = view;
  const { width, height, left, right, top, bottom } = size;
  const x = (at: number) => Math.round(10 * (left + at * (width - left - right))) / 10;
  const y = (at: number) => Math.round(10 * (height - bottom - at * (height - top - bottom))) / 10;
  const best = data.result.best?.trial;
  const dots = seen.map(({ trial, figure: value, rank }) => {
    const isBest = trial.trial === best;
    const dot = svg(
      'circle',
      {
        cx: x(scale.at(trial.values[path]) ?? 0),
        cy: y(goal.at(value) ?? 0),
        r: isBest ? 5 : 3.5,
        class: 'point',
        'data-trial': trial.trial,
      },
      svg('title', {}, `trial ${trial.trial}: ${textOf(trial.values[path])}, ${figure(value)}`),
    );
    dot.style.fill = isBest ? 'var(--s1)' : shade(rank);
    return dot;
  });
  const title = `${path} and ${of}`;
  return figureOf(
    path,
    svg(
      'svg',
      { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title, class: 'plot' },
      svg(
        'g',
        { class: 'axes' },
        ...scale.marks.flatMap(({ at, text }) => [
          svg('line', { x1: x(at), x2: x(at), y1: top, y2: height - bottom }),
          svg('text', { x: x(at), y: height - bottom + 15, 'text-anchor': 'middle' }, text),
        ]),
        ...goal.marks.flatMap(({ at, text }) => [
          svg('line', { x1: left, x2: width - right, y1: y(at), y2: y(at) }),
          svg('text', { x: left - 5, y: y(at) + 4, 'text-anchor': 'end' }, text),
        ]),
        svg(
          'text',
          { x: (left + width - right) / 2, y: height - 5, 'text-anchor': 'middle', class: 'name' },
          path,
        ),
      ),
      ...dots,
    ),
    numbers(() => ({
      title,
      columns: ['trial', path, of],
      rows: seen.map(({ trial, figure: value }) => [trial.trial, textOf(trial.values[path]), value]),
    })),
  );
}
