/** The metrics by the names they have in a configuration: a name is its file's name. */
import { accuracy } from './accuracy.js';
import { averagePrecision } from './average-precision.js';
import { confusion } from './confusion.js';
import { f1 } from './f1.js';
import { logLoss } from './log-loss.js';
import { macroF1 } from './macro-f1.js';
import { mae } from './mae.js';
import { medianAbsoluteError } from './median-absolute-error.js';
import type { Metric } from './metric.js';
import { perClass } from './per-class.js';
import { precision } from './precision.js';
import { r2 } from './r2.js';
import { recall } from './recall.js';
import { rmse } from './rmse.js';
import { rocAuc } from './roc-auc.js';
import { topMetrics } from './top-k.js';

export const metrics = {
  accuracy,
  'average-precision': averagePrecision,
  confusion,
  f1,
  'log-loss': logLoss,
  'macro-f1': macroF1,
  mae,
  'median-absolute-error': medianAbsoluteError,
  'per-class': perClass,
  precision,
  recall,
  rmse,
  r2,
  'roc-auc': rocAuc,
  ...topMetrics,
} satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;
export const metricNames = Object.keys(metrics) as MetricName[];

/** A metric by its name, as a member of the family. */
export const metricOf = (name: string): Metric => metrics[name as MetricName];
/** Whether a figure is a table; the loss is none. */
export const isTable = (name: string): boolean => name !== 'loss' && metricOf(name).better === null;
export type { Extent, Figure, Figures, Metric, Table } from './metric.js';
