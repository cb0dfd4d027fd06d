/** What somebody wants to know first: what it was, whether it is over, and how good it became. */
import type { ReportData } from '../../src/page/report-data.js';
import { count, duration, element, figure, moment, percent } from '../kit.js';

const states = {
  running: 'under way',
  done: 'done',
  stopped: 'stopped before its end',
  killed: 'killed before its end',
} as const;

export function heading(data: ReportData): HTMLElement {
  const { start, done, state } = data;
  const begun = start?.at === undefined ? null : `begun ${moment(start.at)}`;
  const ended = done?.at === undefined ? null : `ended ${moment(done.at)}`;
  const until = state === 'running' ? `as of ${moment(data.written)}` : null;
  return element(
    'header',
    {},
    element('h1', {}, start?.name ?? data.name),
    element(
      'p',
      {},
      element(
        'span',
        { class: `badge ${state === 'done' ? 'good' : state === 'killed' ? 'bad' : ''}` },
        states[state],
      ),
      ' ',
      element(
        'span',
        { class: 'soft' },
        [data.folder, begun, ended, until].filter((each) => each !== null).join(' · '),
      ),
    ),
    start === undefined ? null : element('p', {}, described(start)),
    data.damage === undefined ? null : element('p', { class: 'notice bad' }, `${data.damage}.`),
    element('div', { class: 'tiles' }, ...tiles(data)),
    start?.scaledTargets === undefined
      ? null
      : element(
          'p',
          { class: 'soft' },
          `Losses are of scaled values; metrics are in the units of ${start.scaledTargets.join(', ')}.`,
        ),
  );
}

function described(start: NonNullable<ReportData['start']>): string {
  const { network, parameters, trainRows, validationRows, testRows, batchSize, seed } = start;
  return (
    `A network of ${network.map(count).join(' → ')} with ${count(parameters)} parameters, trained on ` +
    `${count(trainRows)} rows in minibatches of ${count(batchSize)}, with ${count(validationRows)} rows for ` +
    `validation and ${count(testRows)} for the test. Seed ${seed}.`
  );
}

function tiles(data: ReportData): HTMLElement[] {
  const { start, done, epochs, sofar } = data;
  const shown = (name: string, value: unknown) =>
    typeof value !== 'number' ? '–' : data.shares.includes(name) ? percent(value) : figure(value);
  const all: [string, string][] = [];
  if (done !== undefined) {
    const of = done.testLoss === null ? 'validation' : 'test';
    const [loss, metrics] =
      of === 'test' ? [done.testLoss, done.testMetrics] : [done.validLoss, done.validMetrics];
    for (const [name, value] of Object.entries(metrics ?? {}))
      if (!Array.isArray(value)) all.push([`${of} ${name}`, shown(name, value)]);
    if (loss !== null) all.push([`${of} loss`, figure(loss)]);
    if (done.bestValue !== null) {
      const when = epochAt(done.bestStep, start?.stepsPerEpoch);
      all.push([`best validation ${done.monitor}${when}`, shown(done.monitor, done.bestValue)]);
    }
    all.push(['epochs', count(done.epochs)], ['training time', duration(done.trainSeconds)]);
    all.push(['rows a second, mean', count(Math.round(done.examplesPerSecond))]);
    all.push(['threads', count(done.threads)]);
  } else {
    const last = epochs.epoch.length - 1;
    all.push(['epochs so far', count(epochs.epoch[last] ?? 0)]);
    if (sofar.step !== null && sofar.totalSteps !== null)
      all.push(['steps', `${count(sofar.step)} of ${count(sofar.totalSteps)}`]);
    if (sofar.best !== null) {
      const { figure: name, value } = sofar.best;
      all.push([`best validation ${name} so far`, shown(name, value)]);
    }
    if (last >= 0) {
      all.push(['training loss', figure(epochs.trainLoss[last])]);
      for (const [name, values] of Object.entries(epochs.metrics))
        all.push([`validation ${name}`, shown(name, values[last])]);
      const loss = epochs.validLoss[last];
      if (typeof loss === 'number') all.push(['validation loss', figure(loss)]);
    }
    if (start !== undefined) all.push(['threads', count(start.threads)]);
  }
  if (data.faultCount > 0) all.push(['faults survived', count(data.faultCount)]);
  return all.map(([name, value]) =>
    element('div', { class: 'tile' }, element('span', {}, name), element('strong', {}, value)),
  );
}

function epochAt(step: number, stepsPerEpoch: number | undefined): string {
  return stepsPerEpoch === undefined ? '' : `, epoch ${figure(step / stepsPerEpoch, 3)}`;
}
