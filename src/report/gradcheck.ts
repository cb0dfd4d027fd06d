/** What a person sees of a gradient check: a live line, a table of layers, a verdict. Decides nothing. */

import type { GradcheckProgress } from '../protocol.js';
import type { GradcheckResult, LayerCheck, Verdict } from '../results.js';
import { threshold } from '../results.js';
import { bar, count, duration, percent, plural, row, timeLeft, wrap } from './format.js';
import type { Style, Terminal } from './terminal.js';

/** What is told of a check. */
export type GradcheckEvent =
  | { event: 'start'; file: string; rows: number; threads: number }
  | GradcheckProgress
  | ({ event: 'done'; threshold: number } & GradcheckResult);

/** A function to hand the events to, in their order. With `quiet` it shows the result alone. */
export function gradcheckReport(terminal: Terminal, quiet: boolean): (event: GradcheckEvent) => void {
  let threads = 1;
  return (event) => {
    if (event.event === 'start') threads = event.threads;
    if (event.event === 'done') showResult(terminal, event, threads, quiet);
    else if (quiet) return;
    else if (event.event === 'start') showPlan(terminal, event.file, event.rows, threads);
    else showProgress(terminal, event);
  };
}

/** What is going to be checked. */
export function showPlan(terminal: Terminal, file: string, rows: number, threads: number): void {
  const name = file === '-' ? 'standard input' : file;
  const plan = `gradient check of ${name}: at most ${plural(rows, 'row')}, float64, ${plural(threads, 'thread')}`;
  for (const line of wrap(plan, terminal.width)) terminal.line(line);
  terminal.line();
}

/** Redraws the live line. */
export function showProgress(terminal: Terminal, progress: GradcheckProgress): void {
  const { done, total, secondsLeft } = progress;
  const fraction = done / total;
  const { filled, empty } = bar(fraction, 20);
  terminal.live(
    [
      { text: 'checking ', weight: 9 },
      { text: filled, weight: 0, style: 'cyan' },
      { text: empty, weight: 0, style: 'dim' },
      { text: ` ${percent(fraction, 0).padStart(5)}`, weight: 4 },
      { text: `  ${count(done).padStart(count(total).length)} of ${count(total)} parameters`, weight: 1 },
      { text: `  ${timeLeft(secondsLeft)} left`, weight: 2 },
    ],
    () => `checked ${count(done)} of ${count(total)} parameters, ${timeLeft(secondsLeft)} left`,
  );
}

/** How a verdict stands in the table. */
const words: Record<Verdict, string> = {
  right: 'ok',
  wrong: 'FAILED',
  'too small': 'too small',
  'not checked': 'not checked',
};
const colours: Record<Verdict, Style> = {
  right: 'green',
  wrong: 'red',
  'too small': 'yellow',
  'not checked': 'yellow',
};

/** The table of layers, the verdict, and why; with `quiet` the verdict alone. */
export function showResult(
  terminal: Terminal,
  result: GradcheckResult,
  threads: number,
  quiet: boolean,
): void {
  const { layers, seconds } = result;
  terminal.clear();
  if (!quiet) showTable(terminal, layers, threads);
  const parts = summary(layers);
  parts[parts.length - 1].text += ` (${duration(seconds)})`;
  const oneLine = parts.map(({ text }) => text).join('; ').length <= terminal.width;
  if (oneLine) terminal.line(parts.map(({ text, style }) => terminal.paint(style, text)).join('; '));
  else {
    for (const { text, style } of parts) {
      for (const line of wrap(text, terminal.width)) terminal.line(terminal.paint(style, line));
    }
  }
  if (quiet) return;
  const notes = [...reasons(layers), ...hints(layers)];
  for (const note of notes) for (const line of wrap(note, terminal.width)) terminal.line(line);
}

/** What is said of the layers, the worst first. */
function summary(layers: readonly LayerCheck[]): { text: string; style: Style }[] {
  if (layers.every(({ verdict }) => verdict === 'right')) {
    return [{ text: 'every layer is right', style: colours.right }];
  }
  const some = (verdict: Verdict, one: string, several: string) => {
    const names = layers.filter((layer) => layer.verdict === verdict).map(({ name }) => name);
    const text = `${names.join(', ')} ${names.length === 1 ? one : several}`;
    return names.length === 0 ? [] : [{ text, style: colours[verdict] }];
  };
  return [
    ...some('wrong', 'FAILED', 'FAILED'),
    ...some('too small', 'is too small to compare', 'are too small to compare'),
    ...some('not checked', 'was not checked', 'were not checked'),
    // beside a mistake nobody asks what is right
    ...(layers.some(({ verdict }) => verdict === 'wrong') ? [] : some('right', 'is right', 'are right')),
  ];
}

function showTable(terminal: Terminal, layers: readonly LayerCheck[], threads: number): void {
  const column = (head: string, cell: (layer: LayerCheck) => string) => {
    const cells = layers.map(cell);
    return { head, cells, width: Math.max(head.length, ...cells.map((each) => each.length)) };
  };
  const wide = [
    column('layer', (layer) => layer.name),
    column('parameters', checked),
    column('numeric vs backprop', (layer) => difference(layer.numericVsBackprop)),
    column(`1 vs ${plural(threads, 'thread')}`, (layer) => difference(layer.singleVsThreaded)),
    column('', ({ verdict }) => words[verdict]),
  ];
  const total = wide.reduce((sum, { width }) => sum + width + 2, -2);
  // where that is too wide: shorter heads, no parameters
  const columns =
    total <= terminal.width
      ? wide
      : [
          wide[0],
          column('numeric', (layer) => difference(layer.numericVsBackprop)),
          column('threads', (layer) => difference(layer.singleVsThreaded)),
          wide[4],
        ];
  terminal.line(terminal.paint('dim', row(columns).trimEnd()));
  for (const [i, { verdict }] of layers.entries()) {
    const cells = columns.map((each) => each.cells[i]);
    const last = columns[columns.length - 1].width;
    const painted = terminal.paint(colours[verdict], words[verdict].padStart(last));
    terminal.line(`${row(columns.slice(0, -1), cells)}  ${painted}`);
  }
  terminal.line();
}

function checked({ checked, parameters }: LayerCheck): string {
  return checked < parameters ? `${count(checked)} of ${count(parameters)}` : count(parameters);
}

function difference(value: number | null): string {
  if (value === null) return '-';
  return value === 0 || !Number.isFinite(value) ? String(value) : value.toExponential(1);
}

/** Why nothing is said of some layers, and which parameters were left out. */
function reasons(layers: readonly LayerCheck[]): string[] {
  const because = (verdict: Verdict) =>
    layers
      .filter((layer) => layer.verdict === verdict)
      .map((layer) => `${layer.name} ${words[verdict]}: ${layer.because}.`);
  const some = because('too small');
  if (some.length > 0) {
    some.push(
      `That is no accusation: right can be told from wrong where the error is below ${threshold.toExponential(0)}. ` +
        'Larger initial weights and fewer layers make gradients larger; a smaller loss (smaller targets, say) is ' +
        'rounded less.',
    );
  }
  some.push(...because('not checked'));
  const kinks = layers.reduce((sum, layer) => sum + layer.kinks, 0);
  if (kinks > 0) {
    some.push(
      `${plural(kinks, 'parameter')} left out: the step h = 1e-5 moves a unit across a kink of its activation, or the loss across one, there ` +
        '(ReLU: across 0), where the loss has no derivative.',
    );
  }
  return some;
}

/** What to make of a failure. */
function hints(layers: readonly LayerCheck[]): string[] {
  const failed = layers.filter(({ verdict }) => verdict === 'wrong');
  const some: string[] = [];
  if (failed.some((layer) => !((layer.numericVsBackprop ?? 0) <= threshold))) {
    some.push(
      `A layer passes at a relative difference of ${threshold.toExponential(0)}: here backpropagation and the loss ` +
        'disagree. --rows and --sample narrow it down; --engine reference tells a kernel from a formula.',
    );
  }
  if (failed.some((layer) => layer.singleVsThreaded !== 0)) {
    some.push('One thread and several must give the same bits: any difference is a bug of gradpool.');
  }
  return some;
}
