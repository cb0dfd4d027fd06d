/** Bars: how often values come, and of what a whole is made. */
import { colourOf, element, figureOf, svg } from './dom.js';
import { count, figure, percent } from './numbers.js';
import { drawing, frame } from './plot.js';
import { numbers } from './tables.js';

/** Counts in bins of the same width, as src/insights.ts has them. */
export interface Bins {
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
  readonly odd?: number;
}

/** How often values come. @param label what the values are @param colour which of the style's */
export function histogram(title: string, bins: Bins, label: string, colour = 0): HTMLElement {
  const { counts, odd = 0 } = bins;
  const [from, to] = bins.from < bins.to ? [bins.from, bins.to] : [bins.from - 0.5, bins.to + 0.5];
  const width = (to - from) / counts.length;
  const most = Math.max(1, ...counts);
  const at = frame({ label, range: [from, to] }, { label: 'count', range: [0, most] });
  const path = counts
    .map((value, index) => {
      const [left, right] = [at.x(from + index * width), at.x(from + (index + 1) * width)];
      return value === 0 ? '' : `M${left} ${at.y(0)}V${at.y(value)}H${right}V${at.y(0)}z`;
    })
    .join('');
  return figureOf(
    title,
    drawing(title, at.axes, svg('path', { d: path, fill: colourOf(colour), class: 'bars' })),
    odd > 0 ? element('p', { class: 'bad' }, `${count(odd)} are not finite`) : null,
    numbers(() => ({
      title,
      columns: ['from', 'to', 'count'],
      rows: counts.map((value, index) => [
        from + index * width,
        index === counts.length - 1 ? to : from + (index + 1) * width,
        value,
      ]),
    })),
  );
}

export interface Bar {
  readonly label: string;
  /** 0 to 1; all of them make 1. */
  readonly share: number;
}

/** What a whole is made of. */
export function shares(title: string, bars: readonly Bar[]): HTMLElement {
  const parts = bars.map(({ share }, index) => {
    const part = element('span', {});
    part.style.flexGrow = String(share);
    part.style.setProperty('--colour', colourOf(index));
    return part;
  });
  const entries = bars.map(({ label, share }, index) => {
    const swatch = element('span', { class: 'swatch box' });
    swatch.style.setProperty('--colour', colourOf(index));
    return element('li', {}, swatch, `${label} ${percent(share)}`);
  });
  return figureOf(
    title,
    element(
      'div',
      {
        class: 'shares',
        role: 'img',
        'aria-label': bars.map(({ label, share }) => `${label} ${figure(share * 100, 3)} %`).join(', '),
      },
      ...parts,
    ),
    element('ul', { class: 'legend' }, ...entries),
  );
}
