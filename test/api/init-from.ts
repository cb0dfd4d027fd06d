/** Runs that begin with the weights of others: what is taken, what is recorded, what is refused. */
import '../helpers/bare.js';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { exportModel } from '../../src/api/export.js';
import { resume } from '../../src/api/resume.js';
import { train } from '../../src/api/train.js';
import { verify } from '../../src/api/verify.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { npyHeader } from '../../src/formats/npy-write.js';
import type { StartEvent, TrainEvent } from '../../src/protocol.js';
import { xor } from '../helpers/xor.js';

const here = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
t.before(() => process.chdir(folder));
t.teardown(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

/** With a norm, whose running statistics are taken too, and nothing validated: the last weights are left. */
const config = (units = 6): ConfigInput => ({
  ...xor(),
  model: {
    layers: [{ units, activation: 'tanh' }, { name: 'batch-norm' }, { units: 1, activation: 'sigmoid' }],
  },
  train: { ...xor().train, batchSize: 4, epochs: 10 },
});
const starts = (events: TrainEvent[]) =>
  events.filter((event): event is StartEvent => event.event === 'start');

t.test('the weights are those of the run, buffers too, and the record says which', async (t) => {
  const first = await train(config(), { threads: 1, runDir: 'first' });
  const events: TrainEvent[] = [];
  const onEvent = (event: TrainEvent) => events.push(event);
  const none = await train(config(), {
    threads: 1,
    overrides: { set: ['optimizer.learningRate=1e-44'], epochs: 1 },
    initFrom: 'first',
    onEvent,
  });
  t.same(
    none.tensors['layer1.weight'].data,
    first.tensors['layer1.weight'].data,
    'steps of nothing change nothing',
  );
  t.not(
    none.tensors['layer1.norm.running_mean'].data[0],
    0,
    'the running statistics went on from where they were',
  );
  const [{ initFrom }] = starts(events);
  t.match(initFrom, { path: join(process.cwd(), 'first/weights.safetensors'), drawn: [], unused: [] });
  t.same(initFrom?.taken, [
    'layer1.weight',
    'layer1.bias',
    'layer1.norm.weight',
    'layer1.norm.bias',
    'layer2.weight',
    'layer2.bias',
    'layer1.norm.running_mean',
    'layer1.norm.running_var',
  ]);
});

t.test(
  'two threads or one, verified, gone on with, and from no checkpoint at all: the same bits',
  async (t) => {
    const whole = await train(config(), {
      threads: 1,
      runDir: 'whole',
      initFrom: 'first/weights.safetensors',
    });
    t.not(whole.summary.weightsHash, (await train(config(), { threads: 1 })).summary.weightsHash);
    const two = await train(config(), {
      threads: 2,
      runDir: 'half',
      initFrom: 'first',
      overrides: { epochs: 4 },
    });
    t.not(two.summary.weightsHash, whole.summary.weightsHash);
    t.match(JSON.parse(readFileSync('half/config.json', 'utf8')).initFrom, { allowMissing: false });
    // The file is not read again where a checkpoint has the weights.
    renameSync('first', 'elsewhere');
    const on = await resume('half', { threads: 1, overrides: { epochs: 10 } });
    t.equal(on.summary.weightsHash, whole.summary.weightsHash);
    await t.rejects(verify('half'), {
      name: 'UserError',
      message: /the run begins with the weights in it: put it back/,
    });
    const step = Number(/step-0*(\d+)/.exec(readdirSync('half/checkpoints').sort()[1])?.[1]);
    t.ok((await verify('half', { from: step })).same);
    renameSync('elsewhere', 'first');
    t.ok((await verify('half')).same, 'it is recorded still');
    rmSync('half/checkpoints', { recursive: true });
    const anew = await resume('half', { threads: 1, overrides: { epochs: 10 } });
    t.equal(anew.summary.weightsHash, whole.summary.weightsHash, 'begun anew, with the same file');
    copyFileSync('first/weights.safetensors', 'kept');
    copyFileSync('whole/weights.safetensors', 'first/weights.safetensors');
    await t.rejects(verify('half'), {
      message: /is not the file that the run began with any more: it had sha256:/,
    });
    copyFileSync('kept', 'first/weights.safetensors');
  },
);

t.test('what does not fit is told in one line, or drawn where that is allowed', async (t) => {
  const refused = train(config(5), { threads: 1, initFrom: 'first' });
  await t.rejects(refused, {
    name: 'UserError',
    message:
      /^--init-from: .*weights\.safetensors does not fit: layer1\.weight is \[2, 6\] there and \[2, 5\] here, .*layer2\.weight is [^\n]*; --allow-missing/,
  });
  const events: TrainEvent[] = [];
  const onEvent = (event: TrainEvent) => events.push(event);
  const settings = { threads: 1, initFrom: 'first', allowMissing: true, runDir: 'fewer', onEvent };
  const fewer = await train(config(5), settings);
  t.match(starts(events)[0].initFrom, { taken: ['layer2.bias'], drawn: { 0: 'layer1.weight', length: 7 } });
  t.ok((await verify('fewer')).same);
  t.equal(
    fewer.summary.weightsHash,
    (await train(config(5), { ...settings, runDir: false })).summary.weightsHash,
  );
  await exportModel('first', { output: 'torch.safetensors', layout: 'torch' });
  await t.rejects(train(config(), { threads: 1, initFrom: 'torch.safetensors', allowMissing: true }), {
    message:
      /it has no layer1\.weight \[2, 6\], .*the network has no 0\.weight.*; nothing fits; gradpool import/,
  });
  await t.rejects(train(config(), { allowMissing: true }), {
    message: /allowMissing: goes with initFrom only/,
  });
  await t.rejects(train(config(), { initFrom: 'nowhere' }), { message: /^nowhere: no such file or folder/ });
  await t.rejects(train(config(), { initFrom: '.' }), { message: /holds no finished run/ });
});

t.test(
  'weights of a layer from a file: what it has, read where the run begins alone; what does not fit',
  async (t) => {
    const weights = Float64Array.from({ length: 12 }, (_, k) => k / 10);
    const header = npyHeader(2, 6);
    writeFileSync('w.npy', Buffer.concat([header, Buffer.from(weights.buffer)]));
    const from = (init: object): ConfigInput => ({
      ...xor(),
      model: {
        layers: [
          { units: 6, init: init as never },
          { units: 1, activation: 'sigmoid' },
        ],
      },
      train: { ...xor().train, batchSize: 4, epochs: 10 },
    });
    const still = { overrides: { set: ['optimizer.learningRate=1e-44'] }, threads: 1 };
    const npy = await train(from({ name: 'file', path: 'w.npy' }), { ...still, runDir: 'npy' });
    t.same(npy.tensors['layer1.weight'].data, Float32Array.from(weights));
    const tensor = { name: 'file', path: 'npy/weights.safetensors' };
    const own = await train(from(tensor), still);
    t.same(own.tensors['layer1.weight'].data, Float32Array.from(weights), 'by its own name');
    const whole = await train(from({ name: 'file', path: 'w.npy' }), { threads: 2, runDir: 'filed' });
    const half = await train(from({ name: 'file', path: 'w.npy' }), {
      threads: 1,
      runDir: 'filed-half',
      overrides: { epochs: 4 },
    });
    t.not(half.summary.weightsHash, whole.summary.weightsHash);
    renameSync('w.npy', 'elsewhere.npy');
    const { summary } = await resume('filed-half', { threads: 1, overrides: { epochs: 10 } });
    t.equal(summary.weightsHash, whole.summary.weightsHash, 'gone on with without the file');
    await t.rejects(train(from({ name: 'file', path: 'w.npy' }), still), {
      message: /w\.npy: no such file$/,
    });
    await t.rejects(train(from({ ...tensor, tensor: 'layer2.weight' }), still), {
      message:
        /npy\/weights\.safetensors: expected the \[2, 6\] \(inputs, units\) of layer1\.weight, got \[6, 1\]$/,
    });
    await t.rejects(train(from({ ...tensor, tensor: 'w' }), still), {
      message: /has no tensor w; say which with "tensor" \(layer1\.weight, /,
    });
  },
);
