import '../helpers/bare.js';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { resume } from '../../src/api/resume.js';
import { train } from '../../src/api/train.js';
import type { StepEvent, TrainEvent } from '../../src/protocol.js';
import { endless, xor } from '../helpers/xor.js';

const here = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
t.before(() => process.chdir(folder));
t.teardown(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

t.test('a configuration given as an object: events in order, the weights, nothing written', async (t) => {
  const events: TrainEvent[] = [];
  const { summary, tensors } = await train(xor(), { threads: 2, onEvent: (event) => events.push(event) });
  const told = events.filter(({ event }) => event !== 'progress');
  t.same(
    told.map(({ event }) => event),
    ['start', 'epoch', 'epoch', 'done'],
  );
  t.same(told[3], summary);
  t.match(summary, { epochs: 20, stopped: false, runDir: null, weightsHash: /^sha256:[0-9a-f]{64}$/ });
  t.same(Object.keys(tensors), ['layer1.weight', 'layer1.bias', 'layer2.weight', 'layer2.bias']);
  t.same(tensors['layer1.weight'].shape, [2, 8]);
  t.equal(tensors['layer1.weight'].data.length, 16);
  t.same(readdirSync('.'), []);
});

t.test('runDir', async (t) => {
  const given = await train(xor(), { threads: 1, runDir: 'mine' });
  t.equal(given.summary.runDir, 'mine');
  t.ok(existsSync('mine/events.jsonl'));
  const chosen = await train(xor(), { threads: 1, runDir: true });
  t.match(chosen.summary.runDir, /^runs\/xor-/);
  t.ok(existsSync(join(`${chosen.summary.runDir}`, 'events.jsonl')));
  await t.rejects(train(xor(), { runDir: 'mine' }), {
    name: 'UserError',
    message: /^mine: already holds a run/,
  });
});

t.test('a signal ends the run after its minibatch, with what was learned kept', async (t) => {
  const controller = new AbortController();
  const { summary } = await train(endless, {
    threads: 1,
    signal: controller.signal,
    onEvent: ({ event }) => event === 'progress' && controller.abort(),
  });
  t.ok(summary.stopped);
  t.ok(summary.steps > 0);
  await t.rejects(train(endless, { signal: AbortSignal.abort(new Error('before')) }), { message: 'before' });
});

t.test('the run waits for onStep and onEpoch; the weights are those of a run without', async (t) => {
  const plain = await train(xor(), { threads: 1 });
  const seen: string[] = [];
  const steps: StepEvent[] = [];
  let busy = false;
  const slowly = async (what: string) => {
    t.notOk(busy, `${what}: one at a time`);
    busy = true;
    await sleep(1);
    busy = false;
    seen.push(what);
  };
  const { summary } = await train(
    xor({ train: { batchSize: 3, epochs: 2, validate: { every: '1 epoch' } } }),
    {
      threads: 2,
      onStep(event) {
        steps.push(event);
        return slowly(`step ${event.step}`);
      },
      onEpoch: ({ epoch }) => slowly(`epoch ${epoch}`),
    },
  );
  t.same(seen, ['step 1', 'step 2', 'epoch 1', 'step 3', 'step 4', 'epoch 2']);
  t.match(steps[3], { event: 'step', step: 4, epoch: 2, rows: 1, learningRate: 0.05 });
  t.ok(steps.every(({ loss }) => loss > 0.5 && loss < 0.9));
  t.equal(summary.steps, 4);
  const watched = await train(xor(), { threads: 2, onStep: () => {}, onEpoch: () => {} });
  t.equal(watched.summary.weightsHash, plain.summary.weightsHash);
});

t.test('an abort in a callback ends the run after that very step', async (t) => {
  for (const name of ['onStep', 'onEpoch'] as const) {
    const controller = new AbortController();
    const { summary } = await train(
      xor({ train: { batchSize: 1, epochs: 1_000_000, validate: { every: '7 steps' } } }),
      {
        threads: 1,
        signal: controller.signal,
        [name]: ({ step }: { step: number }) => step === 7 && controller.abort(),
      },
    );
    t.match(summary, { steps: 7, stopped: true }, name);
  }
});

t.test('a run is its events: it waits for who takes them, and leaving the loop ends it', async (t) => {
  const long = xor({ train: { batchSize: 1, epochs: 1_000_000, validate: { every: '7 steps' } } });
  const run = train(long, { threads: 1, runDir: 'left' });
  const seen: string[] = [];
  for await (const event of run) {
    if (event.event === 'progress') continue;
    seen.push(event.event === 'epoch' ? `epoch ${event.step}` : event.event);
    await sleep(5);
    if (event.event === 'epoch' && event.step === 14) break;
  }
  t.same(seen, ['start', 'epoch 7', 'epoch 14']);
  t.throws(() => run[Symbol.asyncIterator](), { message: /expected one loop a run/ });
  const { summary } = await run;
  t.match(summary, { steps: 14, stopped: true, checkpoint: /step-0+14/ });
  const all: string[] = [];
  for await (const { event } of resume('left', { threads: 1, overrides: { epochs: 5 } })) all.push(event);
  t.equal(all[1], 'resume');
  t.equal(all.at(-1), 'done', 'to its end');

  const taken = async (run: AsyncIterable<TrainEvent>, thrown?: Error) => {
    for await (const _ of run) if (thrown) throw thrown;
  };
  await t.rejects(taken(train(xor(), { threads: 0 })), { message: /^threads/ });
  await t.rejects(taken(train(endless), new Error('mine')), { message: 'mine' });
  const reason = new Error('enough');
  await t.rejects(taken(train(endless, { signal: AbortSignal.abort(reason) })), reason);
  const early = train(endless)[Symbol.asyncIterator]();
  t.same(await early.return?.(), { done: true, value: undefined }, 'before it has begun');
});

t.test('a listener that throws ends the run', async (t) => {
  for (const name of ['onStep', 'onEpoch'] as const) {
    const config = xor({ train: { epochs: 1_000_000 } });
    await t.rejects(train(config, { [name]: () => Promise.reject(new Error('mine')) }), { message: 'mine' });
  }
  const onEvent = () => {
    throw new Error('mine');
  };
  await t.rejects(train(endless, { onEvent }), { message: 'mine' });
});

t.test('what the caller can mend', async (t) => {
  await t.rejects(train(xor(), { threads: 1.5 }), {
    name: 'UserError',
    message: 'threads: expected a whole number from 1 to 256, got 1.5',
  });
  await t.rejects(train(xor(), { onStep: () => {}, nodes: 2 }), {
    message: /^onStep: does not go with nodes/,
  });
  await t.rejects(train(xor(), { onEpoch: 3 as never }), { message: 'onEpoch: expected a function, got 3' });
  await t.rejects(train(xor(), { runDir: '' }), { message: 'run folder: expected a path, got ""' });
  await t.rejects(train('no-such.yaml'), { name: 'UserError', message: /no-such\.yaml/ });
  await t.rejects(train({ ...xor(), loss: 'cross-entropy' }), { name: 'UserError', message: /softmax/ });
});
