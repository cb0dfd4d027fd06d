/** What a person sees of a training run: a header, a live line, a row an epoch. Computes nothing. */

import { deadUnitsOf } from '../history/dead-units.js';
import type { InsightsEvent } from '../insights.js';
import { isTable } from '../model/metrics/index.js';
import type {
  EpochEvent,
  InitFacts,
  ProgressEvent,
  ResumeEvent,
  StartEvent,
  TrainEvent,
} from '../protocol.js';
import { showColumns } from './columns.js';
import { figure, unitsOf } from './figures.js';
import {
  bar,
  type Column,
  count,
  duration,
  fitting,
  loss,
  percent,
  plural,
  row,
  timeLeft,
} from './format.js';
import { LossPlot } from './loss-plot.js';
import { quietSummary, showFact, showSummary } from './summary.js';
import type { Piece, Terminal } from './terminal.js';

/** A column of the epochs' table, and what it says of an epoch. */
type EpochColumn = Column & { readonly cell: (event: EpochEvent) => string };

/** The epochs' table, most telling column first: a narrow terminal gets as many as it has room for. */
function epochColumns({ metrics }: Pick<StartEvent, 'metrics'>): EpochColumn[] {
  const measured = metrics
    .filter((name) => !isTable(name))
    .map((name): EpochColumn => {
      const head = `valid ${name}`;
      const width = Math.max(8, head.length);
      return { head, width, cell: ({ validMetrics }) => figure(name, validMetrics[name] ?? null) };
    });
  return [
    { head: 'epoch', width: 7, cell: ({ epoch }) => count(epoch) },
    { head: 'train loss', width: 10, cell: ({ trainLoss }) => loss(trainLoss) },
    { head: 'valid loss', width: 10, cell: ({ validLoss }) => loss(validLoss) },
    ...measured,
    { head: 'examples/s', width: 12, cell: ({ examplesPerSecond }) => count(examplesPerSecond) },
    { head: 'time', width: 12, cell: ({ trainSeconds }) => duration(trainSeconds) },
  ];
}

/**
 * A function to hand the run's events to, in their order. With `quiet` it shows the result alone.
 * @param plot whether the loss is drawn: at a terminal while it falls, otherwise once at the end
 * @param before what a run that goes on has told before, by its folder: its curves begin there
 */
export function trainReport(
  terminal: Terminal,
  quiet: boolean,
  plot = false,
  before?: (runDir: string) => readonly TrainEvent[],
): (event: TrainEvent) => void {
  let start: StartEvent | undefined;
  let insights: InsightsEvent | undefined;
  const curves = plot && !quiet ? new LossPlot(terminal, before) : undefined;
  return (event) => {
    curves?.take(event);
    switch (event.event) {
      case 'start':
        start = event;
        if (!quiet) showHeader(terminal, event);
        return;
      case 'resume':
        showResume(terminal, event, quiet);
        return;
      case 'fault':
        terminal.line(terminal.paint('yellow', `${event.message}; going on with unchanged results`));
        return;
      case 'checkpoint':
      case 'sample':
        return;
      case 'insights':
        insights = event;
        return;
      case 'progress':
        if (!quiet && start) {
          const { epochs } = start;
          terminal.live(livePieces(event, epochs, terminal.width), () => plainProgress(event, epochs));
        }
        return;
      case 'epoch':
        if (!quiet && start) {
          const columns = fitting(epochColumns(start), terminal.width);
          terminal.line(
            row(
              columns,
              columns.map(({ cell }) => cell(event)),
            ),
          );
        }
        return;
      case 'done':
        terminal.clear();
        curves?.print();
        if (quiet) quietSummary(terminal, event);
        else showSummary(terminal, event, insights && deadUnitsOf(insights));
    }
  };
}

function showHeader(terminal: Terminal, run: StartEvent): void {
  const facts = [
    ['network', `${run.network.join('-')}, ${plural(run.parameters, 'parameter')}`],
    [
      'data',
      `${count(run.trainRows)} training, ${count(run.validationRows)} validation, ${count(run.testRows)} test rows` +
        (run.unusedRows > 0 ? `, ${count(run.unusedRows)} unused` : '') +
        (run.droppedRows ? `, ${count(run.droppedRows)} left out for missing values` : ''),
    ],
    ...(run.notes ?? []).map((note) => ['note', note] as const),
    [
      'train',
      `${plural(run.epochs, 'epoch')} of ${plural(run.stepsPerEpoch, 'step')}, ${rowsOf(run)}, seed ${run.seed}`,
    ],
    ...(run.sampling ? [['rows', run.sampling]] : []),
    ...(run.weighted ? [['weights', weighting(run.weighted)]] : []),
    ['engine', `${run.engine}, ${run.precision}, ${plural(run.threads, 'thread')}${resting(run)}`],
    ...(reasons(run) ? [['auto', reasons(run)]] : []),
    ...(run.hosts ? [['hosts', together(run.hosts)]] : []),
    ...(run.scaledTargets ? [['figures', unitsOf(run.scaledTargets)]] : []),
    ...(run.initFrom ? [['begins', initial(run.initFrom)]] : []),
  ];
  terminal.line(terminal.paint('bold', run.name));
  for (const [name, fact] of facts) showFact(terminal, name, fact);
  terminal.line();
  if (run.columns) {
    showColumns(terminal, run.columns);
    terminal.line();
  }
  terminal.line(terminal.paint('dim', row(fitting(epochColumns(run), terminal.width))));
}

/** Who trains together, and which of them cannot as they should. */
function together({ names, library, bound }: NonNullable<StartEvent['hosts']>): string {
  const all = `${names.length} (${names.join(', ')}), ${library}`;
  if (bound.length === 0) return all;
  const which = bound.map((host) => `${host} (${names[host]})`).join(', ');
  return `${all}; bound to one core: host ${which}: start with mpirun --bind-to none`;
}

/** What is weighted, and what is not. */
function weighting(weighted: NonNullable<StartEvent['weighted']>): string {
  const rows = weighted.includes('rows') && 'every loss by the rows’ weights';
  const classes = weighted.includes('classes') && 'the train loss by classes';
  return `${[rows, classes].filter(Boolean).join(', ')}; metrics count each row once`;
}

/** The weights that a run begins with, and which are not those of the file. */
function initial({ path, taken, drawn, unused }: InitFacts): string {
  const others = [
    ...(drawn.length > 0 ? [`drawn: ${drawn.join(', ')}`] : []),
    ...(unused.length > 0 ? [`left out: ${unused.join(', ')}`] : []),
  ];
  return [`with ${plural(taken.length, 'tensor')} of ${path}`, ...others].join('; ');
}

/** Where a run goes on. What was not as it should be is told even to those who want the result alone. */
function showResume(terminal: Terminal, event: ResumeEvent, quiet: boolean): void {
  const { step, totalSteps, checkpoint, damaged, forced } = event;
  for (const [k, { path, why }] of damaged.entries()) {
    const used = checkpoint === null ? 'none before it: from the beginning' : 'the one before it is used';
    const last = k === damaged.length - 1;
    terminal.line(terminal.paint('yellow', `${path}: ${why}${last ? `; ${used}` : ''}`));
  }
  for (const what of forced) terminal.line(terminal.paint('yellow', `by force: ${what}`));
  if (quiet) return;
  if (checkpoint !== null) terminal.line(`resumed after step ${count(step)} of ${count(totalSteps)}`);
  else if (damaged.length === 0) terminal.line('no checkpoint yet: from the beginning');
}

/** Why this engine and so many threads, where nobody asked for them. */
function reasons({ engine, engineReason, threads, threadsReason }: StartEvent): string {
  return [
    engineReason && `${engine}: ${engineReason}`,
    threadsReason && `${plural(threads, 'thread')}: ${threadsReason}`,
  ]
    .filter(Boolean)
    .join('; ');
}

const rowsOf = ({ batchSize, accumulate = 1 }: StartEvent): string =>
  `batch size ${count(batchSize / accumulate)}${accumulate > 1 ? `, ${count(accumulate)} of them a step` : ''}`;

function resting({ threads, activeThreads, shards, accumulate = 1 }: StartEvent): string {
  const rest = threads - activeThreads;
  if (rest <= 0) return '';
  const these = rest === 1 ? '1 of them rests' : `${count(rest)} of them rest`;
  return ` (${these}: a minibatch has ${plural(shards / accumulate, 'shard')} to share out; see train.shards)`;
}

function livePieces(progress: ProgressEvent, epochs: number, width: number): Piece[] {
  const { step, totalSteps, epoch, trainLoss, examplesPerSecond, secondsLeft } = progress;
  const before: Piece = {
    text: `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs} `,
    weight: 9,
  };
  const after: Piece[] = [
    { text: ` ${percent(step / totalSteps, 0).padStart(5)}`, weight: 4 },
    { text: `  loss ${(Number.isNaN(trainLoss) ? '-' : loss(trainLoss)).padStart(6)}`, weight: 3 },
    { text: `  ${count(examplesPerSecond).padStart(7)} examples/s`, weight: 1 },
    { text: `  ${timeLeft(secondsLeft)} left`, weight: 2 },
  ];
  const used = [before, ...after].reduce((sum, piece) => sum + piece.text.length, 0);
  const { filled, empty } = bar(step / totalSteps, Math.min(30, Math.max(8, width - 1 - used)));
  return [
    before,
    { text: filled, weight: 0, style: 'cyan' },
    { text: empty, weight: 0, style: 'dim' },
    ...after,
  ];
}

function plainProgress(progress: ProgressEvent, epochs: number): string {
  const { step, totalSteps, epoch, trainLoss, secondsLeft } = progress;
  const done = percent(step / totalSteps, 0);
  const mean = Number.isNaN(trainLoss) ? '-' : loss(trainLoss);
  return `epoch ${epoch}/${epochs}: ${done}, loss ${mean}, ${timeLeft(secondsLeft)} left`;
}
