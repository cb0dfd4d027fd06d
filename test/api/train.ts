import '../helpers/bare.js';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { train } from '../../src/api/train.js';
import type { TrainEvent } from '../../src/protocol.js';
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

t.test('a listener that throws ends the run', async (t) => {
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
  await t.rejects(train(xor(), { runDir: '' }), { message: 'run folder: expected a path, got ""' });
  await t.rejects(train('no-such.yaml'), { name: 'UserError', message: /no-such\.yaml/ });
  await t.rejects(train({ ...xor(), loss: 'cross-entropy' }), { name: 'UserError', message: /softmax/ });
});
