/** How much each parameter matters. */
import { element, figure, section } from '../kit.js';
import type { View } from './data.js';

export function importanceSection({ data, of }: View): HTMLElement | null {
  const known = data.result.importance.filter(
    (one): one is { path: string; share: number } => one.share !== null,
  );
  if (known.length === 0) return null;
  known.sort((a, b) => b.share - a.share);
  return section(
    'What matters',
    element(
      'div',
      { class: 'card' },
      element(
        'table',
        { class: 'importance' },
        element(
          'thead',
          {},
          element(
            'tr',
            {},
            element('th', { scope: 'col' }, 'parameter'),
            element('th', { scope: 'col', colspan: 2 }, 'share of the variance'),
          ),
        ),
        element(
          'tbody',
          {},
          ...known.map(({ path, share }) => {
            const bar = element('span', { class: 'bar', 'aria-hidden': 'true' });
            bar.style.width = `${Math.round(share * 100)}%`;
            return element(
              'tr',
              {},
              element('th', { scope: 'row' }, path),
              element('td', { class: 'number' }, figure(share, 2)),
              element('td', { class: 'wide' }, bar),
            );
          }),
        ),
      ),
      element(
        'p',
        { class: 'soft' },
        `Trials are ranked by ${of}. Shown is how much of the ranks' variance groups of a parameter's values explain ` +
          '(ε², corrected for chance): the values of a list, or fifths of the trials by a range. What parameters do ' +
          'together is not seen.',
      ),
    ),
  );
}
