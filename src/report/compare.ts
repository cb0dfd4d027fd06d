/** What a person sees of a comparison of runs. Computes nothing. */
import { shortened } from '../errors.js';
import type { Comparison, GroupFigure, Significance } from '../history/compare.js';
import { figure } from './figures.js';
import { fitting, plural, wrap } from './format.js';
import { drawnIn } from './loss-plot.js';
import type { Curve } from './plot.js';
import { showFact } from './summary.js';
import type { Style, Terminal } from './terminal.js';

export type CompareEvent = { event: 'done'; html: string | null } & Comparison;

const STYLES: readonly Style[] = ['cyan', 'yellow', 'green', 'red', 'bold', 'dim'];
/** Lines of the plot, and curves that still can be told apart. */
const HEIGHT = 16;
const MOST_CURVES = 12;
const LONGEST_VALUE = 20;

/** A function to hand the result to. */
export function compareReport(terminal: Terminal): (event: CompareEvent) => void {
  return (comparison) => {
    showRuns(terminal, comparison);
    showKeys(terminal, comparison);
    showFigures(terminal, comparison);
    for (const each of comparison.significance) showTests(terminal, each);
    if (comparison.significance.length > 1) {
      terminal.line(
        terminal.paint('dim', `p is not corrected for ${comparison.significance.length} comparisons`),
      );
    }
    showCurves(terminal, comparison);
    if (comparison.html !== null) {
      terminal.line();
      showFact(terminal, 'page', comparison.html);
    }
  };
}

function showRuns(terminal: Terminal, { runs, groups, copies: all, notes }: Comparison): void {
  const width = Math.max(...groups.map(({ label }) => label.length));
  for (const [g, { label, runs: members }] of groups.entries()) {
    const copies = all.flatMap(({ run, of }) => (members.includes(of) ? [run] : []));
    for (const [k, member] of [...members, ...copies].entries()) {
      const { folder, state, seed } = runs[member];
      const mark = terminal.paint(STYLES[g % STYLES.length], (k === 0 ? label : '').padEnd(width));
      const facts = `${state}${seed === null ? '' : `, seed ${seed}`}`;
      const room = Math.max(10, terminal.width - width - facts.length - 4);
      terminal.line(`${mark}  ${shortened(folder, room)}  ${terminal.paint('dim', facts)}`);
    }
  }
  for (const note of notes) {
    for (const line of wrap(note, terminal.width)) terminal.line(terminal.paint('yellow', line));
  }
  terminal.line();
}

/** A table whose columns are groups, as many of them as there is room for. */
function showTable(
  terminal: Terminal,
  { groups }: Comparison,
  head: string,
  lines: readonly {
    readonly name: string;
    readonly cells: readonly string[];
    readonly best?: number | null;
  }[],
): void {
  const longest = Math.min(36, Math.max(head.length, ...lines.map(({ name }) => name.length)));
  const columns = groups.map(({ label }, g) => ({
    head: label,
    width: Math.max(label.length, ...lines.map(({ cells }) => cells[g].length)),
  }));
  const shown = fitting(columns, Math.max(8, terminal.width - longest - 2));
  const row = (name: string, cells: readonly string[], best?: number | null) =>
    [
      shortened(name, longest).padEnd(longest),
      ...shown.map(({ width }, g) => {
        const cell = cells[g].padStart(width);
        return best === g ? terminal.paint('green', cell) : cell;
      }),
    ]
      .join('  ')
      .trimEnd();
  terminal.line(
    terminal.paint(
      'dim',
      row(
        head,
        groups.map(({ label }) => label),
      ),
    ),
  );
  for (const { name, cells, best } of lines) terminal.line(row(name, cells, best));
  const hidden = groups.length - shown.length;
  if (hidden > 0) {
    const more = `and ${plural(hidden, 'more column')}: a wider terminal, --html or --json has them`;
    terminal.line(terminal.paint('dim', more));
  }
  terminal.line();
}

function showKeys(terminal: Terminal, comparison: Comparison): void {
  const { differing, groups } = comparison;
  if (differing.length === 0) {
    const alone = groups.length === 1 && groups[0].runs.length > 1;
    terminal.line(
      alone ? 'the configurations differ in their seeds alone' : 'the configurations are the same',
    );
    terminal.line();
    return;
  }
  const lines = differing.map(({ key, values }) => ({ name: key, cells: values.map(valueText) }));
  showTable(terminal, comparison, 'key', lines);
}

function valueText(value: unknown): string {
  if (value === undefined) return '–';
  return shortened(typeof value === 'string' ? value : JSON.stringify(value), LONGEST_VALUE);
}

function showFigures(terminal: Terminal, comparison: Comparison): void {
  const { figures, comparable, obstacles, groups } = comparison;
  const lines = figures.map(({ part, name, values, best }) => ({
    name: `${part} ${name}`,
    best,
    cells: values.map((value) => cellOf(name, value)),
  }));
  if (lines.length > 0) showTable(terminal, comparison, 'figure', lines);
  if (!comparable) {
    terminal.line(terminal.paint('yellow', 'the figures are not comparable:'));
    for (const obstacle of obstacles) {
      for (const [k, line] of wrap(obstacle, terminal.width - 2).entries()) {
        terminal.line(`${k === 0 ? '- ' : '  '}${line}`);
      }
    }
    terminal.line();
  } else if (groups.some(({ runs }) => runs.length > 1)) {
    terminal.line(terminal.paint('dim', 'mean ± standard deviation over the runs of a group'));
    terminal.line();
  }
}

function cellOf(name: string, value: GroupFigure['values'][number]): string {
  if (value === null) return '–';
  const { mean, deviation } = value;
  return deviation === null ? figure(name, mean) : `${figure(name, mean)} ± ${figure(name, deviation)}`;
}

function showTests(
  terminal: Terminal,
  { groups, part, figure: name, difference, seeds, tests }: Significance,
): void {
  const [a, b] = groups;
  const how =
    seeds.length > 0
      ? `in pairs over ${plural(seeds.length, 'seed')} in common`
      : 'not in pairs: fewer than two seeds are in common';
  const sign = difference >= 0 ? '+' : '−';
  const facts = `${part} ${name} of ${b} against ${a}: ${sign}${figure(name, Math.abs(difference))}, ${how}`;
  for (const line of wrap(facts, terminal.width)) terminal.line(line);
  for (const { test, statistic, degrees, p, reason, exact } of tests) {
    const kind = exact === undefined ? '' : exact ? ', exact' : ', normal approximation';
    const of = degrees === undefined ? '' : ` with ${Number(degrees.toFixed(2))} degrees of freedom`;
    const [letter] = test.startsWith('Wilcoxon') ? ['W'] : ['t'];
    const said =
      p === null
        ? `undefined: ${reason}`
        : `p = ${pText(p)} (two-sided${kind}; ${letter} = ${Number(Number(statistic).toPrecision(4))}${of})`;
    for (const [k, line] of wrap(`${test}: ${said}`, terminal.width - 2).entries()) {
      terminal.line(`${k === 0 ? '  ' : '    '}${line}`);
    }
  }
  terminal.line();
}

const pText = (p: number) => (p < 1e-4 ? p.toExponential(1) : p.toFixed(4));

/** The validation's loss where all have one, otherwise the training's; the curves of a group's runs look the same. */
function showCurves(terminal: Terminal, { runs, groups }: Comparison): void {
  const validated = runs.every(({ epochs }) => epochs.some(({ validLoss }) => validLoss !== null));
  const curves = groups.map(
    ({ label, runs: members }, g): Curve => ({
      name: label,
      style: STYLES[g % STYLES.length],
      // One after another, with a gap before each.
      points: members.flatMap((k) => [
        [0, null] as const,
        ...runs[k].epochs.map(
          ({ epoch, validLoss, trainLoss }) => [epoch, validated ? validLoss : trainLoss] as const,
        ),
      ]),
    }),
  );
  const y = `${validated ? 'validation' : 'train'} loss`;
  for (const line of drawnIn(terminal, curves.slice(0, MOST_CURVES), { height: HEIGHT, x: 'epoch', y })) {
    terminal.line(line);
  }
  if (curves.length > MOST_CURVES) {
    terminal.line(terminal.paint('dim', `the first ${MOST_CURVES} of ${plural(curves.length, 'curve')}`));
  }
}
