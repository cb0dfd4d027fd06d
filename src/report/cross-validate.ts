/** What a person sees of a cross-validation: a row a fold, then mean and deviation. Computes nothing. */

import type { StartEvent } from '../events.js';
import { isTable } from '../model/metrics/index.js';
import type { CrossValidation, FoldResult, Spread } from '../results.js';
import type { CrossValidationEvent } from '../series.js';
import { figure } from './figures.js';
import { bar, type Column, count, duration, fitting, plural, row } from './format.js';
import { showFact } from './summary.js';
import type { Terminal } from './terminal.js';

/** What is told of a cross-validation, its end too. */
export type CrossValidateEvent = CrossValidationEvent | ({ event: 'done' } & CrossValidation);

/** A column, what it says of a fold, and of all. */
type FoldColumn = Column & {
  readonly cell: (result: FoldResult) => string;
  readonly all: (result: CrossValidation, part: 'mean' | 'sd') => string;
};

export function crossValidateReport(terminal: Terminal, quiet: boolean): (event: CrossValidateEvent) => void {
  let runs = 0;
  let repeats = 1;
  let first: StartEvent | undefined;
  let columns: FoldColumn[] = [];
  return (event) => {
    if (event.event === 'done') {
      terminal.clear();
      if (quiet) showQuiet(terminal, event);
      else showMeans(terminal, event, columns);
    } else if (quiet) return;
    else if (event.event === 'start') {
      ({ runs, repeats } = event);
      const { folds, stratify, seed, name } = event;
      terminal.line(terminal.paint('bold', `${name}: cross-validation`));
      const times = repeats > 1 ? `, ${count(repeats)} times` : '';
      showFact(terminal, 'folds', `${count(folds)}${times}${stratify ? ', stratified' : ''}, seed ${seed}`);
    } else if (event.event === 'run') {
      const { told, run } = event;
      if (told.event === 'start' && first === undefined) {
        first = told;
        columns = columnsOf(told, repeats);
        showFact(terminal, 'network', `${told.network.join('-')}, ${plural(told.parameters, 'parameter')}`);
        showFact(
          terminal,
          'data',
          `${count(told.trainRows)} training, ${count(told.validationRows)} validation, ${count(told.testRows)} test rows in the first fold`,
        );
        terminal.line();
        terminal.line(terminal.paint('dim', row(fitting(columns, terminal.width))));
      } else if (told.event === 'progress' || told.event === 'epoch') {
        const { filled, empty } = bar((run - 1) / runs, 20);
        const text = `fold ${run} of ${runs}, epoch ${count(told.epoch)}`;
        terminal.live(
          [
            { text: filled, weight: 0, style: 'cyan' },
            { text: empty, weight: 0, style: 'dim' },
            { text: ` ${text}`, weight: 9 },
          ],
          () => text,
        );
      }
    } else {
      const shown = fitting(columns, terminal.width);
      terminal.line(
        row(
          shown,
          shown.map(({ cell }) => cell(event)),
        ),
      );
    }
  };
}

function columnsOf({ metrics }: StartEvent, repeats: number): FoldColumn[] {
  const measured = metrics
    .filter((name) => !isTable(name))
    .map((name): FoldColumn => {
      const head = `test ${name}`;
      return {
        head,
        width: Math.max(9, head.length),
        cell: ({ testMetrics }) => figure(name, testMetrics[name] ?? null),
        all: (result, part) => figure(name, result.metrics[name]?.[part] ?? null),
      };
    });
  return [
    {
      head: 'fold',
      width: repeats > 1 ? 7 : 5,
      cell: ({ repeat, fold }) => (repeats > 1 ? `${repeat}.${fold}` : String(fold)),
      all: (_, part) => part,
    },
    {
      head: 'test loss',
      width: 10,
      cell: ({ testLoss }) => figure('loss', testLoss),
      all: ({ loss }, part) => figure('loss', loss[part]),
    },
    ...measured,
    { head: 'time', width: 10, cell: ({ trainSeconds }) => duration(trainSeconds), all: () => '' },
  ];
}

function showMeans(terminal: Terminal, result: CrossValidation, columns: readonly FoldColumn[]): void {
  const { results, folds, repeats, stopped, folder } = result;
  if (stopped) {
    const all = folds * repeats;
    terminal.line(terminal.paint('yellow', `stopped: ${results.length} of ${all} folds are whole`));
  }
  if (results.length > 0) {
    const shown = fitting(columns, terminal.width);
    for (const part of ['mean', 'sd'] as const) {
      const line = row(
        shown,
        shown.map(({ all }) => all(result, part)),
      ).trimEnd();
      terminal.line(terminal.paint(part === 'mean' ? 'bold' : undefined, line));
    }
    const some = Object.entries(result.metrics).filter(([, { n }]) => n < results.length);
    for (const [name, { n }] of some) terminal.line(`${name} is defined in ${n} of ${results.length} folds`);
  }
  terminal.line();
  if (results.length > 1) terminal.line(`sd: sample standard deviation over ${results.length} test sets`);
  if (folder !== null) showFact(terminal, 'saved', folder);
}

/** `loss 0.0876 ± 0.0012, accuracy 97.31 % ± 0.41 %` */
function showQuiet(terminal: Terminal, { loss, metrics, stopped, results }: CrossValidation): void {
  const figures: [string, Spread][] = [['loss', loss], ...Object.entries(metrics)];
  const text = figures
    .map(([name, { mean, sd }]) => `${name} ${figure(name, mean)} ± ${figure(name, sd)}`)
    .join(', ');
  const whole = stopped ? `stopped after ${plural(results.length, 'fold')}, ` : '';
  terminal.line(`${whole}test ${text}`);
}
