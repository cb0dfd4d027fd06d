/** Runs beside each other: in which keys they differ, their figures, and their curves laid over each other. */
import type { Comparison, Significance } from '../src/history/compare.js';
import { type Cell, curves, element, figure, moment, pageData, type Series, section, table } from './kit.js';

const data = pageData<Comparison>();
const { runs, groups, copies, notes, differing, figures, obstacles, comparable, significance } = data;
const labels = groups.map(({ label }) => label);
/** The group of each run, by its place. */
const groupOf = new Map(groups.flatMap(({ runs: members }, g) => members.map((run) => [run, g] as const)));
for (const { run, of } of copies) groupOf.set(run, groupOf.get(of) ?? 0);

const names = table({
  title: 'The runs',
  columns: ['group', 'run', 'state', 'begun', 'seed', 'best step', 'weights'],
  rows: runs.map(({ folder, state, at, seed, bestStep, bestHash }, k): Cell[] => [
    labels[groupOf.get(k) ?? 0],
    folder,
    state,
    at === null ? '–' : moment(at),
    seed,
    bestStep,
    element('code', {}, bestHash?.replace('sha256:', '').slice(0, 16) ?? '–'),
  ]),
});

const keys =
  differing.length === 0
    ? element('p', {}, 'The configurations are the same, but for the seeds of runs of one group.')
    : table({
        title: 'Keys in which the configurations differ',
        columns: ['key', ...labels],
        named: true,
        rows: differing.map(({ key, values }) => [
          key,
          ...values.map((value) =>
            value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value),
          ),
        ]),
      });

const results = table({
  title: 'Figures of the best weights',
  columns: ['figure', ...labels],
  named: true,
  rows: figures.map(({ part, name, values, best }) => [
    `${part} ${name}`,
    ...values.map((value, g): Cell => {
      if (value === null) return '–';
      const { mean, deviation, runs: n } = value;
      const text = deviation === null ? figure(mean) : `${figure(mean)} ± ${figure(deviation)} (${n} runs)`;
      return g === best ? element('strong', {}, `${text} ✓`) : text;
    }),
  ]),
});

const warning = comparable
  ? null
  : element(
      'div',
      { class: 'notice', role: 'note' },
      element('p', {}, 'These figures are not comparable:'),
      element('ul', {}, ...obstacles.map((each) => element('li', {}, each))),
    );

function tested({ groups: [a, b], part, figure: name, difference, seeds, tests }: Significance): HTMLElement {
  const how =
    seeds.length > 0
      ? `in pairs over the seeds ${seeds.join(', ')}`
      : 'not in pairs, as fewer than two seeds are in common';
  return element(
    'div',
    {},
    element('p', {}, `${part} ${name} of ${b} less that of ${a}: ${figure(difference)}, ${how}.`),
    table({
      title: `Tests of ${b} against ${a}`,
      columns: ['test', 'p (two-sided)', 'statistic', 'how'],
      named: true,
      rows: tests.map(({ test, p, statistic, degrees, exact, reason }) => [
        test,
        p,
        statistic,
        reason ??
          (exact === undefined
            ? `${figure(degrees)} degrees of freedom`
            : exact
              ? 'exact'
              : 'normal approximation'),
      ]),
    }),
  );
}

/** One chart a figure: a curve a run, in the colour of its group. */
function chart(title: string, figureIn: (epoch: Comparison['runs'][number]['epochs'][number]) => unknown) {
  const series = runs.map(({ name, epochs }, k): Series => {
    const g = groupOf.get(k) ?? 0;
    const y = epochs.map((epoch) => {
      const value = figureIn(epoch);
      return typeof value === 'number' ? value : null;
    });
    return { label: `${labels[g]}: ${name}`, x: epochs.map(({ epoch }) => epoch), y, colour: g };
  });
  const some = series.some(({ y }) => y.some((value) => value !== null));
  return some ? curves({ title, x: 'epoch', whole: true, series }).node : null;
}

const metrics = [...new Set(runs.flatMap(({ figures: { validation } }) => Object.keys(validation)))].filter(
  (name) => name !== 'loss',
);

const all = [
  element('h1', {}, `${runs.length} runs compared`),
  section(
    'Runs',
    names,
    notes.length === 0 ? null : element('ul', {}, ...notes.map((note) => element('li', {}, note))),
  ),
  section('What differs', keys),
  section('Figures', warning, figures.length > 0 ? results : null, ...significance.map(tested)),
  section(
    'Curves',
    element(
      'div',
      { class: 'grid wide' },
      chart('Validation loss', ({ validLoss }) => validLoss),
      chart('Train loss', ({ trainLoss }) => trainLoss),
      ...metrics.map((name) => chart(`Validation ${name}`, ({ validMetrics }) => validMetrics[name])),
      chart('Learning rate', ({ learningRate }) => learningRate),
    ),
  ),
];
document.getElementById('page')?.replaceChildren(...all.filter((each) => each !== null));
