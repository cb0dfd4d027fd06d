/** `gradpool init` and `gradpool data show` as a user types them: in a pipe, and at a terminal that is asked. */
import '../helpers/bare.js';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';

const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gradpool-init-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const rows = Array.from({ length: 30 }, (_, k) => `${k % 5},${k / 7},2024-01-${10 + (k % 9)}`);
writeFileSync(join(folder, 'unclear.csv'), `u,v,day\n${rows.join('\n')}\n`);

const { NO_COLOR: _, FORCE_COLOR: __, ...plainEnv } = process.env;
const env = { ...plainEnv, NO_COLOR: '1', LANG: 'C.UTF-8' };
const gradpool = (...args: string[]) =>
  spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8', env, input: '' });

t.test('in a pipe: an error that names the candidates', async (t) => {
  const { status, stdout, stderr } = gradpool('init', 'unclear.csv');
  t.equal(status, 2);
  t.equal(stdout, '');
  t.equal(
    stderr,
    'gradpool: unclear.csv: expected to be told what is to be predicted; it could be u, v: set --target u, or another\n',
  );
});

t.test('to a file, to standard output, as JSON', async (t) => {
  const first = gradpool('init', 'unclear.csv', '--target', 'v', '--name', 'mine', '--output', 'a.yaml');
  t.equal(first.stderr, '');
  t.match(first.stdout, /^wrote {5}a\.yaml\n.*\n *target {4}v \(as you said\): a number\n/);
  const { stdout } = gradpool('init', 'unclear.csv', '--target', 'v', '--name', 'mine', '--output', '-');
  t.equal(stdout, readFileSync(join(folder, 'a.yaml'), 'utf8'));
  const again = gradpool('init', 'unclear.csv', '--target', 'v', '--output', 'a.yaml');
  t.same([again.status, again.stdout], [2, '']);
  t.match(again.stderr, /^gradpool: a\.yaml: is there already; .*--force/);
  const json = gradpool('init', 'unclear.csv', '--target', 'u', '--output', 'a.yaml', '--force', '--json');
  t.match(JSON.parse(json.stdout), { event: 'done', output: 'a.yaml', target: 'u', task: 'values' });
  const shown = gradpool('data', 'show', 'a.yaml', '--json', '--rows', '1');
  t.match(JSON.parse(shown.stdout), {
    event: 'done',
    parts: { train: 20, validation: 4, test: 6 },
    first: { names: ['u', 'v', 'day'], rows: [['0', '0', '2024-01-10']] },
  });
});

t.test('Ctrl-C ends it where it reads, and nothing is written', async (t) => {
  // Little to write and long to read: gzip of a million rows, a hundred times.
  const rows = '1.5,2.25,a\n2.5,3.25,b\n'.repeat(500_000);
  const parts = [gzipSync('x,y,class\n'), ...Array(100).fill(gzipSync(rows))];
  writeFileSync(join(folder, 'long.csv.gz'), Buffer.concat(parts));
  for (const args of [
    ['init', 'long.csv.gz'],
    ['data', 'show', 'long.csv.gz'],
  ]) {
    const child = spawn(process.execPath, [cli, ...args], { cwd: folder, env, stdio: 'ignore' });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const began = performance.now();
    child.kill('SIGINT');
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
    const [code, signal] = await once(child, 'close');
    clearTimeout(late);
    // On a slow machine it may not listen yet.
    t.ok(code === 130 || signal === 'SIGINT', `${args.join(' ')}: ${code ?? signal}`);
    t.ok(performance.now() - began < 10_000);
  }
  t.notOk(existsSync(join(folder, 'long.yaml')));
});

const noPty = spawnSync('script', ['--version']).error ? 'needs script (util-linux)' : false;

t.test('at a terminal: a question', { skip: noPty }, async (t) => {
  /** What is seen, and the exit code, where these keys are pressed once it asks. */
  const asked = async (keys: string, file = 'unclear.csv') => {
    const command = `exec '${process.execPath}' '${cli}' init ${file} --force`;
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      cwd: folder,
      env: { ...env, TERM: 'xterm', SHELL: '/bin/sh' },
    });
    let seen = '';
    let pressed = false;
    if (file === 'long.csv.gz') setTimeout(() => child.stdin.write(keys), 1500);
    child.stdout.on('data', (text) => {
      seen += text;
      if (pressed || !seen.includes('number or name: ')) return;
      pressed = true;
      child.stdin.write(keys);
    });
    const [code] = await once(child, 'close');
    return `${seen}code ${code}`;
  };
  const [answered, interrupted, ended] = await Promise.all([asked('7\n2\n'), asked('\x03'), asked('\x04')]);
  t.match(answered, /What is to be predicted\?\r\n {2}1 {2}u\r\n {2}2 {2}v\r\n/);
  t.match(answered, /expected a number from 1 to 2, or a name of these\r\n/);
  t.match(answered, /target {4}v \(as you said\): a number\r\n/);
  t.match(answered, /code 0$/);
  t.match(interrupted, /code 130$/);
  t.match(await asked('\x03', 'long.csv.gz'), /interrupted\r\ncode 130$/, 'while a file is read');
  t.match(ended, /nothing was chosen; name the column with --target\r\ncode 2$/);
});
