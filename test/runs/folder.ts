/** A run's folder: what it holds, what it refuses, what it says when the disk fails. */
import '../helpers/bare.js';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { RunFolder, writtenConfig } from '../../src/runs/folder.js';

const root = mkdtempSync(join(tmpdir(), 'gradpool-runs-'));
t.teardown(() => rmSync(root, { recursive: true }));

t.test('holds configuration, events and weights, and nothing else once it is closed', async (t) => {
  const path = join(root, 'a', 'b');
  const folder = await RunFolder.claim(path, false);
  t.ok(readdirSync(path).includes('run.lock'));
  await folder.begin({ seed: 7 }, { name: 'wasm' }, '1.2.3');
  folder.event({ event: 'epoch', epoch: 1 });
  folder.event({ event: 'done' });
  await folder.weights({ w: { shape: [2], data: Float32Array.of(1, 2) } }, { note: 'x' });
  await folder.close();
  t.strictSame(readdirSync(path).sort(), [
    'checkpoints',
    'config.json',
    'events.jsonl',
    'weights.safetensors',
  ]);
  t.strictSame(JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')), {
    gradpool: '1.2.3',
    engine: { name: 'wasm' },
    config: { seed: 7 },
  });
  t.strictSame(await writtenConfig(path), { seed: 7 });
  t.equal(
    readFileSync(join(path, 'events.jsonl'), 'utf8'),
    '{"event":"epoch","epoch":1}\n{"event":"done"}\n',
  );
});

t.test('a line that a crash tore is cut off when the run goes on', async (t) => {
  const path = join(root, 'torn');
  const first = await RunFolder.claim(path, false);
  await first.begin({}, {}, '1');
  first.event({ a: 1 });
  await first.close();
  // As long as what a run's end has found out may be.
  writeFileSync(join(path, 'events.jsonl'), `{"b":"${'x'.repeat(1_000_000)}`, { flag: 'a' });
  const second = await RunFolder.claim(path, true);
  await second.begin({}, {}, '1');
  second.event({ c: 3 });
  await second.close();
  t.equal(readFileSync(join(path, 'events.jsonl'), 'utf8'), '{"a":1}\n{"c":3}\n');
});

t.test('refuses a folder that holds a run, is in use, is a link, or cannot be one', async (t) => {
  const path = join(root, 'twice');
  const first = await RunFolder.claim(path, false);
  await t.rejects(RunFolder.claim(path, false), {
    name: 'UserError',
    message:
      /twice: another call in this process \(\d+\) is using this run; wait until it has ended, or abort it$/,
  });
  await first.begin({}, {}, '1');
  await first.close();
  await t.rejects(RunFolder.claim(path, false), {
    name: 'UserError',
    message: /twice: already holds a run .*gradpool train --resume /,
  });
  await t.rejects(RunFolder.claim(join(root, 'none'), true), { message: /none: no such folder/ });
  writeFileSync(join(root, 'file'), '');
  for (const file of [join(root, 'file'), join(root, 'file', 'x')]) {
    await t.rejects(RunFolder.claim(file, false), { name: 'UserError', message: /a file is in the way/ });
  }
  mkdirSync(join(root, 'outside'));
  symlinkSync(join(root, 'outside'), join(root, 'link'));
  for (const link of [join(root, 'link'), `${join(root, 'link')}/`]) {
    await t.rejects(RunFolder.claim(link, false), { message: /link\/?: is a link/ });
  }
  t.strictSame(readdirSync(join(root, 'outside')), []);
});

t.test('what is left of a run is not overwritten by a new one', async (t) => {
  for (const file of ['weights.safetensors', 'checkpoints/step-0000000007.safetensors']) {
    const path = join(root, `left-${file.length}`);
    mkdirSync(join(path, 'checkpoints'), { recursive: true });
    await (await RunFolder.claim(path, false)).close();
    writeFileSync(join(path, file), '');
    await t.rejects(RunFolder.claim(path, false), { name: 'UserError', message: /already holds a run/ });
  }
});

t.test('a folder that nothing came of goes away again', async (t) => {
  const folder = await RunFolder.claim(join(root, 'new', 'deep'), false);
  await folder.close();
  t.notOk(readdirSync(root).includes('new'));
});

t.test('checkpoints that are a link to elsewhere are not written', async (t) => {
  const path = join(root, 'led-astray');
  mkdirSync(path);
  symlinkSync(join(root, 'outside'), join(path, 'checkpoints'));
  await t.rejects(RunFolder.claim(path, false), { message: /checkpoints: expected a folder/ });
  t.strictSame(readdirSync(path), ['checkpoints'], 'and the lock is given back');
});

t.test('links in place of a run’s files are not followed', async (t) => {
  const path = join(root, 'linked');
  const folder = await RunFolder.claim(path, false);
  await folder.begin({}, {}, '1');
  await folder.close();
  const outside = join(root, 'outside', 'file');
  for (const name of ['events.jsonl', 'config.json.tmp']) {
    writeFileSync(outside, 'untouched');
    rmSync(join(path, name), { force: true });
    symlinkSync(outside, join(path, name));
    const again = await RunFolder.claim(path, true);
    await t.rejects(
      again.begin({ other: 1 }, {}, '2'),
      { name: 'UserError', message: /a link is in the way/ },
      name,
    );
    await again.close();
    t.equal(readFileSync(outside, 'utf8'), 'untouched', name);
    rmSync(join(path, name), { force: true });
  }
  rmSync(join(path, 'config.json'));
  symlinkSync(outside, join(path, 'config.json'));
  await t.rejects(writtenConfig(path), { name: 'UserError', message: /config\.json: is a link/ });
});
