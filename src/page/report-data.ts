/** What a run's report shows: its record, small enough to be mailed. Knows no page; `pages/report.ts` draws it. */
import type { DoneEvent, EpochEvent, FaultEvent, ProgressEvent, StartEvent } from '../events.js';
import { damageOf } from '../history/event-lines.js';
import type { RunRecord, RunState } from '../history/record.js';
import { pointOf, speeds } from '../history/speed.js';
import { type BestFigure, summaryOf } from '../history/summary.js';
import type { InsightsEvent } from '../insights.js';
import { isTable, metricOf } from '../model/metrics/index.js';
import { pathWord, resumeCommand } from '../runs/resume-command.js';
import { thinned } from './thin.js';

/** The units' weights as bytes: 0 is −`most`, 128 is 0, 255 is `most`. */
export interface PictureWeights {
  width: number;
  height: number;
  channels: number;
  most: number;
  /** In base64, one text a unit. */
  units: string[];
}

/** Columns of the same length, of epochs that were validated or told of. */
export interface EpochColumns {
  epoch: number[];
  trainLoss: number[];
  validLoss: (number | null)[];
  learningRate: number[];
  /** Since the epoch before, of all that there were. */
  examplesPerSecond: (number | null)[];
  metrics: Record<string, (number | null)[]>;
  /** Of so many that there were. */
  of: number;
}

export interface ReportData {
  name: string;
  folder: string;
  state: RunState;
  /** When the report was written: ISO 8601, UTC. */
  written: string;
  config: unknown;
  start?: StartEvent | undefined;
  done?: DoneEvent | undefined;
  /** Times that it went on after it had ended or was killed. */
  resumed: number;
  epochs: EpochColumns;
  /** Means of an epoch under way. */
  progress: { epoch: number[]; trainLoss: number[] };
  /** How far it is, and how good it became so far, as `gradpool runs` says it. */
  sofar: { step: number | null; totalSteps: number | null; best: BestFigure | null };
  /** That lines of its events are damaged; undefined: none. */
  damage?: string | undefined;
  /** The newest of them; all are counted. */
  faults: FaultEvent[];
  faultCount: number;
  insights?: Omit<InsightsEvent, 'filters'> | undefined;
  filters?: PictureWeights | undefined;
  /** Metrics that are shares of 1. */
  shares: string[];
  /** What to type, by what it does. */
  commands: Record<string, string>;
}

const MOST_POINTS = 800;
const MOST_FAULTS = 50;

/** @param now when it is written */
export function reportData(run: RunRecord, now = new Date()): ReportData {
  const { folder, start, done, insights } = run;
  const { filters, ...others } = insights ?? {};
  const { step, totalSteps, best } = summaryOf(run);
  return rounded({
    name: run.name,
    folder,
    state: run.state,
    written: now.toISOString(),
    config: run.config,
    start,
    done,
    resumed: run.events.filter(({ event }) => event === 'resume').length,
    epochs: epochColumns(run.epochs, start?.metrics ?? []),
    progress: progressColumns(run.progress, start?.stepsPerEpoch ?? 1),
    sofar: { step, totalSteps, best },
    damage: damageOf(folder, run.damaged),
    faults: run.faults.slice(-MOST_FAULTS),
    faultCount: run.faults.length,
    insights: insights && (others as Omit<InsightsEvent, 'filters'>),
    filters: filters && pictureWeights(filters),
    shares: (start?.metrics ?? []).filter((name) => !isTable(name) && metricOf(name).share === true),
    commands: commandsFor(run),
  });
}

/** The same with seven digits of each fraction, which is more than a drawing shows. */
function rounded<Value>(value: Value): Value {
  const round = (each: unknown): unknown => {
    if (typeof each === 'number') return Number.isInteger(each) ? each : Number(each.toPrecision(7));
    if (Array.isArray(each)) return each.map(round);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, one]) => [key, round(one)]));
  };
  return round(value) as Value;
}

function epochColumns(all: readonly EpochEvent[], metrics: readonly string[]): EpochColumns {
  const kept = thinned(all, ({ trainLoss }) => trainLoss, MOST_POINTS);
  const every = speeds(all.map(pointOf));
  const speedOf = new Map(all.map((epoch, k) => [epoch, every[k]]));
  const numbers = metrics.filter((name) => !isTable(name));
  const figure = (value: unknown) => (typeof value === 'number' ? value : null);
  return {
    epoch: kept.map(({ epoch }) => epoch),
    trainLoss: kept.map(({ trainLoss }) => trainLoss),
    validLoss: kept.map(({ validLoss }) => validLoss),
    learningRate: kept.map(({ learningRate }) => learningRate),
    examplesPerSecond: kept.map((epoch) => speedOf.get(epoch) ?? null),
    metrics: Object.fromEntries(
      numbers.map((name) => [name, kept.map(({ validMetrics }) => figure(validMetrics?.[name]))]),
    ),
    of: all.length,
  };
}

function progressColumns(all: readonly ProgressEvent[], stepsPerEpoch: number): ReportData['progress'] {
  const kept = thinned(all, ({ trainLoss }) => trainLoss, MOST_POINTS);
  return {
    epoch: kept.map(({ step }) => step / stepsPerEpoch),
    trainLoss: kept.map(({ trainLoss }) => trainLoss),
  };
}

/** The largest weight of all units is the deepest colour. */
function pictureWeights({
  units,
  ...size
}: NonNullable<InsightsEvent['filters']>): NonNullable<ReportData['filters']> {
  let most = 0;
  for (const unit of units) for (const weight of unit) most = Math.max(most, Math.abs(weight));
  const byte = (weight: number) => Math.round(128 + (127 * weight) / (most || 1));
  return {
    ...size,
    most,
    units: units.map((unit) => Buffer.from(unit.map(byte)).toString('base64')),
  };
}

/** Only what can be done with the run as it is. */
function commandsFor({ folder, done, state }: RunRecord): Record<string, string> {
  const path = pathWord(folder);
  return {
    ...(state === 'stopped' || state === 'killed' ? { 'go on with it': resumeCommand(folder) } : {}),
    ...(done && {
      ...(state === 'done' && { 'train it further': `${resumeCommand(folder)} --epochs ${done.epochs * 2}` }),
      'repeat it and compare each bit': `gradpool verify ${path}`,
      'predict rows of a file': `gradpool predict ${path} --input rows.csv`,
      'all figures of the test': `gradpool evaluate ${path}`,
      'take the network elsewhere': `gradpool export ${path} --format onnx`,
    }),
    'write this report anew': `gradpool report ${path}`,
  };
}
