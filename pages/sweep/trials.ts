/** What the sweep has come to: the winner, and the table of all trials. */
import type { TrialResult } from '../../src/series.js';
import type { SweepPageData } from '../../src/sweep/page.js';
import { duration, element, facts, figure, moment, percent, section, table } from '../kit.js';
import type { View } from './data.js';
import { isFollowed } from './follow.js';
import { textOf } from './scale.js';

export function heading({ data, metric }: View): HTMLElement {
  const { result, search, planned, open, halving } = data;
  const number = (state: TrialResult['state']) =>
    result.trials.filter((trial) => trial.state === state).length;
  const tile = (label: string, value: string) =>
    element('div', { class: 'tile' }, element('span', {}, label), element('strong', {}, value));
  const followed = isFollowed(data);
  const state = result.stopped ? 'stopped' : !open ? 'finished' : followed ? 'running' : 'no news';
  return element(
    'header',
    {},
    element('h1', {}, result.name),
    element(
      'p',
      {},
      element('span', { class: 'badge' }, state),
      ` A ${search} search for the ${result.better === 'higher' ? 'highest' : 'lowest'} ${result.goal}`,
      halving ? `; every ${halving.every} the best ${percent(halving.keep)} of the trials go on.` : '.',
    ),
    open ? element('p', { class: 'soft' }, `Written ${moment(data.written)}. ${comingText(data)}`) : null,
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

function comingText(data: SweepPageData): string {
  if (data.result.stopped)
    return 'The command that began the sweep goes on with it; then load this page again.';
  return isFollowed(data)
    ? 'It is written anew as trials end, and loads itself again every ten seconds while nobody works on it.'
    : 'Nothing has come since: if no process works on the sweep any more, the command that began it goes on.';
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
