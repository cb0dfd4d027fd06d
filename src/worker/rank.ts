/** What metrics make of all rows of a part at once, output by output. */
import { partsOfEvaluation } from '../plan/evaluation.js';
import type { RankedRows, Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { Counter, Word } from '../shared/control.js';
import { Heartbeat, Phase } from '../shared/heartbeat.js';

/**
 * Takes one output of one metric after another until none is left; the rows are those that the task `evaluate` has
 * left. What comes of each depends on the rows alone, and has a place of its own.
 */
export function rankOutputs(setup: Setup, worker: number, which: RankedRows): void {
  const { memory, layout, net, evaluated } = setup;
  const { outputs } = net;
  const words = view(memory, layout.control);
  const h = view(memory, layout.ranked.outputs);
  const y = view(memory, layout.ranked.targets);
  const places = view(memory, layout.ranked.places);
  const space = view(memory, layout.workers[worker].space);
  const heartbeat = new Heartbeat(memory, layout.workers[worker].heartbeat);
  const step = view(memory, layout.counters)[Counter.step];
  const rows = layout[which].length;
  const work = partsOfEvaluation(evaluated, outputs).parts.flatMap(({ spec, metric, from, to }) =>
    metric.adds === 'ranks'
      ? Array.from({ length: outputs }, (_, output) => {
          const each = (to - from) / outputs;
          const at = from + output * each;
          return { spec, metric, output, place: places.subarray(at, at + each) };
        })
      : [],
  );
  let taken = 0;
  for (;;) {
    const next = Atomics.add(words, Word.nextPiece, 1);
    heartbeat.beat(step, Phase.evaluate + (taken++ & 1));
    if (next >= work.length) return;
    const { spec, metric, output, place } = work[next];
    metric.rank(h, y, { rows, outputs, task: evaluated.task, spec }, output, space, place);
  }
}
