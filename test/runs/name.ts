/** Names of runs' folders: those that gradpool chooses, and those that stand for something else. */
import '../helpers/bare.js';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { seenFrom } from '../../src/machine/disk.js';
import { checkRunDir, defaultRunDir, newRunFolder } from '../../src/runs/name.js';

const root = mkdtempSync(join(tmpdir(), 'gradpool-names-'));
t.teardown(() => rmSync(root, { recursive: true }));
const now = new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6));

t.test('the default folder sorts by time', async (t) => {
  t.equal(defaultRunDir('mnist', now), join('runs', 'mnist-2026-01-02T030405-006Z'));
});

t.test('many runs of one name in one millisecond: each has a folder of its own', async (t) => {
  const disk = seenFrom(root);
  const all = await Promise.all(Array.from({ length: 120 }, () => newRunFolder(disk, 'xor', now)));
  const paths = all.map(({ path }) => path);
  t.equal(new Set(paths).size, 120);
  t.same(readdirSync(join(root, 'runs')).sort(), paths.map((path) => path.slice('runs/'.length)).sort());
  t.ok(paths.includes('runs/xor-2026-01-02T030405-006Z'));
  t.ok(paths.includes('runs/xor-2026-01-02T030405-006Z-2'));
  t.ok(existsSync(join(root, paths[0])), 'seen from there, not from where the process is');
  t.same([...new Set(all.flatMap(({ made }) => made))].sort(), ['runs', ...paths].sort());
});

t.test('a folder that cannot be made', async (t) => {
  const elsewhere = mkdtempSync(join(root, 'elsewhere-'));
  writeFileSync(join(elsewhere, 'runs'), '');
  await t.rejects(newRunFolder(seenFrom(elsewhere), 'xor', now), {
    name: 'UserError',
    message: /^runs.xor-.*: a file is in the way; nothing was written; name another folder/,
  });
});

t.test('what stands for something else is refused in one line', async (t) => {
  const refused: [unknown, RegExp][] = [
    ['', /^run folder: expected a path, got ""$/],
    ['-', /got "-", which stands for standard input/],
    ['~', /~ is for the shell to replace/],
    ['~/runs/x', /got "~\/runs\/x": ~ is for the shell.*\$HOME.*\.\/~/],
    ['~ann/runs', /~ is for the shell/],
    ['a\0b', /got "a\\u0000b"$/],
    [7, /got 7$/],
    [['a'], /got a list$/],
  ];
  for (const [path, message] of refused) {
    t.throws(() => checkRunDir(path), { name: 'UserError', message });
    t.throws(() => checkRunDir(path), { message: /^[^\n]*$/ });
  }
  for (const path of ['runs/x', './-', './~', 'a~', 'runs/~', '-x', ' ']) t.equal(checkRunDir(path), path);
});
