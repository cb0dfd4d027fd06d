/**
 * The runs under way as OpenMetrics text, for scrapers such as Prometheus
 * (https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md).
 */
import type { RunRow } from './runs.js';

export const METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | null];

interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'info';
  readonly help: string;
  readonly unit?: string;
  readonly of: (row: RunRow) => readonly Sample[];
}

const one = (value: number | null): readonly Sample[] => [[{}, value]];

const families: readonly Family[] = [
  {
    name: 'gradpool_run',
    type: 'info',
    help: 'What the run computes with.',
    of: ({ engine, precision }) => [[{ engine: engine ?? '', precision: precision ?? '' }, 1]],
  },
  { name: 'gradpool_steps', type: 'counter', help: 'Steps that were made.', of: ({ step }) => one(step) },
  {
    name: 'gradpool_steps_planned',
    type: 'gauge',
    help: 'Steps of the whole run.',
    of: (r) => one(r.totalSteps),
  },
  {
    name: 'gradpool_epoch',
    type: 'gauge',
    help: 'The epoch under way, from 1.',
    of: ({ epoch }) => one(epoch),
  },
  {
    name: 'gradpool_train_loss',
    type: 'gauge',
    help: 'Mean loss of the epoch so far.',
    of: (r) => one(r.trainLoss),
  },
  {
    name: 'gradpool_validation_loss',
    type: 'gauge',
    help: 'Loss of the validation rows, when last looked at.',
    of: ({ validLoss }) => one(validLoss),
  },
  {
    name: 'gradpool_validation_metric',
    type: 'gauge',
    help: 'A metric of the validation rows, when last looked at.',
    of: ({ validMetrics }) =>
      Object.entries(validMetrics).map(([metric, value]) => [
        { metric },
        typeof value === 'number' ? value : null,
      ]),
  },
  {
    name: 'gradpool_learning_rate',
    type: 'gauge',
    help: 'The rate of the last step of the last epoch.',
    of: ({ learningRate }) => one(learningRate),
  },
  {
    name: 'gradpool_examples_per_second',
    type: 'gauge',
    help: 'Examples learned from in a second of training, the mean since the beginning.',
    of: ({ examplesPerSecond }) => one(examplesPerSecond),
  },
  {
    name: 'gradpool_left_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Seconds until the run ends, as far as is known.',
    of: ({ secondsLeft }) => one(secondsLeft),
  },
];

/** @param rows those whose figures are wanted */
export function metricsText(rows: readonly RunRow[]): string {
  const lines = families.flatMap(({ name, type, help, unit, of }) => {
    const suffix = { gauge: '', counter: '_total', info: '_info' }[type];
    const samples = rows.flatMap((row) =>
      of(row).flatMap(([labels, value]) =>
        value === null ? [] : [`${name}${suffix}${labelled({ run: row.name, ...labels })} ${number(value)}`],
      ),
    );
    const about = [
      `# TYPE ${name} ${type}`,
      ...(unit ? [`# UNIT ${name} ${unit}`] : []),
      `# HELP ${name} ${help}`,
    ];
    return samples.length > 0 ? [...about, ...samples] : [];
  });
  return [...lines, '# EOF', ''].join('\n');
}

const labelled = (labels: Labels) =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${quotable(value)}"`)
    .join(',')}}`;

const quotable = (value: string) =>
  value.replace(/["\\\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));

function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
