/** Rows looked at one by one, when a run has ended: outputs, targets, losses, and which units ever say anything. */
import type { Layer } from '../model/layers/layer.js';
import type { Real } from '../model/precision.js';
import { EVALUATION_ROWS } from '../plan/layout.js';
import { firstOf, type Look, piecesOf } from '../plan/look.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { Counter, Word } from '../shared/control.js';
import { Heartbeat, Phase } from '../shared/heartbeat.js';
import type { EvaluationPass } from './evaluation-pass.js';

/** Takes pieces until none is left. Each writes to places of its own, or writes ones: who took it leaves no trace. */
export function lookAtPieces(setup: Setup, pass: EvaluationPass, worker: number, look: Look): void {
  const { memory, layout, net } = setup;
  const words = view(memory, layout.control);
  const heartbeat = new Heartbeat(memory, layout.workers[worker].heartbeat);
  const step = view(memory, layout.counters)[Counter.step];
  const order = layout[look.part].offset;
  const silent = silentUnits(look, net.layers);
  const seen = (layer: number, values: Real, rows: number) => {
    const units = silent.get(layer);
    if (units !== undefined)
      silent.set(layer, stillSilent(units, values, rows, net.layers[layer], look.alive));
  };
  const pieces = piecesOf(look);
  const asked = look.asked.length / net.inputs;
  let taken = 0;
  for (;;) {
    const piece = Atomics.add(words, Word.nextPiece, 1);
    heartbeat.beat(step, Phase.evaluate + (taken++ & 1));
    if (piece < pieces) {
      const first = piece * EVALUATION_ROWS;
      const rows = Math.min(EVALUATION_ROWS, look.rows - first);
      const losses = look.losses.subarray(first, first + rows);
      pass.look(order + firstOf(look, piece) * 4, losses, seen);
      look.outputs.set(pass.outputs.subarray(0, rows * net.outputs), first * net.outputs);
      look.targets.set(pass.targets.subarray(0, rows * net.outputs), first * net.outputs);
    } else {
      const first = (piece - pieces) * EVALUATION_ROWS;
      if (first >= asked) return;
      const rows = Math.min(EVALUATION_ROWS, asked - first);
      pass.answer(look.asked.subarray(first * net.inputs, (first + rows) * net.inputs), rows);
      look.answers.set(pass.outputs.subarray(0, rows * net.outputs), first * net.outputs);
    }
  }
}

/** Units of a layer, and where the first one's place in `alive` is. */
interface Units {
  readonly at: number;
  readonly units: readonly number[];
}

/** All that were not seen yet, by their layer. */
function silentUnits({ watched }: Look, layers: readonly Layer[]): Map<number, Units> {
  let at = 0;
  return new Map(
    watched.map((layer) => {
      const { outputs } = layers[layer];
      const units = { at, units: Array.from({ length: outputs }, (_, unit) => unit) };
      at += outputs;
      return [layer, units];
    }),
  );
}

/** The units that are 0 in all of these rows too, or that another worker has not seen either. */
function stillSilent(
  { at, units }: Units,
  values: Real,
  rows: number,
  { outputs }: Layer,
  alive: Uint8Array,
) {
  const rest = units.filter((unit) => {
    if (alive[at + unit] === 1) return false;
    for (let k = unit; k < rows * outputs; k += outputs) {
      if (values[k] === 0) continue;
      alive[at + unit] = 1;
      return false;
    }
    return true;
  });
  return { at, units: rest };
}
