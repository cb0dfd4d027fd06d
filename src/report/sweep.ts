/** What a person sees of a sweep: a row a trial as it ends, a live line, and the best at the end. Computes nothing. */

import { shortened } from '../errors.js';
import type { SweepEvent, SweepProgress, SweepResult, SweepStart, TrialResult } from '../series.js';
import { figure } from './figures.js';
import { bar, type Column, count, duration, fitting, plural, row, timeLeft } from './format.js';
import { showFact } from './summary.js';
import type { Terminal } from './terminal.js';

/** What is told of a sweep, its end too. */
export type SweepReportEvent = SweepEvent | ({ event: 'done' } & SweepResult);

type TrialColumn = Column & { readonly cell: (result: TrialResult) => string };

/** Rows of the table at the end. */
const MOST_BEST = 10;
/** Parameters whose importance is told. */
const MOST_IMPORTANT = 5;

export function sweepReport(terminal: Terminal, quiet: boolean): (event: SweepReportEvent) => void {
  let start: SweepStart | undefined;
  let columns: TrialColumn[] = [];
  /** Rows are not told twice, as a trial that was found is told at the end of each of its rounds. */
  let rounds = 1;
  return (event) => {
    if (event.event === 'done') {
      terminal.clear();
      showEnd(terminal, event, columns, quiet);
      return;
    }
    if (quiet) return;
    switch (event.event) {
      case 'start':
        start = event;
        columns = columnsOf(event);
        showStart(terminal, event);
        terminal.line(terminal.paint('dim', row(fitting(columns, terminal.width))));
        return;
      case 'trial':
        if (event.state === 'broken') {
          terminal.line(terminal.paint('yellow', `trial ${event.trial} is passed over: ${event.message}`));
        } else terminal.line(rowOf(columns, event, terminal.width));
        return;
      case 'round': {
        rounds = event.round + 1;
        const text = `round ${event.round}, after ${event.until}: ${plural(event.dropped.length, 'trial')} dropped, ${count(event.survivors.length)} ${event.survivors.length === 1 ? 'goes' : 'go'} on`;
        terminal.line(terminal.paint('dim', text));
        return;
      }
      case 'progress':
        if (start) {
          const text = progressText(event, start);
          terminal.live(livePieces(event, text), () => text);
        }
        return;
      case 'final':
        if (event.told.event === 'start')
          terminal.line(
            `the winner once more, with the test (${rounds > 1 ? 'after its rounds, ' : ''}${plural(event.told.epochs, 'epoch')})`,
          );
    }
  };
}

function showStart(terminal: Terminal, event: SweepStart): void {
  const { name, search, trials, parameters, goal, better, halving, parallel, threads, reason, found, begun } =
    event;
  const facts: [string, string][] = [
    ['search', `${search}, ${plural(trials, 'trial')} of ${parameters.join(', ')}`],
    ['goal', `${goal}, ${better === 'higher' ? 'the higher' : 'the lower'} the better`],
  ];
  if (halving)
    facts.push([
      'halving',
      `every ${halving.every} the best ${Number((100 * halving.keep).toFixed(1))} % of the trials go on`,
    ]);
  facts.push(['at once', `${plural(parallel, 'trial')} with ${plural(threads, 'thread')} each: ${reason}`]);
  const there = [
    ...(found > 0 ? [`${plural(found, 'trial')} at the end already`] : []),
    ...(begun > 0 ? [`${plural(begun, 'trial')} begun, which ${begun === 1 ? 'goes' : 'go'} on`] : []),
  ];
  if (there.length > 0) facts.push(['found', there.join(', ')]);
  terminal.line(terminal.paint('bold', `${name}: sweep`));
  for (const [what, fact] of facts) showFact(terminal, what, fact);
  terminal.line();
}

function columnsOf({ goal, parameters }: Pick<SweepStart, 'goal' | 'parameters'>): TrialColumn[] {
  const metric = goal.replace(/^validation /, '');
  return [
    { head: 'trial', width: 6, cell: ({ trial }) => count(trial) },
    {
      head: `valid ${metric}`,
      width: Math.max(10, `valid ${metric}`.length),
      cell: ({ value }) => figure(metric, value),
    },
    // Where each trial has its own, the parameter tells.
    ...(parameters.includes('train.epochs')
      ? []
      : [{ head: 'epochs', width: 7, cell: ({ epochs }: TrialResult) => count(epochs) }]),
    ...parameters.map((path): TrialColumn => {
      const head = headOf(path, parameters);
      return { head, width: Math.max(9, head.length), cell: ({ values }) => valueText(values[path]) };
    }),
    { head: 'time', width: 9, cell: ({ trainSeconds }) => duration(trainSeconds) },
  ];
}

/** The last key of a path, or as many as tell it from the others. */
export function headOf(path: string, paths: readonly string[]): string {
  const keys = path.split('.');
  for (let length = /^\d+$/.test(keys.at(-1) ?? '') ? 2 : 1; length <= keys.length; length++) {
    const end = keys.slice(-length).join('.');
    if (paths.filter((one) => one === end || one.endsWith(`.${end}`)).length <= 1) return end;
  }
  return path;
}

/** A value as a cell shows it. */
function valueText(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(4)));
  return shortened(typeof value === 'string' ? value : JSON.stringify(value), 20);
}

function rowOf(columns: readonly TrialColumn[], result: TrialResult, width: number): string {
  const shown = fitting(columns, width);
  return row(
    shown,
    shown.map(({ cell }) => cell(result)),
  );
}

function progressText(
  { done, dropped, broken, trials, running, best, secondsLeft }: SweepProgress,
  { goal }: SweepStart,
): string {
  const metric = goal.replace(/^validation /, '');
  const parts = [
    `${count(done + dropped + broken)}/${count(trials)}`,
    ...(running.length > 0 ? [`${running.length} running`] : []),
    ...(dropped > 0 ? [`${dropped} dropped`] : []),
    ...(broken > 0 ? [`${broken} broken`] : []),
    ...(best ? [`best ${figure(metric, best.value)} (trial ${best.trial})`] : []),
    ...(Number.isFinite(secondsLeft) ? [`${timeLeft(secondsLeft)} left`] : []),
  ];
  return parts.join(', ');
}

function livePieces({ done, dropped, broken, trials }: SweepProgress, text: string) {
  const { filled, empty } = bar((done + dropped + broken) / trials, 16);
  return [
    { text: filled, weight: 0, style: 'cyan' as const },
    { text: empty, weight: 0, style: 'dim' as const },
    { text: ` ${text}`, weight: 9 },
  ];
}

function showEnd(
  terminal: Terminal,
  result: SweepResult,
  columns: readonly TrialColumn[],
  quiet: boolean,
): void {
  const { best, trials, goal, stopped, final, importance, folder, bestFile, page } = result;
  const metric = goal.replace(/^validation /, '');
  if (quiet) {
    const what = best
      ? `trial ${best.trial}, ${goal} ${figure(metric, best.value)}`
      : 'no trial came to its end';
    const test = final ? `, ${testText(final)}` : '';
    terminal.line(`${stopped ? 'stopped: ' : ''}${what}${test}${bestFile ? `, ${bestFile}` : ''}`);
    return;
  }
  terminal.line();
  const number = (state: TrialResult['state']) => trials.filter((trial) => trial.state === state).length;
  const counts = (['done', 'dropped', 'broken', 'waiting'] as const)
    .filter((state) => number(state) > 0)
    .map((state) => `${count(number(state))} ${state}`);
  if (stopped) terminal.line(terminal.paint('yellow', 'stopped: the same command goes on'));
  const paused = trials.filter(({ state, rounds }) => state === 'waiting' && rounds.length > 0).length;
  if (paused > 0) counts.push(`${count(paused)} of them after a round`);
  showFact(terminal, 'trials', counts.join(', '));
  if (best === null) {
    terminal.line(
      terminal.paint('yellow', stopped ? 'no trial is at its end yet' : 'no trial came to its end'),
    );
    return;
  }
  const sign = result.better === 'higher' ? -1 : 1;
  const whole = trials
    .filter((trial) => trial.state === 'done' && trial.value !== null)
    .sort((a, b) => sign * (Number(a.value) - Number(b.value)) || a.trial - b.trial);
  terminal.line();
  terminal.line(terminal.paint('bold', `the best ${count(Math.min(MOST_BEST, whole.length))}`));
  terminal.line(terminal.paint('dim', row(fitting(columns, terminal.width))));
  for (const trial of whole.slice(0, MOST_BEST)) terminal.line(rowOf(columns, trial, terminal.width));
  terminal.line();
  const known = importance
    .filter(({ share }) => share !== null)
    .sort((a, b) => Number(b.share) - Number(a.share));
  if (known.length > 0) {
    const told = known
      .slice(0, MOST_IMPORTANT)
      .map(({ path, share }) => `${path} ${Number(share).toFixed(2)}`);
    showFact(terminal, 'matters', `${told.join(', ')} (share of the ranks' variance)`);
  }
  for (const [path, value] of Object.entries(best.values))
    showFact(terminal, 'best', `${path}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  if (final)
    showFact(
      terminal,
      'test',
      `${testText(final)}${final.same ? '' : ' (the weights are not those of the trial)'}`,
    );
  if (bestFile) showFact(terminal, 'config', bestFile);
  showFact(terminal, 'page', page);
  showFact(terminal, 'saved', folder);
}

function testText({ testLoss, testMetrics }: NonNullable<SweepResult['final']>): string {
  const figures = Object.entries(testMetrics)
    .filter(([, value]) => typeof value === 'number' || value === null)
    .map(([name, value]) => `${name} ${figure(name, value as number | null)}`);
  return [`test loss ${figure('loss', testLoss)}`, ...figures].join(', ');
}
