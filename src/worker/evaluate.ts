/** Loss and correct answers over many rows, in pieces that any worker may take. */
import type { Real } from '../model/precision.js';
import { EVALUATION_ROWS, type Layout } from '../plan/layout.js';
import type { EvaluationRows, Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { Counter, Word } from '../shared/control.js';
import { Heartbeat, Phase } from '../shared/heartbeat.js';
import type { EvaluationPass } from './evaluation-pass.js';

/** Takes pieces until none is left. Each piece has its own place for its result, so who took it leaves no trace. */
export function evaluatePieces(
  setup: Setup,
  pass: EvaluationPass,
  worker: number,
  which: EvaluationRows,
): void {
  const { memory, layout, net } = setup;
  const words = view(memory, layout.control);
  const pieces = view(memory, layout.pieces);
  const { outputs, targets } = pass;
  const rows = layout[which];
  const heartbeat = new Heartbeat(memory, layout, worker);
  const step = view(memory, layout.counters)[Counter.step];
  let taken = 0;
  for (;;) {
    const piece = Atomics.add(words, Word.nextPiece, 1);
    heartbeat.beat(step, Phase.evaluate + (taken++ & 1));
    const first = piece * EVALUATION_ROWS;
    if (first >= rows.length) return;
    const n = Math.min(EVALUATION_ROWS, rows.length - first);
    pieces[2 * piece] = pass.evaluate(rows.offset + first * 4, n);
    pieces[2 * piece + 1] = countCorrect(outputs, targets, n, net.outputs);
  }
}

/** The pieces' sums in their order, per row: mean loss and share of correct answers. */
export function evaluationResult(
  memory: WebAssembly.Memory,
  layout: Layout,
  which: EvaluationRows,
): { loss: number; accuracy: number } {
  const pieces = view(memory, layout.pieces);
  const rows = layout[which].length;
  let loss = 0;
  let correct = 0;
  for (let piece = 0; piece * EVALUATION_ROWS < rows; piece++) {
    loss += pieces[2 * piece];
    correct += pieces[2 * piece + 1];
  }
  return { loss: loss / rows, accuracy: correct / rows };
}

/** Rows whose largest output is the target's largest; with one output, those on the target's side of 0.5. */
export function countCorrect(outputs: Real, targets: Real, rows: number, cols: number): number {
  let correct = 0;
  for (let row = 0; row < rows; row++) {
    const at = row * cols;
    if (cols === 1) {
      const sides = Number(outputs[at] > 0.5) === Number(targets[at] > 0.5);
      if (sides && !Number.isNaN(outputs[at])) correct++;
    } else if (indexOfMost(outputs, at, cols) === indexOfMost(targets, at, cols)) correct++;
  }
  return correct;
}

/** −1 when there is a NaN, so that a broken network is never right. */
function indexOfMost(values: Real, at: number, n: number): number {
  let best = 0;
  for (let k = 0; k < n; k++) {
    if (Number.isNaN(values[at + k])) return -1;
    if (values[at + k] > values[at + best]) best = k;
  }
  return best;
}
