/** One process at a time in a folder; who is gone does not count. */
import '../helpers/bare.js';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { type Disk, realDisk } from '../../src/machine/disk.js';
import { forgetLock, lockFolder } from '../../src/runs/lock.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-lock-'));
const path = join(folder, 'run.lock');
t.teardown(() => rmSync(folder, { recursive: true }));
t.afterEach(() => rmSync(path, { force: true }));

t.test('taken, refused, given back', async (t) => {
  const lock = await lockFolder(realDisk, folder);
  const refused = await lockFolder(realDisk, folder).catch((error) => error);
  t.match(refused.message, /another call in this process \(\d+\) is using this run; wait .*or abort it/);
  t.notMatch(refused.message, /kill/, 'nobody is told to end the process that asks');
  await lock.release();
  t.strictSame(readdirSync(folder), []);
  await (await lockFolder(realDisk, folder)).release();
});

t.test('another process has it: which one, and how to end it', async (t) => {
  const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
  t.teardown(() => other.kill());
  writeFileSync(path, JSON.stringify({ pid: other.pid, started: '', host: hostname(), token: 'x' }));
  await t.rejects(lockFolder(realDisk, folder), {
    name: 'UserError',
    message: new RegExp(`process ${other.pid} is using this run; .*kill ${other.pid}`),
  });
  await t.rejects(lockFolder(realDisk, folder, 'own', 'sweep'), {
    message: new RegExp(`process ${other.pid} is using this sweep; `),
  });
});

t.test('a lock whose process is gone is taken over', async (t) => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(path, JSON.stringify({ pid, started: '1', host: hostname(), token: 'x' }));
  const lock = await lockFolder(realDisk, folder);
  t.equal(JSON.parse(readFileSync(path, 'utf8')).pid, process.pid);
  await lock.release();
});

t.test(
  'a process id that was given out again is no holder',
  { skip: existsSync('/proc/self/stat') ? false : 'needs /proc' },
  async (t) => {
    writeFileSync(path, JSON.stringify({ pid: process.pid, started: '1', host: hostname(), token: 'x' }));
    const lock = await lockFolder(realDisk, folder);
    t.not(JSON.parse(readFileSync(path, 'utf8')).started, '1');
    await lock.release();
  },
);

t.test(
  'a process that has ended, and that its parent does not ask for, is no holder',
  { skip: existsSync('/proc/self/stat') ? false : 'needs /proc' },
  async (t) => {
    // The shell's child ends when another program is in the shell's place, which does not know of it.
    const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 60']);
    t.teardown(() => parent.kill());
    const [text] = await once(parent.stdout, 'data');
    const pid = Number(text);
    const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
    while (stat()[2] !== 'Z') await setTimeout(10);
    const started = stat()[21];
    writeFileSync(path, JSON.stringify({ pid, started, host: hostname(), token: 'x' }));
    await (await lockFolder(realDisk, folder)).release();
  },
);

t.test('where the disk is full nothing stays', async (t) => {
  const disk: Disk = {
    ...realDisk,
    open: async (...args) =>
      Object.assign(await realDisk.open(...args), {
        write: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })),
      }),
  };
  await t.rejects(lockFolder(disk, folder), { code: 'ENOSPC' });
  t.strictSame(readdirSync(folder), []);
});

t.test('another machine may be alive; what is no lock is not touched', async (t) => {
  writeFileSync(path, JSON.stringify({ pid: 1, started: '1', host: 'elsewhere', token: 'x' }));
  await t.rejects(lockFolder(realDisk, folder), { message: /on the machine "elsewhere".*delete / });
  for (const text of ['', '{', '{"pid":-1}', '[]', 'null']) {
    writeFileSync(path, text);
    await t.rejects(lockFolder(realDisk, folder), { message: /is not a lock of gradpool/ });
    t.equal(readFileSync(path, 'utf8'), text);
  }
  writeFileSync(path, 'x'.repeat(5000));
  await t.rejects(lockFolder(realDisk, folder), { name: 'UserError', message: /at most 4096 bytes/ });
});

t.test('of many that find a stale lock, one gets it', async (t) => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  for (let round = 0; round < 20; round++) {
    writeFileSync(path, JSON.stringify({ pid, started: '1', host: hostname(), token: 'x' }));
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(realDisk, folder)));
    const won = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    t.equal(won.length, 1);
    await won[0].release();
  }
  t.strictSame(readdirSync(folder), []);
});

t.test('without hard links', async (t) => {
  const disk: Disk = {
    ...realDisk,
    link: () => Promise.reject(Object.assign(new Error('none'), { code: 'EPERM' })),
  };
  const lock = await lockFolder(disk, folder);
  await t.rejects(lockFolder(disk, folder), { message: /is using this run/ });
  await lock.release();
  t.notOk(existsSync(path));
});

t.test('what a dead thread of this process left can be taken away, but no other call’s lock', async (t) => {
  await lockFolder(realDisk, folder, 'mine');
  await forgetLock(realDisk, folder, 'other');
  t.ok(existsSync(path));
  await forgetLock(realDisk, folder, 'mine');
  t.notOk(existsSync(path));
});
