/** Cost and correct answers over many rows, in pieces that any worker may take. Knows nothing of training. */
import { view } from './arena.js';
import { Progress, Word } from './control.js';
import { EVALUATION_ROWS, type Layout } from './layout.js';
import type { Pass } from './pass.js';
import { Phase, Pulse } from './pulse.js';
import type { EvaluationRows, Setup } from './setup.js';

type Real = Float32Array | Float64Array;

/** Takes pieces until none is left. Each piece has its own place for its result, so who took it leaves no trace. */
export function evaluatePieces(setup: Setup, pass: Pass, worker: number, which: EvaluationRows): void {
  const { memory, layout, net } = setup;
  const words = view(memory, { ...layout.control, type: 'int32' });
  const pieces = view(memory, { ...layout.pieces, type: 'float64' });
  const outputs = view(memory, layout.h[layout.h.length - 1]) as Real;
  const targets = view(memory, layout.y[0]) as Real;
  const at = worker * EVALUATION_ROWS;
  const shift = at * net.outputs;
  pass.useSlot(0);
  const rows = layout[which];
  const pulse = new Pulse(memory, layout, worker);
  const step = view(memory, { ...layout.progress, type: 'float64' })[Progress.step];
  let taken = 0;
  for (;;) {
    const piece = Atomics.add(words, Word.nextPiece, 1);
    pulse.beat(step, Phase.evaluate + (taken++ & 1));
    const first = piece * EVALUATION_ROWS;
    if (first >= rows.length) return;
    const n = Math.min(EVALUATION_ROWS, rows.length - first);
    pass.gather(rows.offset + first * 4, at, n, 0);
    pass.forward(at, n);
    pieces[2 * piece] = pass.cost(at, n);
    pieces[2 * piece + 1] = countCorrect(outputs.subarray(shift), targets.subarray(shift), n, net.outputs);
  }
}

/** The pieces' sums in their order, per row: mean cost and share of correct answers. */
export function evaluationResult(
  memory: WebAssembly.Memory,
  layout: Layout,
  which: EvaluationRows,
): { cost: number; accuracy: number } {
  const pieces = view(memory, { ...layout.pieces, type: 'float64' });
  const rows = layout[which].length;
  let cost = 0;
  let correct = 0;
  for (let piece = 0; piece * EVALUATION_ROWS < rows; piece++) {
    cost += pieces[2 * piece];
    correct += pieces[2 * piece + 1];
  }
  return { cost: cost / rows, accuracy: correct / rows };
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
