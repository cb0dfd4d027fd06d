/** Runs that are continued, and repeated, through the library and the command line. */
import '../helpers/bare.js';
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { evaluate } from '../../src/api/evaluate.js';
import { resume } from '../../src/api/resume.js';
import { train } from '../../src/api/train.js';
import { verify } from '../../src/api/verify.js';
import { encodeSafetensors, readSafetensors } from '../../src/formats/safetensors.js';
import { realDisk } from '../../src/machine/disk.js';
import type { ResumeEvent, TrainEvent } from '../../src/protocol.js';
import { readCheckpoint, writeCheckpoint } from '../../src/runs/checkpoint.js';
import { checkpointPath, checkpointSteps } from '../../src/runs/checkpoints.js';
import { bytesHash } from '../../src/runs/weights.js';
import { xor } from '../helpers/xor.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-resume-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let names = 0;
const newFolder = () => join(folder, `run${names++}`);

/** Two epochs in a hundred validated; stopped when `until` says so. */
const config = (epochs = 3000) =>
  xor({
    train: {
      epochs,
      batchSize: 2,
      validate: { every: '50 epochs' },
      checkpoint: { every: '30 steps', keep: 1000 },
    },
  });

/** The same run, never stopped: what the others must come to. */
const wholeEvents: TrainEvent[] = [];
const whole = train(config(), { threads: 1, onEvent: (event) => wholeEvents.push(event) });
const wholeHash = whole.then(({ summary }) => summary.weightsHash);

/** Where no test needs what lies between: writing hundreds of checkpoints is most of a run's time. */
const seldom = { set: ['train.checkpoint.every=3000 steps'] };

/** One that was stopped: where it is, and after how many steps. */
const halted = (async () => {
  const runDir = newFolder();
  const controller = new AbortController();
  const { summary } = await train(config(), {
    runDir,
    threads: 2,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.event === 'checkpoint' && event.step >= 150) controller.abort();
    },
  });
  return { runDir, steps: summary.steps };
})();

/** A copy of it, to go on with. */
async function stopped(runDir: string): Promise<number> {
  const { runDir: original, steps } = await halted;
  cpSync(original, runDir, { recursive: true });
  return steps;
}

const resumeEvent = (events: readonly TrainEvent[]): ResumeEvent | undefined =>
  events.find((event): event is ResumeEvent => event.event === 'resume');

t.test('a stopped run, continued, ends as one that never was stopped', async (t) => {
  const runDir = newFolder();
  const steps = await stopped(runDir);
  const events: TrainEvent[] = [];
  const onEvent = (event: TrainEvent) => events.push(event);
  const { summary } = await resume(runDir, { threads: 3, overrides: seldom, onEvent });
  t.equal(summary.weightsHash, await wholeHash);
  const { validLoss } = (await whole).summary;
  t.match(summary, { steps: 6000, stopped: false, faults: 0, validLoss });
  t.match(resumeEvent(events), { step: steps, damaged: [], forced: [] });
  const losses = (all: readonly TrainEvent[]) =>
    all.flatMap((event) => (event.event === 'epoch' ? [[event.step, event.trainLoss, event.validLoss]] : []));
  t.strictSame(
    losses(events),
    losses(wholeEvents).filter(([step]) => Number(step) > steps),
    'the loss of the epoch that was cut in two is exact too',
  );
  // A finished run has nothing left to do, and says what it came to.
  t.equal((await resume(runDir)).summary.weightsHash, await wholeHash);
  const lines = readFileSync(join(runDir, 'events.jsonl'), 'utf8').trimEnd().split('\n');
  t.ok(lines.every((line) => JSON.parse(line).event));
});

t.test('more epochs need no force, and are those of a longer run', async (t) => {
  const runDir = newFolder();
  await train(config(100), { runDir, threads: 1 });
  const { summary } = await resume(runDir, { overrides: { ...seldom, epochs: 3000 } });
  t.equal(summary.weightsHash, await wholeHash);
  await t.rejects(resume(runDir, { overrides: { epochs: 10 } }), {
    name: 'UserError',
    message:
      'train.epochs: the run is at step 6000 already, past the 20 of 10 epochs; expected at least 3000',
  });
  t.match(await verify(runDir), { same: true, steps: 6000 }, 'what it can be repeated from is recorded');
  // That of the first hundred epochs' end knows of no more of them.
  t.match(await verify(runDir, { from: 200 }), { same: true, steps: 6000, from: 200 });
});

t.test('an optimizer’s state and its schedule are gone on with in the middle of an epoch', async (t) => {
  for (const optimizer of [
    {
      name: 'sgd',
      momentum: 0.9,
      nesterov: true,
      l2: 0.001,
      schedule: { name: 'cosine', warmup: '9 steps' },
    },
    { name: 'adamw', schedule: 'cosine' },
  ] as const) {
    const given = { ...config(4000), optimizer };
    const whole = await train(given, { threads: 1 });
    const runDir = newFolder();
    const controller = new AbortController();
    const { summary } = await train(
      { ...given, train: { ...given.train, checkpoint: { every: '7 steps', keep: 1000 } } },
      {
        runDir,
        threads: 2,
        signal: controller.signal,
        onEvent: (event) => {
          if (event.event === 'checkpoint') controller.abort();
        },
      },
    );
    // Two steps an epoch: the last checkpoint after an odd number of them is in the middle of one.
    const steps = (await checkpointSteps(realDisk, runDir)).filter((step) => step % 2 === 1);
    t.ok(summary.stopped && steps.length > 0, `${optimizer.name}: stopped at ${summary.steps}`);
    const { tensors } = await readSafetensors(realDisk, checkpointPath(runDir, steps[0]));
    const slots = optimizer.name === 'sgd' ? ['momentum'] : ['m', 'v'];
    const of = (prefix: string) =>
      ['layer1', 'layer2'].flatMap((l) => [`${prefix}${l}.weight`, `${prefix}${l}.bias`]);
    t.strictSame(Object.keys(tensors).sort(), ['', ...slots.map((slot) => `${slot}.`)].flatMap(of).sort());
    for (const step of await checkpointSteps(realDisk, runDir)) {
      if (step > steps[0]) rmSync(checkpointPath(runDir, step));
    }
    const resumed = await resume(runDir, { threads: 3, overrides: seldom });
    t.equal(resumed.summary.weightsHash, whole.summary.weightsHash, optimizer.name);
    t.match(await verify(runDir), { same: true });
  }
});

t.test('a schedule as long as the run: more epochs only where its length is written', async (t) => {
  const cosine = (epochs: number, length?: string) => ({
    ...config(epochs),
    optimizer: {
      name: 'sgd',
      learningRate: 0.05,
      schedule: { name: 'cosine', final: 0.01, length },
    } as const,
  });
  const runDir = newFolder();
  await train(cosine(100), { runDir, threads: 1 });
  await t.rejects(resume(runDir, { overrides: { epochs: 200 } }), {
    name: 'UserError',
    message:
      `${runDir}: optimizer.schedule.length: "100 epochs" in the run, "200 epochs" now (it is as long as the run where ` +
      'none is written: --set optimizer.schedule.length="100 epochs" keeps it); put it back, or go on with --force (the ' +
      'weights are then no longer those of one configuration)',
  });
  const kept = { epochs: 200, set: ['optimizer.schedule.length=100 epochs'] };
  const { summary } = await resume(runDir, { overrides: kept });
  t.equal(summary.weightsHash, (await train(cosine(200, '100 epochs'), { threads: 1 })).summary.weightsHash);
  const { summary: again } = await resume(runDir, { overrides: { epochs: 300 } });
  t.equal(again.steps, 600, 'the length is written now');

  const short = { ...cosine(2, '3 steps') };
  const { optimizer } = short;
  const wrong = {
    ...short,
    optimizer: { ...optimizer, schedule: { ...optimizer.schedule, warmup: '4 steps' } },
  };
  await t.rejects(train(wrong), {
    name: 'UserError',
    message: "optimizer.schedule.warmup: expected at most the schedule's 3 steps, got 4",
  });
});

t.test('a damaged newest checkpoint is reported, and the one before it used', async (t) => {
  const runDir = newFolder();
  await stopped(runDir);
  const steps = await checkpointSteps(realDisk, runDir);
  const path = checkpointPath(runDir, steps[0]);
  appendFileSync(path, 'x');
  const events: TrainEvent[] = [];
  const onEvent = (event: TrainEvent) => events.push(event);
  const { summary } = await resume(runDir, { overrides: seldom, onEvent });
  t.match(resumeEvent(events), { step: steps[1], damaged: [{ path, why: /the file has/ }] });
  t.equal(summary.weightsHash, await wholeHash);
});

t.test('without a checkpoint it begins anew; without a run it does not', async (t) => {
  const runDir = newFolder();
  await stopped(runDir);
  rmSync(join(runDir, 'checkpoints'), { recursive: true });
  const { summary } = await resume(runDir, { overrides: seldom });
  t.equal(summary.weightsHash, await wholeHash);
  await t.rejects(resume(newFolder()), { name: 'UserError', message: /holds no run/ });
  await t.rejects(resume(''), { message: 'run folder: expected a path, got ""' });
  // What is no run's is not written over.
  const [settings, log] = ['config.json', 'events.jsonl'].map((name) => join(runDir, name));
  const kept = readFileSync(settings, 'utf8');
  writeFileSync(settings, '{"compilerOptions":{}}');
  await t.rejects(resume(runDir), {
    name: 'UserError',
    message: `${settings}: expected a run's configuration, found none in it; move it away to go on from the newest checkpoint`,
  });
  t.equal(readFileSync(settings, 'utf8'), '{"compilerOptions":{}}');
  rmSync(settings);
  rmSync(log);
  mkdirSync(log);
  await t.rejects(resume(runDir), {
    name: 'UserError',
    message: `${log}: expected a file, got a folder; move it away to go on`,
  });
  rmSync(log, { recursive: true });
  t.equal((await resume(runDir)).summary.weightsHash, await wholeHash);
  t.same(JSON.parse(readFileSync(settings, 'utf8')).config, JSON.parse(kept).config);
  const file = newFolder();
  writeFileSync(file, '');
  await t.rejects(resume(file), { name: 'UserError', message: /holds no run|got a file/ });
});

t.test('what differs is refused, or overridden by force and remembered', async (t) => {
  const runDir = newFolder();
  const steps = await stopped(runDir);
  const slower = { overrides: { set: ['optimizer.learningRate=0.01', 'seed=9'] } };
  await t.rejects(resume(runDir, slower), {
    name: 'UserError',
    message:
      `${runDir}: seed: 34 in the run, 9 now\n${runDir}: optimizer.learningRate: 0.05 in the run, 0.01 now; put it back, ` +
      'or go on with --force (the weights are then no longer those of one configuration)',
  });
  await t.rejects(resume(runDir, { overrides: { set: ['train.batchSize=4'] }, force: true }), {
    message: /train\.batchSize: 2 in the run, 4 now; what was computed does not fit any more/,
  });
  await t.rejects(resume(runDir, { overrides: { engine: 'reference' } }), {
    message: /model\.precision|engine\.name: "wasm" in the run, "reference" now/,
  });
  const { summary } = await resume(runDir, { ...slower, force: true });
  t.equal(summary.steps, 6000);
  await t.rejects(verify(runDir), {
    message: new RegExp(`was continued by --force at step ${steps} .*--from STEP`),
  });
  t.match(await verify(runDir, { from: 6000 }), { same: true });
  const later = (await checkpointSteps(realDisk, runDir)).filter((step) => step > steps && step < 6000);
  t.match(await verify(runDir, { from: later[0] }), { same: true, from: later[0] });
  await t.rejects(verify(runDir, { from: steps }), {
    message: /was continued by --force/,
  });
});

t.test('a run whose engine is no more: no other one takes its place unasked', async (t) => {
  const runDir = newFolder();
  await train(xor(), { runDir, threads: 1 });
  const file = join(runDir, 'weights.safetensors');
  const before = await evaluate(file, { split: 'train' });
  // What such a run left.
  const engine = { name: 'blas', kernels: 'a', blas: 'OpenBLAS 0.3.21', shards: 1 };
  const step = Math.max(...(await checkpointSteps(realDisk, runDir)));
  const checkpoint = await readCheckpoint(realDisk, checkpointPath(runDir, step));
  const config = { ...checkpoint.provenance.config, engine: { name: 'blas' } };
  const provenance = { ...checkpoint.provenance, engine, config } as never;
  await writeCheckpoint(realDisk, checkpointPath(runDir, step), { ...checkpoint, provenance });
  writeFileSync(join(runDir, 'config.json'), JSON.stringify({ gradpool: '0.2.0', engine, config }));
  const { tensors, metadata, data } = await readSafetensors(realDisk, file);
  const run = JSON.stringify({ ...JSON.parse(metadata.run), engine, config });
  writeFileSync(file, Buffer.concat([encodeSafetensors(tensors, { ...metadata, run }).head, data]));

  await t.rejects(verify(runDir), {
    name: 'UserError',
    message: `${runDir}: was computed by the engine "blas", which this version does not have: it cannot be repeated here`,
  });
  const more = { set: ['train.epochs=30'] };
  await t.rejects(resume(runDir, { overrides: more }), {
    name: 'UserError',
    message:
      `${runDir}: was computed by the engine "blas", which this version does not have; begin a new run, or go on with ` +
      '--engine auto --force (the weights are then no longer those of one configuration)',
  });
  await t.rejects(resume(runDir, { overrides: more, force: true }), {
    name: 'UserError',
    message: `${runDir}/config.json engine.name: the engine "blas" is gone; take "native", the default`,
  });
  t.match(
    await evaluate(file, { split: 'train' }),
    { loss: before.loss },
    'its weights are as good as they were',
  );
  const events: TrainEvent[] = [];
  const onEvent = (event: TrainEvent) => events.push(event);
  await resume(runDir, { overrides: { ...more, engine: 'wasm' }, force: true, onEvent });
  t.ok(resumeEvent(events)?.forced.includes('engine.name: "blas" in the run, "wasm" now'));
});

t.test('data of the same numbers that mean something else are other data', async (t) => {
  const path = join(folder, 'names.csv');
  const write = (names: string) =>
    writeFileSync(path, `c,y\n${Array.from({ length: 12 }, (_, k) => `${names[k % 2]},${k}`).join('\n')}\n`);
  const given = {
    name: 'names',
    seed: 1,
    data: { name: 'csv', path, target: 'y', split: { name: 'random', validation: 0, test: 0 } },
    model: { layers: [{ units: 'auto', activation: 'linear' }] },
    loss: 'mean-squared-error',
    optimizer: { name: 'sgd', learningRate: 0.01 },
    train: { batchSize: 4, epochs: 2 },
  } as const;
  const runDir = newFolder();
  write('ab');
  await train(given, { runDir, threads: 1, cache: false });
  const more = { overrides: { epochs: 4 }, cache: false };
  // The same codes, of other categories.
  write('cd');
  await t.rejects(resume(runDir, more), {
    name: 'UserError',
    message: /data\.sha256: "[0-9a-f]+… in the run, "[0-9a-f]+… now; put it back, or go on with --force/,
  });
  t.equal((await resume(runDir, { ...more, force: true })).summary.epochs, 4);
});

t.test('weights of before are not compared with what a run that was then continued gives', async (t) => {
  const runDir = newFolder();
  const steps = await stopped(runDir);
  const slower = { overrides: { set: ['optimizer.learningRate=0.01'] }, force: true };
  await t.rejects(
    resume(runDir, {
      ...slower,
      onEvent: ({ event }) => {
        if (event === 'checkpoint') throw new Error('no more');
      },
    }),
    { message: 'no more' },
  );
  t.notOk(existsSync(join(runDir, 'run.lock')), 'what threw in a listener has left no lock');
  t.match(await verify(runDir), { same: true, steps }, 'they are repeated from what they came of');
  const later = (await checkpointSteps(realDisk, runDir)).find((step) => step > steps);
  await t.rejects(verify(runDir, { from: later }), {
    message: new RegExp(`expected the step of a checkpoint of .*, ${steps}\\), got ${later}`),
  });
});

t.test('a folder that vanishes: no checkpoint is said to be kept', async (t) => {
  const runDir = newFolder();
  const failure = await train(config(1_000_000), {
    runDir,
    onEvent: ({ event }) => {
      if (event === 'checkpoint' && existsSync(runDir)) renameSync(runDir, `${runDir}-gone`);
    },
  }).then(
    () => new Error('trained on'),
    (error: Error) => error,
  );
  t.equal(failure.name, 'UserError');
  t.match(failure.message, /the folder is not there any more; no checkpoint was kept$/);
});

t.test('an override of a recorded configuration is named where it is wrong', async (t) => {
  const runDir = newFolder();
  await stopped(runDir);
  await t.rejects(resume(runDir, { overrides: { set: ['optimizer.learningRate=-1'] } }), {
    name: 'UserError',
    message: '--set optimizer.learningRate=-1: expected a number in (0, 1000000], got -1',
  });
});

t.test('checkpoints that may not be read', { skip: process.getuid?.() === 0 && 'root may' }, async (t) => {
  const runDir = newFolder();
  await stopped(runDir);
  chmodSync(join(runDir, 'checkpoints'), 0o000);
  t.teardown(() => chmodSync(join(runDir, 'checkpoints'), 0o700));
  await t.rejects(resume(runDir), {
    name: 'UserError',
    message: `${runDir}: cannot be read (no permission)`,
  });
  await t.rejects(verify(runDir, { from: 30 }), { name: 'UserError', message: /cannot be read/ });
});

t.test('verify', async (t) => {
  const runDir = newFolder();
  const steps = await stopped(runDir);
  const expected = { same: true, steps, from: 0 };
  t.match(await verify(runDir, { threads: 1 }), expected, 'a stopped run as far as it came');
  const events: TrainEvent[] = [];
  const onEvent = (event: TrainEvent) => events.push(event);
  t.match(await verify(runDir, { threads: 2, from: 30, onEvent }), { same: true, from: 30 });
  t.match(
    events.find(({ event }) => event === 'resume'),
    { totalSteps: steps },
    'its progress is told of so many steps',
  );
  await t.rejects(verify(runDir, { from: 61 }), {
    name: 'UserError',
    message: /--from: expected the step of a checkpoint of .* \(30, .*\), got 61/,
  });
  await t.rejects(verify(newFolder()), { message: /holds no finished run \(no weights\.safetensors\)$/ });
  const unfinished = newFolder();
  cpSync(runDir, unfinished, { recursive: true });
  rmSync(join(unfinished, 'weights.safetensors'));
  const wayOn = {
    name: 'UserError',
    message: `${unfinished}: holds no finished run (no weights.safetensors); unless it still runs, this ends it: gradpool train --resume ${unfinished}`,
  };
  await t.rejects(verify(unfinished), wayOn);
  rmSync(join(unfinished, 'config.json'));
  await t.rejects(verify(unfinished), wayOn, 'a checkpoint is a run as well');

  await t.rejects(verify(''), { name: 'UserError', message: 'run folder: expected a path, got ""' });

  const other = newFolder();
  cpSync(runDir, other, { recursive: true });
  const path = join(other, 'weights.safetensors');
  const { tensors, metadata, data } = await readSafetensors(realDisk, path);
  data[0] ^= 1;
  const { head } = encodeSafetensors(tensors, { ...metadata, bestHash: bytesHash(data) });
  writeFileSync(path, Buffer.concat([head, data]));
  const { same, recorded, repeated, recordedBest, repeatedBest } = await verify(other);
  t.notOk(same, 'it can say no');
  t.equal(recorded, repeated);
  t.not(recordedBest, repeatedBest, 'of the weights that were left');
  const wrong = encodeSafetensors(tensors, { ...metadata, weightsHash: `sha256:${'0'.repeat(64)}` });
  data[0] ^= 1;
  writeFileSync(path, Buffer.concat([wrong.head, data]));
  t.match(await verify(other), { same: false, repeated, repeatedBest }, 'and of those after the last step');

  const record = JSON.parse(readFileSync(join(other, 'config.json'), 'utf8'));
  record.config.seed = 7;
  writeFileSync(join(other, 'config.json'), JSON.stringify(record));
  t.equal((await verify(other)).repeated, repeated, 'what the weights came of is kept with them');

  const old = encodeSafetensors(tensors, { gradpool: '0.1.0', weightsHash: repeated });
  writeFileSync(path, Buffer.concat([old.head, data]));
  await t.rejects(verify(other), {
    message: `${path}: was written by gradpool 0.1.0 (no format), and this version reads gradpool-weights-2 only; verify it with that version`,
  });
  writeFileSync(path, Buffer.concat([wrong.head, data]));

  const weights = readFileSync(join(other, 'weights.safetensors'));
  weights[weights.length - 1] ^= 1;
  writeFileSync(path, weights);
  await t.rejects(verify(other), { message: /damaged: its weights do not have the hash/ });
});

t.test('numbers that overflow end the run before that step, with a checkpoint and advice', async (t) => {
  const runDir = newFolder();
  const wild = xor({
    model: { ...xor().model, init: { name: 'uniform', range: 1000 } },
    optimizer: { learningRate: 1e6 },
  });
  const linear = { ...wild, loss: 'mean-squared-error' } as const;
  linear.model.layers = [
    { units: 4, activation: 'linear' },
    { units: 1, activation: 'linear' },
  ];
  const failure = await train(
    { ...linear, train: { ...wild.train, checkpoint: { every: '1 h' } } },
    { runDir },
  ).then(
    () => new Error('trained on'),
    (error: Error) => error,
  );
  t.equal(failure.name, 'UserError');
  t.match(failure.message, /^In step \d+ .* (became|is) .*(Infinity|NaN)/);
  t.match(failure.message, /ower optimizer\.learningRate/);
  const [step] = await checkpointSteps(realDisk, runDir);
  t.match(
    failure.message,
    `\nkept: ${checkpointPath(runDir, step)}; if its parameters are not too large already, gradpool train `,
  );
  t.match(failure.message, new RegExp(`^In step ${step + 1} `), 'of the step before');
});

t.test('the coordinator dies: an error, not silence; the last checkpoint stands', async (t) => {
  const crash = join(folder, 'crash.cjs');
  // Loaded in every thread; the first one beside the main thread is the coordinator, which dies after a checkpoint.
  writeFileSync(
    crash,
    `const { threadId } = require('node:worker_threads');
     const { readdirSync } = require('node:fs');
     const kept = () => {
       try {
         return readdirSync(process.env.RUN_DIR + '/checkpoints').some((name) => name.endsWith('.safetensors'));
       } catch {
         return false;
       }
     };
     if (threadId === 1) setInterval(() => kept() && process.exit(7), 50);`,
  );
  const file = join(folder, 'endless.yaml');
  writeFileSync(file, JSON.stringify({ ...config(1_000_000) }));
  const runDir = newFolder();
  const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
  const child = spawn(process.execPath, [cli, 'train', file, '--run-dir', runDir, '--quiet'], {
    env: { ...process.env, NODE_OPTIONS: `--require=${crash}`, RUN_DIR: runDir },
  });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  t.equal(code, 1);
  const [step] = await checkpointSteps(realDisk, runDir);
  t.equal(
    stderr,
    `gradpool: the coordinator thread ended (exit code 7); the checkpoint of step ${step} is kept; ` +
      `gradpool train --resume ${runDir}\n`,
  );
  t.notOk(existsSync(join(runDir, 'run.lock')), 'its lock is gone');
});
