/** Which weights a run leaves, when it ends before its last epoch, and that a stop anywhere changes neither. */
import '../helpers/bare.js';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Config, configSchema } from '../../src/config/schema.js';
import { Sample } from '../../src/coordinator/insights/sample.js';
import { Trainer } from '../../src/coordinator/trainer.js';
import { Workspace } from '../../src/coordinator/workspace.js';
import type { DataSource } from '../../src/data/source.js';
import { readSafetensors } from '../../src/formats/safetensors.js';
import { realDisk } from '../../src/machine/disk.js';
import { Pool } from '../../src/pool/pool.js';
import type {
  DoneEvent,
  EpochEvent,
  RunOptions,
  SampleEvent,
  TrainEvent,
  TrainResult,
} from '../../src/protocol.js';
import { judgedTensors, readCheckpoint } from '../../src/runs/checkpoint.js';
import { checkpointPath, checkpointSteps, newestCheckpoint } from '../../src/runs/checkpoints.js';
import { bytesHash } from '../../src/runs/weights.js';
import { smallConfig, smallData } from '../../torture/small.js';

const numbers = (from: number, to: number) => Uint32Array.from({ length: to - from }, (_, k) => from + k);

/** Classes that are drawn at random: learned by heart, which makes other rows' loss rise after a while. */
const source: DataSource = {
  ...smallData(),
  parts: { train: 100, validation: 50, test: 50 },
  split: () => ({ train: numbers(0, 100), validation: numbers(100, 150), test: numbers(50, 100) }),
};

const configOf = (train: Partial<Config['train']> = {}): Config =>
  smallConfig({ batchSize: 10, epochs: 12, checkpoint: { every: '4 steps', keep: 1000 }, ...train });
const validate = (every: string, monitor: Config['train']['validate']['monitor'] = 'loss') => ({
  every,
  monitor,
});
/** Threads that all runs share. */
const pool = new Pool(2);
t.teardown(() => pool.close());

/** Two misses after the best validation, with steps of epochs on both sides. */
const stopping = configOf({ validate: validate('7 steps'), stop: { patience: 3, minDelta: 0 } });

interface Done {
  readonly done: DoneEvent;
  readonly epochs: readonly EpochEvent[];
  readonly events: readonly TrainEvent[];
  readonly tensors: TrainResult['tensors'];
}

async function run(config: Config, options: Partial<RunOptions> = {}, given = source): Promise<Done> {
  const events: TrainEvent[] = [];
  const { summary, tensors } = await new Trainer().train(
    config,
    { threads: 2, runDir: null, version: 'test', ...options },
    (event) => events.push(event),
    { source: given, pool },
  );
  const epochs = events.filter((event) => event.event === 'epoch');
  return { done: summary, epochs, events, tensors };
}

/** Goes on from the newest checkpoint. */
async function goOn(config: Config, runDir: string, options: Partial<RunOptions> = {}): Promise<Done> {
  const { found, damaged } = await newestCheckpoint(realDisk, runDir);
  const resume = { checkpoint: found?.path ?? null, damaged, force: false };
  return run(config, { runDir, resume, ...options });
}

/** What must not depend on where a run was stopped. */
const result = ({ done }: Done) => {
  const { steps, bestStep, bestValue, bestHash, weightsHash, learnedEnough, stopped } = done;
  const { validLoss, validMetrics, testLoss, testMetrics } = done;
  const figures = { validLoss, validMetrics, testLoss, testMetrics };
  return { steps, bestStep, bestValue, bestHash, weightsHash, learnedEnough, stopped, ...figures };
};

t.test('the best weights are left, and patience ends the run', async (t) => {
  const { done, epochs, tensors } = await run(stopping);
  // As train.stop is defined, from what the validations found.
  let best: EpochEvent | undefined;
  let misses = 0;
  let end: EpochEvent | undefined;
  for (const epoch of epochs) {
    if (best === undefined || Number(epoch.validLoss) < Number(best.validLoss)) {
      best = epoch;
      misses = 0;
    } else if (++misses === 3) end ??= epoch;
  }
  t.match(done, { steps: end?.step, bestStep: best?.step, bestValue: best?.validLoss, monitor: 'loss' });
  t.match(done, { learnedEnough: true, stopped: false, validLoss: best?.validLoss });
  t.equal(done.steps, done.bestStep + 21);
  t.ok(done.bestStep > 7, 'neither the first nor the last');
  t.equal(epochs.at(-1)?.step, done.steps);

  const short = await run(stopping, { untilStep: done.bestStep });
  t.equal(short.done.weightsHash, done.bestHash, 'those after the best step');
  t.equal(short.done.testLoss, done.testLoss, 'which the test is of');
  t.strictSame(tensors, short.tensors);
  const last = await run(configOf({ validate: validate('1000 steps') }), { untilStep: done.steps });
  t.equal(last.done.weightsHash, done.weightsHash, 'the last ones are those of a run without validations');
  t.equal((await run(stopping, { threads: 1 })).done.bestHash, done.bestHash);
});

t.test(
  'stopped anywhere and gone on with, it leaves the same weights and ends at the same step',
  async (t) => {
    const whole = await run(stopping);
    const { bestStep, steps } = whole.done;
    for (const cut of [1, 7, bestStep - 1, bestStep, bestStep + 1, bestStep + 7, steps - 1, steps]) {
      const runDir = join(t.testdir(), `${cut}`);
      await run(stopping, { runDir, untilStep: cut });
      t.strictSame(result(await goOn(stopping, runDir)), result(whole), `after ${cut} steps`);
      const { data, metadata } = await readSafetensors(realDisk, join(runDir, 'weights.safetensors'));
      t.equal(bytesHash(data), whole.done.bestHash);
      t.match(metadata, { bestHash: whole.done.bestHash, weightsHash: whole.done.weightsHash });
      // Whose last state stands beside them.
      const { tensors } = await readCheckpoint(realDisk, checkpointPath(runDir, steps));
      const parameters = Float32Array.from(Object.values(tensors).flatMap(({ data }) => [...data]));
      t.equal(bytesHash(parameters), whole.done.weightsHash);
    }
  },
);

t.test('a plateau lowers the rate by what validations found, whatever threads and stops', async (t) => {
  const schedule = { name: 'plateau', patience: 2, factor: 0.5, warmup: '5 steps', threshold: 0.001 };
  const optimizer = { name: 'rmsprop', learningRate: 0.01, momentum: 0.5, schedule };
  const config = configSchema.parse({ ...configOf({ validate: validate('7 steps') }), optimizer });
  const whole = await run(config);
  let best = Number.POSITIVE_INFINITY;
  let [misses, rate] = [0, 0.01];
  for (const { step, validLoss, learningRate } of whole.epochs) {
    t.equal(learningRate, rate, `step ${step}`);
    misses = Number(validLoss) < best * (1 - 0.001) ? 0 : misses + 1;
    if (misses === 0) best = Number(validLoss);
    if (misses === 2) [misses, rate] = [0, rate * 0.5];
  }
  t.ok(rate < 0.01 / 4, 'several times');
  t.strictSame(result(await run(config, { threads: 1 })), result(whole));
  for (const cut of [6, 35, 36, 49, 60, 98]) {
    const runDir = join(t.testdir(), `${cut}`);
    await run(config, { runDir, untilStep: cut });
    t.strictSame(result(await goOn(config, runDir)), result(whole), `after ${cut} steps`);
  }
  const steady = configSchema.parse({
    ...config,
    optimizer: { ...optimizer, schedule: { ...schedule, patience: 1000 } },
  });
  t.not((await run(steady)).done.weightsHash, whole.done.weightsHash, 'the workers have heard of it');
});

t.test('averages of the weights are what is validated and left; the weights themselves go on', async (t) => {
  const config = configOf({
    ema: { decay: 0.9 },
    validate: validate('7 steps'),
    checkpoint: stopping.train.checkpoint,
  });
  const whole = await run(config);
  const { bestStep, steps } = whole.done;
  t.ok(bestStep < steps);
  const without = await run(configOf({ validate: validate('7 steps') }));
  t.equal(whole.done.weightsHash, without.done.weightsHash, 'training does not know of them');
  t.not(whole.done.bestHash, without.done.bestHash);
  for (const cut of [1, bestStep, bestStep + 3]) {
    const runDir = join(t.testdir(), `${cut}`);
    await run(config, { runDir, untilStep: cut, threads: 1 });
    t.strictSame(result(await goOn(config, runDir)), result(whole), `after ${cut} steps`);
    const { tensors } = await readCheckpoint(realDisk, checkpointPath(runDir, bestStep));
    const averages = Object.entries(whole.tensors).map(([name]) => [name, tensors[`ema.${name}`].data]);
    t.strictSame(
      averages,
      Object.entries(whole.tensors).map(([name, { data }]) => [name, data]),
    );
    t.strictSame(judgedTensors(tensors)['layer1.weight'], tensors['ema.layer1.weight']);
    t.notSame(tensors['ema.layer1.weight'].data, tensors['layer1.weight'].data);
  }
});

t.test('a run that is stopped between two validations may leave its last weights', async (t) => {
  const { done, epochs } = await run(stopping, { untilStep: 10 });
  t.strictSame(
    epochs.map(({ step }) => step),
    [7, 10],
  );
  t.ok(Number(epochs[1].validLoss) < Number(epochs[0].validLoss));
  t.match(done, { bestStep: 10, bestHash: done.weightsHash, bestValue: epochs[1].validLoss });
});

t.test('the validation at the end is not one that a longer run would have had', async (t) => {
  const runDir = join(t.testdir(), 'run');
  const every = (epochs: number) =>
    configOf({ epochs, validate: validate('7 steps'), stop: { patience: 4, minDelta: 0 } });
  await run(every(3), { runDir });
  const { state } = await readCheckpoint(realDisk, checkpointPath(runDir, 30));
  t.equal(state.validation?.step, 28);
  t.strictSame(result(await goOn(every(12), runDir)), result(await run(every(12))));
});

t.test('more patience needs no force, and gives what it would have given', async (t) => {
  const runDir = join(t.testdir(), 'run');
  const { done } = await run(stopping, { runDir });
  const patient = configOf({ ...stopping.train, stop: { patience: 5, minDelta: 0 } });
  const further = await goOn(patient, runDir);
  t.ok(further.done.steps > done.steps);
  t.strictSame(result(further), result(await run(patient)));
  await t.rejects(goOn(stopping, runDir), {
    name: 'UserError',
    message: /train\.stop\.patience: 5 in the run, 3 now; put it back, or go on with --force/,
  });
  const { stop: _, ...endless } = patient.train;
  t.match((await goOn({ ...patient, train: endless }, runDir)).done, { steps: 120, learnedEnough: false });
  const other = { ...patient, train: { ...endless, validate: validate('7 steps', 'accuracy') } };
  await t.rejects(goOn(other, runDir), {
    message: /train\.validate\.monitor: "loss" in the run, "accuracy" now/,
  });
});

t.test('a metric is monitored in its own direction', async (t) => {
  const { done, epochs } = await run(configOf({ validate: validate('9 steps', 'accuracy') }));
  const shares = epochs.map(({ validMetrics }) => Number(validMetrics.accuracy));
  const most = Math.max(...shares);
  t.match(done, { monitor: 'accuracy', bestValue: most, bestStep: epochs[shares.indexOf(most)].step });
  t.ok(shares.some((share) => share < most));
  t.equal(done.validMetrics.accuracy, most);
});

t.test('without validation rows the last weights are left', async (t) => {
  const none = {
    ...source,
    parts: { ...source.parts, validation: 0 },
    split: (seed: number) => ({ ...source.split(seed), validation: new Uint32Array() }),
  };
  const { done, epochs } = await run(configOf({ epochs: 2 }), {}, none);
  t.match(done, { bestStep: 20, bestValue: null, bestHash: done.weightsHash, validLoss: null });
  t.strictSame(done.validMetrics, {});
  t.equal(epochs.at(-1)?.validLoss, null);
  await t.rejects(run(stopping, {}, none), {
    name: 'UserError',
    message: /^train\.stop: needs validation rows/,
  });
});

t.test('best weights that are lost: what came before them is gone on with', async (t) => {
  const whole = await run(stopping);
  const { bestStep } = whole.done;
  const runDir = join(t.testdir(), 'run');
  await run(stopping, { runDir, untilStep: bestStep + 5 });
  rmSync(checkpointPath(runDir, bestStep));
  const again = await goOn(stopping, runDir);
  const resumed = again.events.find((event) => event.event === 'resume');
  t.ok(resumed && resumed.step < bestStep);
  t.match(resumed?.damaged, [
    { why: new RegExp(`^the best weights so far, those of step ${bestStep}, are lost \\(`) },
  ]);
  t.strictSame(result(again), result(whole));
});

t.test('checkpoints that are kept keep the best that they know of', async (t) => {
  const runDir = join(t.testdir(), 'run');
  await run(configOf({ validate: validate('7 steps'), checkpoint: { every: '4 steps', keep: 2 } }), {
    runDir,
    untilStep: 60,
  });
  const steps = await checkpointSteps(realDisk, runDir);
  for (const step of steps) {
    const { best } = (await readCheckpoint(realDisk, checkpointPath(runDir, step))).state;
    t.ok(best && steps.includes(best.step), `${best?.step} of ${step}`);
  }
});

/** The regression of three values a row, of which the validation rows are as `change` makes them. */
function regression(change: (value: number) => number): [Config, DataSource] {
  const config = configOf({ validate: validate('5 steps') });
  const { layers } = config.model;
  const model = {
    ...config.model,
    layers: [layers[0], { ...layers[1], activation: { name: 'linear' } as const }],
  };
  const given: DataSource = {
    ...source,
    targets: { kind: 'values', outputs: source.outputs, type: 'float64' },
    async read({ features, targets: y }) {
      await source.read({ features, targets: new Uint8Array(150) });
      for (let k = 0; k < y.length; k++) y[k] = k < 300 ? Math.sin(k) : change(Math.sin(k));
    },
  };
  return [{ ...config, loss: { name: 'mean-squared-error' }, model }, given];
}

t.test('a validation that is not finite ends the run, with a checkpoint', async (t) => {
  const runDir = join(t.testdir(), 'run');
  const [config, given] = regression(() => 1e39);
  await t.rejects(run(config, { runDir }, given), {
    name: 'Diverged',
    message: new RegExp(
      `^After step 5 the loss of the validation rows is Infinity, while .*\\nkept: ${checkpointPath(runDir, 5)}; `,
    ),
  });
  t.notOk(existsSync(join(runDir, 'weights.safetensors')));
});

t.test('what is undefined is null with a reason, and is not monitored', async (t) => {
  const [config, given] = regression(() => 0.5);
  const { done, epochs } = await run({ ...config, train: { ...config.train, epochs: 1 } }, {}, given);
  t.equal(epochs[0].validMetrics.r2, null);
  t.strictSame(epochs[0].reasons, { r2: 'the targets of output 0 are all the same' });
  t.type(done.testMetrics.r2, 'number');
  t.notOk('reasons' in done);
  t.notOk('accuracy' in done.testMetrics);
  const runDir = join(t.testdir(), 'run');
  const monitored = { ...config, train: { ...config.train, validate: validate('5 steps', 'r2') } };
  await t.rejects(run(monitored, { runDir }, given), {
    name: 'UserError',
    message: /^train\.validate\.monitor: "r2" is undefined on the validation rows/,
  });
  t.notOk(existsSync(runDir), 'before anything is trained or written');
});

t.test('what becomes of a few rows is told where it is asked for, and nothing else changes', async (t) => {
  const config = configOf({ validate: validate('7 steps') });
  const plain = await run(config);
  t.notOk(plain.events.some(({ event }) => event === 'sample'));
  const samples: SampleEvent[][] = [];
  for (const threads of [1, 2]) {
    const seen = await run(config, { threads, sample: true });
    t.same(result(seen), result(plain));
    samples.push(seen.events.filter((event) => event.event === 'sample'));
  }
  const [[first], [again]] = samples;
  t.equal(first.step, 7, 'after the first validation');
  t.same(first.examples, again.examples, 'the same for any number of threads');
  t.same(
    first.examples.map(({ row }) => row),
    Array.from({ length: 12 }, (_, k) => 100 + k),
    'the first validation rows',
  );
  const { compute, wait, update, other } = first.time;
  t.ok(Math.abs(compute + wait + update + other - 1) < 1e-9);
});

t.test('samples: as seldom as they take no time, rows shown once, none of no rows', async (t) => {
  const workspace = await Workspace.open(configOf(), source, 1, { pool });
  t.teardown(() => workspace.close());
  let now = 0;
  const sample = new Sample(workspace, () => now++);
  const time = () => ({ compute: 1, wait: 0, update: 0, other: 0 });
  const first = await sample.after(5, time);
  t.match(first, { step: 5, time: time() });
  t.ok(first?.examples.every(({ cells, loss }) => cells !== undefined && Number.isFinite(loss)));
  t.equal(await sample.after(6, time), undefined, 'too soon');
  now += 1000;
  const second = await sample.after(7, time);
  t.equal(second?.step, 7);
  t.ok(second?.examples.every(({ cells }) => cells === undefined));
  const none = { ...source, parts: { ...source.parts, validation: 0 } };
  const empty = await Workspace.open(
    configOf(),
    { ...none, split: () => ({ ...source.split(0), validation: new Uint32Array() }) },
    1,
    { pool },
  );
  t.teardown(() => empty.close());
  t.same((await new Sample(empty).after(1, time))?.examples, []);
});
