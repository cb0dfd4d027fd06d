/**
 * Which figures an evaluation finds, and where their parts lie: in the place of a piece the loss, the weights if rows have any, and
 * then what metrics sum, in a worker's counts what they count, in a place for all what comes of ranking the rows.
 */
import { type Metric, metricOf } from '../model/metrics/index.js';
import type { LearningTask } from '../model/metrics/task.js';
import type { Spec } from '../options.js';
import { cut } from './shards.js';

/** What is found beside the loss. */
export interface Evaluated {
  readonly task: LearningTask;
  readonly metrics: readonly Spec[];
  /** Whether rows have sample weights: the loss is then Σwl/Σw over the rows. */
  readonly weighted?: boolean;
}

/** Where a piece's sum of weights stands, behind its loss. */
export const WEIGHTS_PLACE = 1;

/** A metric and the part of a piece's place, of a worker's counts, or of what comes of ranking, that is its own. */
export interface Part {
  readonly spec: Spec;
  readonly metric: Metric;
  readonly from: number;
  readonly to: number;
}

export interface Parts {
  readonly parts: readonly Part[];
  /** Numbers that a piece has a place for: its loss, its weights where there are any, what metrics sum. */
  readonly sums: number;
  /** Numbers that a worker counts. */
  readonly counts: number;
  /** Numbers that come of ranking all rows; 0: nobody ranks them. */
  readonly ranks: number;
}

export function partsOfEvaluation({ metrics, weighted }: Evaluated, outputs: number): Parts {
  const next = { sums: weighted ? WEIGHTS_PLACE + 1 : 1, counts: 0, ranks: 0 };
  const parts = metrics.map((spec): Part => {
    const metric = metricOf(spec.name);
    const from = next[metric.adds];
    next[metric.adds] += metric.size(outputs, spec);
    return { spec, metric, from, to: next[metric.adds] };
  });
  return { parts, ...next };
}

/** The pieces [from, to) of `pieces` that host `host` of `hosts` evaluates. */
export function piecesOfHost(pieces: number, hosts: number, host: number): { from: number; to: number } {
  return { from: cut(pieces, hosts, host), to: cut(pieces, hosts, host + 1) };
}
