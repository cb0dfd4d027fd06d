/** What a person sees of a gradient check: a live line, a table of layers, a verdict. Decides nothing. */
import type { GradcheckResult } from '../api/gradcheck.js';
import { layerPasses, threshold } from '../api/gradcheck.js';
import type { GradcheckProgress, LayerCheck } from '../protocol.js';
import { bar, count, duration, percent, plural, row, timeLeft, wrap } from './format.js';
import type { Terminal } from './terminal.js';

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
  const plan = `gradient check of ${file}: at most ${plural(rows, 'row')}, float64, ${plural(threads, 'thread')}`;
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

/** The table of layers and the verdict; with `quiet` the verdict alone. */
export function showResult(
  terminal: Terminal,
  result: GradcheckResult,
  threads: number,
  quiet: boolean,
): void {
  terminal.clear();
  if (!quiet) showTable(terminal, result.layers, threads);
  const failed = result.layers.filter((layer) => !layerPasses(layer));
  const verdict = result.pass
    ? terminal.paint('green', 'every layer is right')
    : terminal.paint('red', `${failed.map((layer) => layer.name).join(', ')} FAILED`);
  terminal.line(`${verdict} (${duration(result.seconds)})`);
  if (quiet) return;
  const kinks = result.layers.reduce((sum, layer) => sum + layer.kinks, 0);
  if (kinks > 0) {
    const note =
      `${plural(kinks, 'parameter')} left out: the step h = 1e-5 moves a ReLU unit across 0 there, where the loss ` +
      'has no derivative.';
    for (const line of wrap(note, terminal.width)) terminal.line(line);
  }
  for (const hint of hints(failed)) for (const line of wrap(hint, terminal.width)) terminal.line(line);
}

function showTable(terminal: Terminal, layers: readonly LayerCheck[], threads: number): void {
  const column = (head: string, cell: (layer: LayerCheck) => string) => {
    const cells = layers.map(cell);
    return { head, cells, width: Math.max(head.length, ...cells.map((each) => each.length)) };
  };
  const verdict = (layer: LayerCheck) => (layerPasses(layer) ? 'ok' : 'FAILED');
  const wide = [
    column('layer', (layer) => layer.name),
    column('parameters', checked),
    column('numeric vs backprop', (layer) => difference(layer.numericVsBackprop)),
    column(`1 vs ${plural(threads, 'thread')}`, (layer) => difference(layer.singleVsThreaded)),
    column('', verdict),
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
  for (const [i, layer] of layers.entries()) {
    const cells = columns.map((each) => each.cells[i]);
    const last = columns[columns.length - 1].width;
    const style = layerPasses(layer) ? 'green' : 'red';
    const painted = terminal.paint(style, verdict(layer).padStart(last));
    terminal.line(`${row(columns.slice(0, -1), cells)}  ${painted}`);
  }
  terminal.line();
}

function checked({ checked, parameters }: LayerCheck): string {
  return checked < parameters ? `${count(checked)} of ${count(parameters)}` : count(parameters);
}

function difference(value: number): string {
  return value === 0 || !Number.isFinite(value) ? String(value) : value.toExponential(1);
}

/** What to make of a failure. */
function hints(failed: readonly LayerCheck[]): string[] {
  const some: string[] = [];
  if (failed.some((layer) => !(layer.numericVsBackprop <= threshold))) {
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
