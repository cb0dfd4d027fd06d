/** `runs`, `compare`, `train --plot` and the exports of a run's history as someone at a terminal sees them. */
import '../helpers/bare.js';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { type Comparison, compare, runs, train } from '../../src/index.js';
import { outcomes } from '../helpers/lines.js';
import { xor } from '../helpers/xor.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
writeFileSync(join(folder, 'xor.yaml'), JSON.stringify(xor()));

const none = { report: false };
for (const seed of [1, 2]) {
  for (const learningRate of [0.1, 0.5]) {
    const config = xor({ seed, optimizer: { learningRate } });
    await train(config, { runDir: join(folder, 'runs', `rate-${learningRate}-${seed}`), subscribers: none });
  }
}
const named = (rate: number, seed: number) => join('runs', `rate-${rate}-${seed}`);

t.test('runs and compare, in a pipe and as objects', async (t) => {
  const all = [named(0.1, 1), named(0.1, 2), named(0.5, 1), named(0.5, 2)];
  const [list, listed, text, told, exported, board] = await outcomes(folder, [
    ['runs'],
    ['runs', '--json'],
    ['compare', ...all],
    ['compare', ...all, '--metric', 'accuracy', '--json', '--html', 'compared/page.html'],
    ['export', all[0], '--output', 'epochs.csv'],
    ['export', all[0], '--format', 'tensorboard'],
  ]);
  for (const each of [list, listed, text, told, exported, board]) {
    t.equal(each.stderr, '');
    t.equal(each.code, 0);
    t.notMatch(each.stdout.replaceAll('\n', ''), /\p{Cc}/u, 'no control codes');
  }
  const [head, ...lines] = list.stdout.trimEnd().split('\n');
  t.match(head, /^name +begun +state +(epochs +)?best \(validation\) +weights$/);
  t.equal(lines.length, 4);
  for (const line of lines) t.match(line, /^rate-0\.\d-\d +\S+ \d\d:\d\d +done .* loss +[0-9a-f]{8}$/);
  t.ok(Math.max(...list.stdout.split('\n').map((line) => line.length)) <= 80);
  t.same(JSON.parse(listed.stdout).runs, await runs(join(folder, 'runs')));
  t.match(
    text.stdout,
    /^A {2}runs\/rate-0\.1-1 {2}done, seed 1\n {3}runs\/rate-0\.1-2 {2}done, seed 2\nB {2}/,
  );
  t.match(text.stdout, /\nkey +A +B\noptimizer\.learningRate +0\.1 +0\.5\n\n/);
  t.match(
    text.stdout,
    /\ntest loss of B against A: .*in pairs over 2 seeds in\s+common\n {2}paired t-test: p = 0\.\d+/,
  );
  t.match(text.stdout, /\n {2}Wilcoxon signed-rank test: p = 0\.5000 \(two-sided, exact; W = 0\)\n/);
  t.match(text.stdout, /\nvalidation loss(, log scale)? {3}\* A {3}o B\n/);
  t.ok(Math.max(...text.stdout.split('\n').map((line) => line.length)) <= 80);
  const {
    event: _,
    html,
    ...comparison
  } = JSON.parse(told.stdout) as { event: string; html: string } & Comparison;
  t.equal(html, 'compared/page.html');
  const own = await compare(
    all.map((path) => join(folder, path)),
    { metric: 'accuracy' },
  );
  const moved = own.runs.map((run, k) => ({ ...run, folder: all[k] }));
  t.same(comparison, JSON.parse(JSON.stringify({ ...own, runs: moved })));
  t.ok(existsSync(join(folder, html)));
  const [names, ...rows] = readFileSync(join(folder, 'epochs.csv'), 'utf8').trimEnd().split('\n');
  t.equal(
    names,
    'epoch,step,learning_rate,train_seconds,examples_per_second,train_loss,validation_loss,validation_accuracy',
  );
  const { epochs } = own.runs[0];
  const seen = epochs.map(({ trainSeconds, examplesPerSecond }) => trainSeconds * examplesPerSecond);
  const speed = epochs.map(
    ({ trainSeconds }, k) =>
      (seen[k] - (seen[k - 1] ?? 0)) / (trainSeconds - (epochs[k - 1]?.trainSeconds ?? 0)),
  );
  t.same(
    rows.map((row) => row.split(',').map(Number)),
    epochs.map((epoch, k) => [
      epoch.epoch,
      epoch.step,
      epoch.learningRate,
      epoch.trainSeconds,
      speed[k],
      epoch.trainLoss,
      epoch.validLoss,
      epoch.validMetrics.accuracy,
    ]),
  );
  t.match(board.stdout, /^tensorboard\/rate-0\.1-1: tensorboard, [\d,]+ bytes\n$/);
});

t.test('what would be lost or counted twice is refused, or goes elsewhere', async (t) => {
  const [run] = [named(0.1, 1)];
  const [again, exported, onto, into] = await outcomes(folder, [
    ['compare', run, `${run}/`],
    ['export', run, '--format', 'csv'],
    ['report', run, '--no-insights', '--output', 'runs'],
    ['report', run, '--no-insights', '--output', 'made/for/it.html'],
  ]);
  t.match(again.stderr, /expected each run once, got .* twice\n$/);
  t.match(exported.stdout, /^xor-epochs\.csv: csv, |^rate-0\.1-1-epochs\.csv: csv, /);
  t.match(onto.stderr, /^gradpool: runs: cannot be written \(/);
  t.equal(onto.code, 2);
  t.equal(into.code, 0);
  t.ok(existsSync(join(folder, 'made/for/it.html')));
});

t.test('splits of the same seed have the same hash, of other data another', async (t) => {
  const { runs: both } = await compare([join(folder, named(0.1, 1)), join(folder, named(0.5, 2))]);
  t.match(both[0].splitHash, /^sha256:[0-9a-f]{64}$/);
  t.equal(both[0].splitHash, both[1].splitHash, 'xor has no split to draw');
  t.match(both[0].dataHash, /^[0-9a-f]{64}$/);
  t.equal(both[0].dataHash, both[1].dataHash);
});

const gradpool = (args: readonly string[], env: NodeJS.ProcessEnv) =>
  spawnSync(process.execPath, [cli, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });

t.test('train --plot: once at the end of what is no terminal, in the characters of the locale', async (t) => {
  const args = ['train', 'xor.yaml', '--plot', '--no-report', '--epochs', '60'];
  const plain = gradpool([...args, '--set', 'train.validate.every=5 epochs'], { LC_ALL: 'C' });
  t.equal(plain.stderr, '');
  t.match(
    plain.stdout,
    /\nloss {3}\* train {3}o validation\n( *[\d.]* [|][ *o]*\n)+ +\+-+\n +5 +epoch +60\n/,
  );
  const quiet = gradpool([...args, '--quiet'], { LC_ALL: 'C' });
  t.equal(quiet.stdout.split('\n').length, 2, 'the result alone');
});

const hasScript = spawnSync('script', ['--version']).status === 0;

t.test(
  'train --plot at a terminal: braille, in colours',
  { skip: !hasScript && 'no script(1)' },
  async (t) => {
    const line = `'${process.execPath}' '${cli}' train xor.yaml --plot --no-report --epochs 60 --set 'train.validate.every=5 epochs'`;
    // A test runner says what it likes about colours.
    const { NO_COLOR: _, FORCE_COLOR: __, ...own } = process.env;
    const env = { ...own, LC_ALL: 'C.UTF-8', TERM: 'xterm' };
    const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], {
      cwd: folder,
      encoding: 'utf8',
      env,
    });
    const coloured = (code: number) => new RegExp(`\\u001b\\[${code}m[\\u2801-\\u28ff]+\\u001b\\[39m`);
    t.match(stdout, coloured(36));
    t.match(stdout, coloured(33));
  },
);
