/** `runs/latest`: written with each new run, followed to it, and to nowhere else. */
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
import { type Disk, realDisk, seenFrom } from '../../src/machine/disk.js';
import { RunFolder } from '../../src/runs/folder.js';
import { followLatest, refuseLatest, writeLatest } from '../../src/runs/latest.js';

const root = mkdtempSync(join(tmpdir(), 'gradpool-latest-'));
t.teardown(() => rmSync(root, { recursive: true }));
const disk = seenFrom(root);
const latest = join(root, 'runs', 'latest');

t.test('the newest run that was begun, not one that was gone on with', async (t) => {
  await t.rejects(followLatest(disk, 'runs/latest'), {
    name: 'UserError',
    message: 'runs/latest: there is none: no run has been begun in runs yet',
  });
  for (const name of ['a', 'b']) {
    const folder = await RunFolder.claim(`runs/${name}`, false, disk);
    await folder.begin({}, {}, '1');
    await folder.close();
    t.equal(readFileSync(latest, 'utf8'), `${name}\n`);
    t.equal(await followLatest(disk, 'runs/latest'), join('runs', name));
  }
  const again = await RunFolder.claim('runs/a', true, disk);
  await again.begin({}, {}, '1');
  await again.close();
  t.equal(await followLatest(disk, 'runs/latest/'), join('runs', 'b'));
  t.equal(await followLatest(realDisk, latest), join(root, 'runs', 'b'));
  t.same(readdirSync(join(root, 'runs')).sort(), ['a', 'b', 'latest'], 'no temporary file is left');
});

t.test('only in a folder runs: others get no file', async (t) => {
  const folder = await RunFolder.claim('mine/a', false, disk);
  await folder.begin({}, {}, '1');
  await folder.close();
  t.same(readdirSync(join(root, 'mine')), ['a']);
});

t.test('a run is not lost for it', async (t) => {
  const full: Disk = { ...disk, rename: () => Promise.reject(new Error('full')) };
  await writeLatest(full, 'runs/c');
  t.same(readdirSync(join(root, 'runs')).sort(), ['a', 'b', 'latest']);
});

t.test('what it holds leads nowhere else', async (t) => {
  for (const text of ['', '.', '..', '../mine/a', '/etc', 'a/b', 'a\nb', '\x1b[31m', 'x'.repeat(300)]) {
    writeFileSync(latest, text);
    await t.rejects(followLatest(disk, 'runs/latest'), {
      name: 'UserError',
      message: /^runs\/latest: expected the name of a run in runs, got something else/,
    });
  }
  rmSync(latest);
  symlinkSync(join(root, 'mine'), latest);
  await t.rejects(followLatest(disk, 'runs/latest'), { name: 'UserError', message: /is a link/ });
  rmSync(latest);
  mkdirSync(latest);
  t.equal(await followLatest(disk, 'runs/latest'), 'runs/latest', 'a folder of that name is itself');
  t.equal(await followLatest(disk, 'runs/a'), 'runs/a');
});

t.test('no new run takes its place', async (t) => {
  t.throws(() => refuseLatest('runs/latest'), { name: 'UserError', message: /newest run's name is kept/ });
  t.throws(() => refuseLatest('/x/runs/latest/'), { name: 'UserError' });
  for (const path of ['latest', 'mine/latest', 'runs/latest2']) t.doesNotThrow(() => refuseLatest(path));
});
