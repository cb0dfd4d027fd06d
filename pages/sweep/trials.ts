/** What the sweep has come to: the winner, and the table of all trials. */
import type { TrialResult } from '../../src/series.js';
import { duration, element, facts, figure, section, table } from '../kit.js';
import type { View } from './data.js';
import { textOf } from './scale.js';

export function heading({ data, metric }: View): HTMLElement {
  const { result, search, planned, open, halving } = data;
  const number = (state: TrialResult['state']) =>
    result.trials.filter((trial) => trial.state === state).length;
  const tile = (label: string, value: string) =>
    element('div', { class: 'tile' }, element('span', {}, label), element('strong', {}, value));
  const state = result.stopped ? 'stopped' : open ? 'running' : 'finished';
  return element(
    'header',
    {},
    element('h1', {}, result.name),
    element(
      'p',
      {},
      element('span', { class: 'badge' }, state),
      ` A ${search} search for the ${result.better === 'higher' ? 'highest' : 'lowest'} ${result.goal}`,
      halving ? `; every ${halving.every} the best ${figure(halving.keep, 3)} of the trials go on.` : '.',
    ),
    open
      ? element('p', { class: 'soft' }, 'This page is written anew as trials end; load it again to see more.')
      : null,
    element(
      'div',
      { class: 'tiles' },
      tile(`best ${metric}`, figure(result.best?.value)),
      tile('trial', result.best ? String(result.best.trial) : '–'),
      tile('trained to the end', `${number('done')} of ${planned}`),
      ...(number('dropped') > 0 ? [tile('dropped', String(number('dropped')))] : []),
      ...(number('broken') > 0 ? [tile('broken', String(number('broken')))] : []),
    ),
  );
}

export function winnerSection({ data }: View): HTMLElement | null {
  const { best, bestFile, final, goal } = data.result;
  if (best === null) return null;
  const values = Object.entries(best.values).map(([path, value]) => [path, textOf(value)]);
  const tested = final && {
    'test loss': final.testLoss,
    ...Object.fromEntries(
      Object.entries(final.testMetrics).flatMap(([name, value]) =>
        typeof value === 'number' || value === null ? [[`test ${name}`, value]] : [],
      ),
    ),
    'same weights as the trial': final.same ? 'yes, to the last bit' : 'no',
  };
  return section(
    'The winner',
    element(
      'div',
      { class: 'card' },
      facts({ trial: String(best.trial), [goal]: figure(best.value), ...Object.fromEntries(values) }),
    ),
    tested
      ? element(
          'div',
          { class: 'card' },
          facts(
            Object.fromEntries(
              Object.entries(tested).map(([name, value]) => [
                name,
                typeof value === 'string' ? value : figure(value),
              ]),
            ),
          ),
        )
      : element(
          'p',
          { class: 'soft' },
          'The test rows have not been looked at: gradpool sweep … --final tests the winner on them, once.',
        ),
    bestFile === null ? null : element('pre', { tabindex: 0 }, `gradpool train ${bestFile}`),
  );
}

export function trialsSection({ data, scales, metric }: View): HTMLElement | null {
  const { trials, better } = data.result;
  const sign = better === 'higher' ? -1 : 1;
  const order = ['done', 'dropped', 'waiting', 'broken'];
  const sorted = [...trials].sort(
    (a, b) =>
      order.indexOf(a.state) - order.indexOf(b.state) ||
      sign * (Number(a.value) - Number(b.value)) ||
      a.trial - b.trial,
  );
  return section(
    'All trials',
    table({
      title: 'All trials, the best first',
      columns: [
        'trial',
        'state',
        `valid ${metric}`,
        ...scales.map(({ path }) => path),
        'epochs',
        'time',
        'why',
      ],
      rows: sorted.map(({ trial, state, value, values, epochs, trainSeconds, message }) => [
        trial,
        state,
        value,
        ...scales.map(({ path }) => (typeof values[path] === 'number' ? values[path] : textOf(values[path]))),
        epochs,
        duration(trainSeconds),
        message ?? '',
      ]),
    }),
  );
}
