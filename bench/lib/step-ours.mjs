/** gradpool's side of the comparison of a usual network of today (bench/step.mjs). Prints a JSON line. */
import { parseArgs } from 'node:util';
import { train } from '../../dist/src/index.js';

const { values } = parseArgs({
  options: {
    widths: { type: 'string' },
    batch: { type: 'string' },
    threads: { type: 'string' },
    seconds: { type: 'string' },
    engine: { type: 'string', default: 'auto' },
  },
});
const widths = values.widths.split(',').map(Number);
const batch = Number(values.batch);
const hidden = widths
  .slice(1, -1)
  .flatMap((units) => [
    { units },
    { name: 'batch-norm' },
    { name: 'activation', activation: 'relu' },
    { name: 'dropout', rate: 0.2 },
  ]);
const config = {
  name: 'step',
  seed: 0,
  engine: values.engine,
  data: { name: 'mnist', split: { name: 'random', train: 50_000, validation: 10, test: 10 } },
  model: { layers: [...hidden, { units: widths.at(-1), activation: 'softmax' }] },
  loss: 'cross-entropy',
  optimizer: { name: 'adamw', learningRate: 0.001 },
  train: { batchSize: batch, epochs: 1_000_000, validate: { every: '1000000 epochs' } },
};
const warmUp = 1000;
let first;
let last;
const stop = new AbortController();
const { summary } = await train(config, {
  threads: Number(values.threads),
  signal: stop.signal,
  onEvent(event) {
    if (event.event !== 'progress' || event.step === 0) return;
    const now = { at: performance.now(), examples: event.step * batch };
    first ??= { ...now, begun: now.at };
    if (now.at - first.begun < warmUp) Object.assign(first, now);
    last = now;
    if (now.at - first.at >= Number(values.seconds) * 1000) stop.abort();
  },
});
const examplesPerSecond = ((last.examples - first.examples) / (last.at - first.at)) * 1000;
console.log(JSON.stringify({ peer: 'gradpool', mode: values.engine, examplesPerSecond, time: summary.time }));
