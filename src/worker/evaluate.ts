/** Loss and metrics over many rows, in pieces that any worker may take. */
import type { Real } from '../model/precision.js';
import { partsOfEvaluation, piecesOfHost, WEIGHTS_PLACE } from '../plan/evaluation.js';
import { EVALUATION_ROWS } from '../plan/layout.js';
import type { EvaluationRows, Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { Counter, Word } from '../shared/control.js';
import { Heartbeat, Phase } from '../shared/heartbeat.js';
import type { EvaluationPass } from './evaluation-pass.js';

/**
 * Takes pieces until none is left. Each piece has its own place for its sums, and counts are exact in any order: who
 * took it leaves no trace.
 */
export function evaluatePieces(
  setup: Setup,
  pass: EvaluationPass,
  worker: number,
  which: EvaluationRows,
): void {
  const { memory, layout, net } = setup;
  const words = view(memory, layout.control);
  const { outputs } = net;
  const { outputs: h, targets: y } = pass;
  const { parts, sums, ranks } = partsOfEvaluation(setup.evaluated, outputs);
  const pieces = view(memory, layout.pieces);
  // Its own alone: what a task left that failed goes.
  const counts = view(memory, layout.workers[worker].counts).fill(0);
  const rows = layout[which];
  const rankedOutputs = view(memory, layout.ranked.outputs);
  const rankedTargets = view(memory, layout.ranked.targets);
  const heartbeat = new Heartbeat(memory, layout.workers[worker].heartbeat);
  const step = view(memory, layout.counters)[Counter.step];
  // The training rows are looked at where they are wanted, by that host alone.
  const { host, hosts } = (which !== 'train' && setup.exchange) || { host: 0, hosts: 1 };
  const own = piecesOfHost(Math.ceil(rows.length / EVALUATION_ROWS), hosts, host);
  let taken = 0;
  for (;;) {
    const piece = own.from + Atomics.add(words, Word.nextPiece, 1);
    heartbeat.beat(step, Phase.evaluate + (taken++ & 1));
    const first = piece * EVALUATION_ROWS;
    if (piece >= own.to) return;
    const n = Math.min(EVALUATION_ROWS, rows.length - first);
    const place = pieces.subarray(piece * sums, (piece + 1) * sums);
    place[0] = pass.evaluate(rows.offset + first * 4, n);
    if (setup.evaluated.weighted) place[WEIGHTS_PLACE] = sumOf(pass.weights, n);
    if (ranks > 0 && which !== 'train') {
      rankedOutputs.set(h.subarray(0, n * outputs), first * outputs);
      rankedTargets.set(y.subarray(0, n * outputs), first * outputs);
    }
    for (const { spec, metric, from, to } of parts) {
      const extent = { rows: n, outputs, task: setup.evaluated.task, spec };
      if (metric.adds === 'sums') metric.piece(h, y, extent, place.subarray(from, to));
      else if (metric.adds === 'counts') metric.count(h, y, extent, counts.subarray(from, to));
    }
  }
}

/** Of the first n. */
function sumOf(values: Real, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i];
  return sum;
}
