/** One of the processes that mpirun starts: a case of the comparison, for some seconds. Host 0 prints a JSON line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { train } from '../../dist/src/index.js';

const { values } = parseArgs({
  options: {
    case: { type: 'string', default: 'usual' },
    nodes: { type: 'string', default: '2' },
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '5' },
    order: { type: 'string', default: 'fixed' },
  },
});
const cases = JSON.parse(readFileSync(join(import.meta.dirname, '../peers/cases.json'), 'utf8'));
const { widths, batch } = cases[values.case];
const nodes = Number(values.nodes);
const threads = Number(values.threads);
const layers = widths.slice(1).map((units, l) => ({
  units,
  activation: l === widths.length - 2 ? 'softmax' : 'relu',
}));
const config = {
  name: values.case,
  seed: 0,
  data: { name: 'mnist', split: { name: 'random', train: 50_000, validation: 10, test: 10 } },
  model: { layers, init: { name: 'uniform', range: 0.08 } },
  loss: 'cross-entropy',
  optimizer: { name: 'sgd', learningRate: 0.01 },
  train: {
    batchSize: batch,
    shards: nodes * threads,
    averaging: 'hosts',
    ...(nodes > 1 && { exchange: values.order }),
    epochs: 1_000_000,
    validate: { every: '1000000 epochs' },
  },
};
const warmUp = 1;
let first;
let last;
const stop = new AbortController();
const training = train(config, {
  ...(nodes > 1 && { nodes }),
  threads,
  signal: stop.signal,
  onEvent(event) {
    if (event.event !== 'progress' || event.step === 0) return;
    const now = { at: performance.now(), examples: event.step * batch };
    first ??= { ...now, begun: now.at };
    if (now.at - first.begun < warmUp * 1000) Object.assign(first, now);
    last = now;
    if (now.at - first.at >= Number(values.seconds) * 1000) stop.abort();
  },
});
// On a busy machine hosts may lose each other as they stop; what was timed was timed before.
const done = await training.catch((error) => {
  if (!stop.signal.aborted) throw error;
});
if (last !== undefined) {
  const examplesPerSecond = ((last.examples - first.examples) / (last.at - first.at)) * 1000;
  const { time, steps = last.examples / batch } = done?.summary ?? {};
  console.log(JSON.stringify({ examplesPerSecond, time, steps }));
}
