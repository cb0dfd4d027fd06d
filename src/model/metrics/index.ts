/** The metrics by the names they have in a configuration: a name is its file's name. */
import { accuracy } from './accuracy.js';
import { averagePrecision } from './average-precision.js';
import { balancedAccuracy } from './balanced-accuracy.js';
import { brier } from './brier.js';
import { calibrationError } from './calibration-error.js';
import { cohenKappa } from './cohen-kappa.js';
import { confusion } from './confusion.js';
import { explainedVariance } from './explained-variance.js';
import { f1 } from './f1.js';
import { logLoss } from './log-loss.js';
import { macroF1 } from './macro-f1.js';
import { mae } from './mae.js';
import { mape } from './mape.js';
import { matthews } from './matthews.js';
import { medianAbsoluteError } from './median-absolute-error.js';
import type { Metric } from './metric.js';
import { perClass } from './per-class.js';
import { pinball } from './pinball.js';
import { poissonDeviance } from './poisson-deviance.js';
import { precision } from './precision.js';
import { r2 } from './r2.js';
import { recall } from './recall.js';
import { rmse } from './rmse.js';
import { rocAuc } from './roc-auc.js';
import { topMetrics } from './top-k.js';

export const metrics = {
  accuracy,
  'average-precision': averagePrecision,
  'balanced-accuracy': balancedAccuracy,
  brier,
  'calibration-error': calibrationError,
  'cohen-kappa': cohenKappa,
  confusion,
  'explained-variance': explainedVariance,
  f1,
  'log-loss': logLoss,
  'macro-f1': macroF1,
  mae,
  mape,
  matthews,
  'median-absolute-error': medianAbsoluteError,
  'per-class': perClass,
  pinball,
  'poisson-deviance': poissonDeviance,
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
