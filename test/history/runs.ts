import '../helpers/bare.js';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runRows } from '../../src/history/runs.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
t.teardown(() => rmSync(folder, { recursive: true }));

const start = (at: string | undefined, more: object = {}) => ({
  event: 'start',
  ...(at && { at }),
  name: 'one',
  seed: 1,
  epochs: 5,
  monitor: 'loss',
  ...more,
});
const epoch = (k: number, validLoss: number | null, accuracy = 0.5) => ({
  event: 'epoch',
  epoch: k,
  step: 10 * k,
  trainLoss: 1,
  validLoss,
  validMetrics: { accuracy },
});
const done = (more: object = {}) => ({
  event: 'done',
  epochs: 5,
  steps: 50,
  monitor: 'loss',
  bestValue: 0.25,
  testLoss: 0.5,
  bestHash: 'sha256:abc',
  stopped: false,
  ...more,
});

function run(parent: string, name: string, events: readonly unknown[], end = '\n'): string {
  const path = join(folder, parent, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'config.json'), '{"config":{}}');
  const lines = events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event)));
  if (lines.length > 0) writeFileSync(join(path, 'events.jsonl'), `${lines.join('\n')}${end}`);
  return path;
}

t.test('every state, and what there is to say of it', async (t) => {
  const long = { columns: Array.from({ length: 2000 }, (_, k) => ({ name: `column ${k}`, type: 'number' })) };
  run('states', 'a-done', [start('2026-01-05T00:00:00.000Z', long), epoch(5, 0.25), done()]);
  // A picture of the network that is longer than what is read of the end at first.
  const large = { event: 'insights', layers: 'x'.repeat(100_000) };
  run('states', 'b-stopped', [start('2026-01-04T00:00:00.000Z'), large, done({ epochs: 2, stopped: true })]);
  run(
    'states',
    'c-killed',
    [start('2026-01-03T00:00:00.000Z'), epoch(1, 0.5), epoch(2, 0.4), epoch(3, 0.6)],
    '\n{"eve',
  );
  run('states', 'd-resumed', [
    start('2026-01-02T00:00:00.000Z', { monitor: 'accuracy' }),
    epoch(1, 0.5, 0.7),
    done(),
    start('2026-02-02T00:00:00.000Z', { monitor: 'accuracy' }),
    epoch(2, 0.1, 0.9),
    epoch(3, 0.1, 0.8),
  ]);
  const running = run('states', 'e-running', [start('2026-01-01T00:00:00.000Z'), epoch(1, null)]);
  const holder = { pid: process.pid, started: '', host: hostname(), token: 'x' };
  writeFileSync(join(running, 'run.lock'), JSON.stringify(holder));
  run('states', 'f-begun', []);
  run('states', 'g-no-validation', [start('2026-01-06T00:00:00.000Z'), done({ bestValue: null })]);
  const rows = await runRows(join(folder, 'states'));
  const of = (name: string) => rows.find((row) => row.name === name);
  t.match(of('a-done'), {
    state: 'done',
    at: '2026-01-05T00:00:00.000Z',
    epochs: 5,
    of: 5,
    best: { figure: 'loss', value: 0.25, split: 'validation' },
    hash: 'sha256:abc',
  });
  t.match(of('b-stopped'), { state: 'stopped', epochs: 2, of: 5 });
  t.match(of('c-killed'), { state: 'killed', epochs: 3, best: { value: 0.4 }, hash: null });
  t.match(of('d-resumed'), { state: 'killed', epochs: 3, best: { figure: 'accuracy', value: 0.9 } });
  t.match(of('e-running'), { state: 'running', epochs: 1, best: null });
  t.match(of('f-begun'), { state: 'killed', epochs: 0 });
  t.match(of('g-no-validation'), { best: { figure: 'loss', value: 0.5, split: 'test' } });
  t.same(
    rows.map(({ name }) => name[0]).filter((letter) => letter !== 'f'),
    ['e', 'd', 'c', 'b', 'a', 'g'],
    'in the order of their beginning',
  );
});

t.test('what is damaged is a row, what is no run is none, and runs of a folder have its name', async (t) => {
  run('odd', 'torn', ['{"event":"sta']);
  run('odd', 'other', ['null', '[]']);
  run('odd', 'binary', ['\0\0\xff']);
  run('odd', 'early', [epoch(1, 0.5)]);
  run('odd/cv', 'fold-1', [start('2026-01-01T00:00:00.000Z'), done()]);
  run('odd/cv', 'fold-2', ['{}']);
  mkdirSync(join(folder, 'odd', 'notes'));
  writeFileSync(join(folder, 'odd', 'latest'), 'torn\n');
  mkdirSync(join(folder, 'odd', 'folder'));
  mkdirSync(join(folder, 'odd', 'folder', 'events.jsonl'));
  const rows = await runRows(join(folder, 'odd'));
  t.same(rows.map(({ name, state }) => `${name} ${state}`).sort(), [
    'binary broken',
    'cv/fold-1 done',
    'cv/fold-2 broken',
    'early broken',
    'folder broken',
    'other broken',
    'torn broken',
  ]);
  for (const { state, problem } of rows) if (state === 'broken') t.match(problem, /expected/);
  await t.rejects(runRows(join(folder, 'nothing')), { message: /no such folder/ });
  await t.rejects(runRows(join(folder, 'odd', 'latest')), { message: /got a file/ });
});

t.test('a thousand runs take less than a second', async (t) => {
  const epochs = Array.from({ length: 100 }, (_, k) => epoch(k + 1, 1 / (k + 1)));
  for (let k = 0; k < 1000; k++) {
    const at = new Date(Date.UTC(2026, 0, 1) + 1000 * ((k * 7) % 1000)).toISOString();
    run('many', `run-${k}`, [start(at), ...epochs, done()]);
  }
  // Other tests want the cores too: the best of three.
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 3; turn++) {
    const from = performance.now();
    const rows = await runRows(join(folder, 'many'));
    best = Math.min(best, performance.now() - from);
    t.equal(rows.length, 1000);
    t.same(
      rows.map(({ at }) => at),
      rows.map(({ at }) => at).sort(),
    );
  }
  t.ok(best < 1000, `${Math.round(best)} ms`);
});
