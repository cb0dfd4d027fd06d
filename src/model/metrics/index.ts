/** The metrics by the names they have in a configuration: a name is its file's name. */
import { accuracy } from './accuracy.js';
import { confusion } from './confusion.js';
import { mae } from './mae.js';
import type { Metric } from './metric.js';
import { r2 } from './r2.js';
import { rmse } from './rmse.js';

export const metrics = { accuracy, confusion, mae, rmse, r2 } satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;
export const metricNames = Object.keys(metrics) as MetricName[];

/** A metric by its name, as a member of the family. */
export const metricOf = (name: string): Metric => metrics[name as MetricName];
/** Whether a figure is a table; the loss is none. */
export const isTable = (name: string): boolean => name !== 'loss' && metricOf(name).better === null;
export type { Extent, Figure, Figures, Metric } from './metric.js';
