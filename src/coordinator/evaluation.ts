/** What an evaluation comes to: the pieces of all workers put together, in an order that no number of threads changes. */
import type { Figure, Figures } from '../model/metrics/index.js';
import type { Real } from '../model/precision.js';
import { partsOfEvaluation, piecesOfHost, WEIGHTS_PLACE } from '../plan/evaluation.js';
import { EVALUATION_ROWS } from '../plan/layout.js';
import type { RankedRows, Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';

/** The loss and the metrics over all rows of a split. */
export interface Evaluation {
  /** Mean over the rows, each as often as its sample weight says; null where there are none. */
  readonly loss: number | null;
  /** Empty where there are no rows. */
  readonly metrics: Figures;
  /** Why a metric is null, by its name. */
  readonly reasons: Readonly<Record<string, string>>;
}

export const nothingEvaluated: Evaluation = { loss: null, metrics: {}, reasons: {} };

/** Values of all hosts, of which this one's stretch is there: the others' come to their places. */
export type GatherValues = (values: Real, lengths: readonly number[]) => Promise<void>;

/**
 * Where several hosts have evaluated their pieces: afterwards each has the sums, rows and counts of all.
 * @param threads workers that have taken part
 */
export async function gatherEvaluated(
  { memory, layout, net, evaluated, exchange }: Setup,
  which: RankedRows,
  threads: number,
  gather: GatherValues,
): Promise<void> {
  if (exchange === undefined) return;
  const { host, hosts } = exchange;
  const { sums, counts, ranks } = partsOfEvaluation(evaluated, net.outputs);
  const rows = layout[which].length;
  const pieces = Math.ceil(rows / EVALUATION_ROWS);
  const cuts = Array.from({ length: hosts }, (_, k) => piecesOfHost(pieces, hosts, k));
  const rowAt = (piece: number) => Math.min(rows, piece * EVALUATION_ROWS);
  const byPiece = cuts.map(({ from, to }) => (to - from) * sums);
  const byRow = cuts.map(({ from, to }) => (rowAt(to) - rowAt(from)) * net.outputs);
  await gather(view(memory, layout.pieces).subarray(0, pieces * sums), byPiece);
  if (ranks > 0) {
    const { outputs, targets } = layout.ranked;
    for (const region of [outputs, targets]) {
      await gather(view(memory, region).subarray(0, rows * net.outputs), byRow);
    }
  }
  if (counts === 0) return;
  const own = layout.workers.slice(0, threads).map((worker) => view(memory, worker.counts));
  const all = new Float64Array(new SharedArrayBuffer(8 * hosts * counts));
  for (const worker of own) for (let k = 0; k < counts; k++) all[host * counts + k] += worker[k];
  await gather(all, new Array(hosts).fill(counts));
  // Whole numbers: in any order, and in the place of any worker.
  for (const [w, worker] of own.entries()) {
    for (let k = 0; k < counts; k++) {
      worker[k] = 0;
      for (let h = 0; w === 0 && h < hosts; h++) worker[k] += all[h * counts + k];
    }
  }
}

/** Puts together what `threads` workers have left, who rest. */
export function evaluationResult(setup: Setup, which: RankedRows, threads: number): Evaluation {
  const { memory, layout, net, evaluated } = setup;
  const { parts, sums, counts } = partsOfEvaluation(evaluated, net.outputs);
  const pieces = view(memory, layout.pieces);
  const rows = layout[which].length;
  const totals = new Float64Array(sums);
  const counted = new Float64Array(counts);
  for (let piece = 0; piece * EVALUATION_ROWS < rows; piece++) {
    const place = pieces.subarray(piece * sums, (piece + 1) * sums);
    totals[0] += place[0];
    if (evaluated.weighted) totals[WEIGHTS_PLACE] += place[WEIGHTS_PLACE];
    for (const { metric, from, to } of parts) {
      if (metric.adds === 'sums') metric.merge(totals.subarray(from, to), place.subarray(from, to));
    }
  }
  for (const worker of layout.workers.slice(0, threads)) {
    for (const [k, count] of view(memory, worker.counts).entries()) counted[k] += count;
  }
  const ranked = view(memory, layout.ranked.places);
  const metrics: Record<string, Figure['value']> = {};
  const reasons: Record<string, string> = {};
  for (const { spec, metric, from, to } of parts) {
    const extent = { rows, outputs: net.outputs, task: evaluated.task, spec };
    const all = { sums: totals, counts: counted, ranks: ranked }[metric.adds];
    const { value, reason } = metric.result(all.subarray(from, to), extent);
    metrics[spec.name] = value;
    if (reason !== undefined) reasons[spec.name] = reason;
  }
  return { loss: totals[0] / (evaluated.weighted ? totals[WEIGHTS_PLACE] : rows), metrics, reasons };
}
