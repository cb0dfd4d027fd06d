/** One run as it goes on: figures, curves, where the threads' time goes, what the network makes of some rows. */
import {
  bytesOf,
  type CurvesChart,
  count,
  curves,
  duration,
  element,
  facts,
  figure,
  megabytes,
  moment,
  percent,
  picture,
  rowsText,
  type Series,
  shares,
  table,
} from '../kit.js';
import { set, words } from './list.js';
import type { Run } from './run.js';
import { throughput } from './throughput.js';
import type { Example, Progress, Row, Shares, State, Value } from './types.js';

const UNTOLD =
  "Where the threads' time goes, and what becomes of some rows, a run tells while it lasts only if it was begun with " +
  '--watch; at its end it tells it anyway.';
/** Of a long run nobody reads all. */
const MOST_LINES = 200;

export interface View {
  readonly node: HTMLElement;
  /** @param row as the list has it */
  update(run: Run, state: State | undefined, row?: Row): void;
}

export function view(): View {
  const bar = element('progress', { max: 1, value: 0, 'aria-label': 'Steps done' });
  const tiles = tilesOf(['epoch', 'training loss', 'validation loss', 'examples/s, mean', 'time left']);
  const charts = element('div', { class: 'grid' });
  const made = new Map<string, CurvesChart>();
  const untold = element('p', { class: 'soft', hidden: '' }, UNTOLD);
  const time = element('div', {}, untold);
  const rows = element('div', {});
  const about = element('section', { class: 'card', 'aria-label': 'About the run' });
  const log = element('ol', { class: 'log', 'aria-label': 'What happened' });
  let shownTime: Shares | undefined;
  let shownRows: unknown;
  let logged = -1;

  const chart = (title: string, series: readonly Series[]) => {
    const isThere = series.some(({ y }) => y.some((value) => value !== null));
    const known = made.get(title);
    if (known !== undefined) known.update(series);
    else if (isThere) {
      made.set(title, curves({ title, x: 'epoch', whole: true, series }));
      return true;
    }
    return false;
  };

  return {
    node: element(
      'div',
      { class: 'stack' },
      bar,
      tiles.node,
      charts,
      element('div', { class: 'grid wide' }, time, about),
      rows,
      element('section', {}, element('h2', {}, 'What happened'), log),
    ),
    update(run, state, row) {
      const { start, epochs, current, done } = run;
      const last = epochs.at(-1);
      const steps = start ? start.epochs * start.stepsPerEpoch : (current?.totalSteps ?? 0);
      bar.value = steps > 0 ? Math.min(1, (done?.steps ?? run.step) / steps) : 0;
      const isNewer = current !== undefined && current.step > (last?.step ?? 0);
      tiles.update({
        epoch: start
          ? `${done?.epochs ?? (isNewer ? current.epoch : (last?.epoch ?? 0))} of ${start.epochs}`
          : '–',
        'training loss': figure(isNewer ? current.trainLoss : last?.trainLoss),
        'validation loss': figure(last?.validLoss),
        'examples/s, mean': figure(
          done?.examplesPerSecond ?? current?.examplesPerSecond ?? last?.examplesPerSecond,
        ),
        'time left': state === 'running' && !done ? duration(current?.secondsLeft ?? null) : '–',
      });
      const all = Object.entries(seriesOf(run));
      const isNew = all.map(([title, series]) => chart(title, series)).includes(true);
      // Whichever came first: each has its place.
      if (isNew) charts.append(...all.flatMap(([title]) => made.get(title)?.node ?? []));
      const now = done?.time ?? run.sample?.time;
      if (now !== undefined && now !== shownTime) time.replaceChildren(sharesOf(now));
      untold.hidden = now !== undefined || state !== 'running' || start === undefined;
      shownTime = now;
      const examples = run.insights ?? run.sample;
      if (examples !== shownRows) rows.replaceChildren(...examplesOf(run));
      shownRows = examples;
      about.replaceChildren(factsOf(run, state, row));
      if (run.others.length !== logged) log.replaceChildren(...linesOf(run));
      logged = run.others.length;
    },
  };
}

function tilesOf(names: readonly string[]) {
  const values = new Map(names.map((name) => [name, element('strong', {}, '–')]));
  const tile = (name: string) =>
    element('div', { class: 'tile' }, element('span', {}, name), values.get(name));
  return {
    node: element('div', { class: 'tiles' }, ...names.map(tile)),
    update(texts: Readonly<Record<string, string>>) {
      for (const [name, text] of Object.entries(texts)) {
        const value = values.get(name);
        if (value !== undefined) set(value, text);
      }
    },
  };
}

/** By the charts' titles; over epochs, of which steps are parts. */
function seriesOf(run: Run): Readonly<Record<string, readonly Series[]>> {
  const { epochs, means } = run;
  const perEpoch = run.start?.stepsPerEpoch ?? 1;
  const at = ({ step }: { step: number }) => step / perEpoch;
  const x = epochs.map(at);
  const of = (label: string, y: readonly Value[]): Series => ({ label, x, y });
  const all = merged(means, epochs);
  const names = [...new Set(epochs.flatMap(({ validMetrics }) => Object.keys(validMetrics)))];
  const metrics = names.map((name) =>
    of(
      name,
      epochs.map(({ validMetrics }) => (typeof validMetrics[name] === 'number' ? validMetrics[name] : null)),
    ),
  );
  return {
    Loss: [
      { label: 'training', x: all.map(at), y: all.map(({ trainLoss }) => trainLoss) },
      of(
        'validation',
        epochs.map(({ validLoss }) => validLoss),
      ),
    ],
    ...(metrics.length > 0 && { 'Metrics of the validation rows': metrics }),
    'Learning rate': [
      of(
        'learning rate',
        epochs.map(({ learningRate }) => learningRate),
      ),
    ],
    Throughput: [throughput(run)],
  };
}

type Mean = Pick<Progress, 'step' | 'trainLoss'>;

/** Of two lists that ascend one that does; where both have a step, the second's. */
function merged(first: readonly Mean[], second: readonly Mean[]): Mean[] {
  const bySteps = new Map([...first, ...second].map((one) => [one.step, one]));
  return [...bySteps.values()].sort((a, b) => a.step - b.step);
}

const sharesOf = ({ compute, wait, update, other }: Shares) => {
  const rounded = (share: number) => Math.round(share * 10_000) / 10_000;
  return shares("Where the threads' time went", [
    { label: 'computing', share: rounded(compute) },
    { label: 'waiting', share: rounded(wait) },
    { label: 'averaging and update', share: rounded(update) },
    { label: 'other', share: rounded(other) },
  ]);
};

/** What the network makes of some rows: while it learns of the same ones every time, in the end of those it is worst at. */
function examplesOf({ insights, sample }: Run): Node[] {
  const examples = insights?.worst ?? sample?.examples ?? [];
  if (examples.length === 0) return [];
  const title = insights
    ? `The ${insights.part} rows that it is most wrong about`
    : `Some validation rows, after step ${count(sample?.step ?? 0)}`;
  const columns = [...new Set(examples.flatMap(({ cells }) => Object.keys(cells ?? {})))];
  const hasPictures = examples.some((one) => one.picture !== undefined);
  const shown = hasPictures && columns.length === 0 ? pictures(examples) : asTable(title, examples, columns);
  return [element('h2', {}, title), element('p', { class: 'soft' }, rowsText), shown];
}

const pictures = (examples: readonly Example[]) =>
  element(
    'div',
    { class: 'pictures' },
    ...examples.map((one) =>
      element(
        'figure',
        {},
        pictureOf(one),
        element(
          'figcaption',
          {},
          `${textOf(one.target)} → `,
          element('span', { class: isRight(one) ? 'good' : 'bad' }, one.predicted ?? textOf(one.output)),
          one.predicted === undefined ? null : ` ${certainty(one)}`,
        ),
      ),
    ),
  );

const asTable = (title: string, examples: readonly Example[], columns: readonly string[]) =>
  table({
    title,
    columns: ['row', ...columns, 'target', 'predicted', 'output'],
    rows: examples.map((one) => [
      count(one.row + 1),
      ...columns.map((name) => one.cells?.[name] ?? ''),
      textOf(one.target),
      element('span', { class: isRight(one) ? 'good' : 'bad' }, one.predicted ?? textOf(one.output)),
      one.predicted === undefined ? '' : certainty(one),
    ]),
  });

const pictureOf = ({ picture: seen, row }: Example) =>
  seen ? picture({ ...seen, bytes: bytesOf(seen.bytes) }, `Row ${row + 1}`) : '';
const textOf = (value: Example['target']) =>
  typeof value === 'string' ? value : value.map((one) => figure(one)).join(', ');
const isRight = ({ predicted, target }: Example) => predicted === undefined || predicted === target;
const certainty = ({ output }: Example) => percent(Math.max(...output.map((one) => one ?? 0)));

function factsOf({ start, done, damaged }: Run, state: State | undefined, row: Row | undefined): HTMLElement {
  const passedOver = damaged + (row?.isCut ? 1 : 0);
  const metrics = Object.entries(done?.testMetrics ?? {}).filter(([, value]) => typeof value === 'number');
  return facts({
    state: state && words[state],
    problem: state === 'broken' ? row?.problem : null,
    'damaged lines': passedOver > 0 ? `${count(passedOver)} of events.jsonl, passed over` : null,
    begun: start?.at && moment(start.at),
    ended: done?.at && moment(done.at),
    network: start && `${start.network.join('–')}, ${count(start.parameters)} parameters`,
    rows: start && `${count(start.trainRows)} / ${count(start.validationRows)} / ${count(start.testRows)}`,
    minibatch: start && count(start.batchSize),
    threads: start && `${start.threads}, engine ${start.engine}, ${start.precision}`,
    'time of training': done && duration(done.trainSeconds),
    best:
      done &&
      `${done.monitor ?? start?.monitor ?? 'figure'} ${figure(done.bestValue)} after step ${count(done.bestStep)}`,
    'test loss': done && done.testLoss !== null ? figure(done.testLoss) : null,
    ...Object.fromEntries(metrics.map(([name, value]) => [`test ${name}`, figure(value as number)])),
    'memory at most': done && megabytes(done.peakMemoryBytes),
    weights: done && element('span', { class: 'hash' }, done.weightsHash),
  });
}

/** The newest first. */
function linesOf({ others, start }: Run): Node[] {
  const lines = others.map((one) => {
    if (one.event === 'resume') return `went on from step ${count(one.step)}`;
    if (one.event === 'checkpoint')
      return `checkpoint of step ${count(one.step)}${one.best ? ', the best so far' : ''}`;
    const who = `worker ${one.worker ?? '?'} failed at step ${count(one.step)}`;
    return `${moment(one.at)}: ${who} and was survived: ${one.message}`;
  });
  return [...(start?.notes ?? []), ...lines.slice(-MOST_LINES)]
    .reverse()
    .map((line) => element('li', {}, line));
}
