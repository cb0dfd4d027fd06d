import '../helpers/bare.js';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { damageOf, eventOf } from '../../src/history/event-lines.js';
import { readRun } from '../../src/history/record.js';
import { runRows } from '../../src/history/runs.js';
import { endsOf } from '../../src/history/summary.js';
import { compare, exportModel, report } from '../../src/index.js';
import { realDisk } from '../../src/machine/disk.js';
import { linesAfter } from '../../src/watch/lines.js';
import { Runs } from '../../src/watch/runs.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
t.teardown(() => rmSync(folder, { recursive: true }));

const start = (at: string | undefined, more: object = {}) => ({
  event: 'start',
  ...(at && { at }),
  name: 'one',
  seed: 1,
  epochs: 5,
  stepsPerEpoch: 10,
  network: [2, 1],
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
  trainSeconds: k,
  examplesPerSecond: 10,
  learningRate: 0.1,
});
const done = (more: object = {}) => ({
  event: 'done',
  epochs: 5,
  steps: 50,
  bestStep: 50,
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
  const large = { event: 'insights', rows: 1, worst: [], layers: ['x'.repeat(100_000)] };
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
  // Nothing of its beginnings is in what is read of the end.
  const longer = start('2026-02-03T00:00:00.000Z', { epochs: 400, stepsPerEpoch: 1 });
  run('states', 'h-longer', [
    start('2026-01-07T00:00:00.000Z', { columns: ['"event":"start"'] }),
    done(),
    longer,
    ...Array.from({ length: 400 }, (_, k) => epoch(k + 1, 0.5)),
    { event: 'resume', step: 1, forced: ['{"event":"start"'] },
    ...Array.from({ length: 400 }, (_, k) => epoch(k + 1, 0.5)),
    done({ epochs: 400, steps: 4000 }),
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
  t.match(of('h-longer'), { state: 'done', at: '2026-01-07T00:00:00.000Z', epochs: 400, of: 400 });
  const live = await new Runs(join(folder, 'states'), realDisk).list();
  t.match(
    live.find(({ name }) => name === 'h-longer'),
    { epochs: 400, at: '2026-02-03T00:00:00.000Z', totalSteps: 400 },
  );
  t.match(of('b-stopped'), { state: 'stopped', epochs: 2, of: 5 });
  t.match(of('c-killed'), { state: 'killed', epochs: 3, best: { value: 0.4 }, hash: null });
  t.match(of('d-resumed'), { state: 'killed', epochs: 3, best: { figure: 'accuracy', value: 0.9 } });
  t.match(of('e-running'), { state: 'running', epochs: 1, best: null });
  t.match(of('f-begun'), { state: 'killed', epochs: 0 });
  t.match(of('g-no-validation'), { best: { figure: 'loss', value: 0.5, split: 'test' } });
  t.same(
    rows.map(({ name }) => name[0]).filter((letter) => letter !== 'f'),
    ['e', 'd', 'c', 'b', 'a', 'g', 'h'],
    'in the order of their beginning',
  );
});

t.test('the start with which a run went on is found wherever reading begins', async (t) => {
  const again = JSON.stringify(start(undefined, { epochs: 9 }));
  const end = JSON.stringify(done());
  for (const before of [0, 1, 20, again.length, again.length + 1, again.length + 2, 70_000]) {
    // So many bytes of the line, and of what follows it, are not among the 4096 that are read first.
    const filled = (length: number) =>
      JSON.stringify({ event: 'weather', of: '' }).replace('""', `"${'x'.repeat(length)}"`);
    const least = again.length + end.length + filled(0).length + 3;
    const lines = [start(undefined), filled(100_000), again, filled(4096 + before - least), end];
    const path = join(run('across', `at-${before}`, lines), 'events.jsonl');
    const { events = [] } = (await endsOf(realDisk, path)) ?? {};
    t.same(
      events.flatMap((event) => (event.event === 'start' ? [event.epochs] : [])),
      [5, 9],
      `${before}`,
    );
  }
});

t.test('what is damaged is a row, what is no run is none, and runs of a folder have its name', async (t) => {
  run('odd', 'torn', ['{"event":"sta']);
  run('odd', 'other', ['null', '[]']);
  run('odd', 'early', [epoch(1, 0.5)]);
  run('odd/cv', 'fold-1', [start('2026-01-01T00:00:00.000Z'), done()]);
  rmSync(join(run('odd/cv', 'fold-2', [start(undefined)]), 'config.json'));
  writeFileSync(join(run('odd', 'empty', [start(undefined)]), 'config.json'), '');
  writeFileSync(join(run('odd', 'bare', [start(undefined)]), 'config.json'), '{}');
  mkdirSync(join(folder, 'odd', 'notes'));
  writeFileSync(join(folder, 'odd', 'latest'), 'torn\n');
  mkdirSync(join(folder, 'odd', 'folder'));
  mkdirSync(join(folder, 'odd', 'folder', 'events.jsonl'));
  const rows = await runRows(join(folder, 'odd'));
  t.same(rows.map(({ name, state }) => `${name} ${state}`).sort(), [
    'bare broken',
    'cv/fold-1 done',
    'cv/fold-2 broken',
    'early killed',
    'empty broken',
    'folder broken',
    'other killed',
    'torn killed',
  ]);
  for (const { state, problem } of rows) if (state === 'broken') t.match(problem, /expected/);
  // The live page has the same ones, and shows them by these names and no others.
  const live = new Runs(join(folder, 'odd'), realDisk);
  const named = (all: readonly { name: string; state: string }[]) =>
    all.map(({ name, state }) => `${name} ${state}`).sort();
  t.same(named(await live.list()), named(rows));
  t.equal(await live.eventsOf('cv/fold-1'), join(folder, 'odd', 'cv', 'fold-1', 'events.jsonl'));
  for (const name of ['cv/..', '../odd', 'cv/', 'cv/fold-1/checkpoints', 'cv/none', 'none/fold-1'])
    t.equal(await live.eventsOf(name), undefined, name);
  const damage = (name: string) => rows.find((row) => row.name === name)?.problem;
  t.match(damage('torn'), /^1 line of \S+torn.events\.jsonl is damaged and was passed over$/);
  t.match(damage('other'), /^2 lines of \S+ are damaged and were passed over$/);
  t.equal(damage('early'), undefined);
  await t.rejects(runRows(join(folder, 'nothing')), { message: /no such folder/ });
  await t.rejects(runRows(join(folder, 'odd', 'latest')), { message: /got a file/ });
});

t.test('damaged events are told alike by all who look at a run', async (t) => {
  const junk = Buffer.concat([Buffer.from([0, 255, 13, 200]), Buffer.from('{"event":"epoch"}')]).toString(
    'latin1',
  );
  const { epoch: _, ...unnumbered } = epoch(2, 0.1);
  const later = { event: 'weather', of: 'a later version' };
  const whole = [start('2026-01-01T00:00:00.000Z'), epoch(1, 0.5), epoch(3, 0.25)];
  const [begin, first, last] = whole;
  const cases: Record<string, [lines: readonly unknown[], end: string, damaged: number]> = {
    whole: [[...whole, later, ''], '\n', 0],
    cut: [whole, '\n{"event":"epo', 1],
    'without its end': [whole, '', 0],
    junk: [[begin, first, junk, last], '\n', 1],
    'carriage returns': [
      [begin, `${JSON.stringify(first)}\r`, '{"event":\r"weather"}', '{"of":\r1,\r"x"', ' \r', last],
      '\n',
      1,
    ],
    unnumbered: [[begin, first, unnumbered, 'null', last], '\n{"ev', 3],
  };
  for (const [name, [events, end, damaged]] of Object.entries(cases)) {
    const path = run('alike', name, events, end);
    const record = await readRun(path);
    t.equal(record.damaged, damaged, name);
    t.same(
      record.epochs.map((each) => each.epoch),
      [1, 3],
      name,
    );
    const sentence = damageOf(path, damaged);
    const [row] = (await runRows(join(folder, 'alike'))).filter((each) => each.name === name);
    t.match(row, { state: 'killed', epochs: 3, best: { value: 0.25 }, hash: null });
    t.equal(row.problem, sentence);
    const part = await linesAfter(realDisk, join(path, 'events.jsonl'), '');
    const passed = part.lines.filter((line) => eventOf(line) === undefined).length;
    t.equal(passed + (end.length > 1 ? 1 : 0), damaged, `${name}, to the live page`);
    const [live] = (await new Runs(join(folder, 'alike'), realDisk).list()).filter((r) => r.name === name);
    t.match(live, { state: 'killed', epoch: 3, validLoss: 0.25, isCut: end.length > 1 });
    t.equal(live.problem, sentence);
    const told = await report(path, { insights: false, output: join(folder, 'report.html') });
    t.equal(told.damage, sentence);
    const html = readFileSync(told.file, 'utf8');
    t.equal(html.includes('passed over'), damaged > 0, name);
    for (const format of ['csv', 'tensorboard'] as const) {
      const { notes } = await exportModel(path, { format, output: join(folder, format) });
      t.same(notes, sentence === undefined ? [] : [sentence], `${name} ${format}`);
    }
    const other = join(folder, 'alike', 'whole');
    if (name !== 'whole') {
      const { notes } = await compare([other, path]);
      t.same(
        notes.filter((note) => note.includes('passed over')),
        sentence ? [sentence] : [],
      );
    }
    // Somebody is writing that line.
    const holder = { pid: process.pid, started: '', host: hostname(), token: 'x' };
    writeFileSync(join(path, 'run.lock'), JSON.stringify(holder));
    const writing = end.length > 1 ? damaged - 1 : damaged;
    t.equal((await readRun(path)).damaged, writing, name);
    t.equal(
      (await runRows(join(folder, 'alike'))).find((each) => each.name === name)?.problem,
      damageOf(path, writing),
    );
    rmSync(join(path, 'run.lock'));
  }
  for (const [name, text] of Object.entries({ nothing: undefined, empty: '' })) {
    const path = run('alike', name, []);
    if (text !== undefined) writeFileSync(join(path, 'events.jsonl'), text);
    t.match(await readRun(path), { state: 'killed', epochs: [], damaged: 0 });
    const { notes } = await exportModel(path, { format: 'tensorboard', output: join(folder, 'board') });
    t.match(notes, [/has told of no epoch yet$/]);
    const live = await new Runs(join(folder, 'alike'), realDisk).list();
    t.match(
      live.find((each) => each.name === name),
      { state: 'killed', step: null },
    );
  }
});

t.test(
  'without its configuration a folder is no run for anybody, and who has runs below it says so',
  async (t) => {
    const lost = run('lost', 'one', [start('2026-01-01T00:00:00.000Z'), epoch(1, 0.5)]);
    rmSync(join(lost, 'config.json'));
    const message = `${lost}: expected the folder of a run, found no config.json`;
    const [row] = await runRows(join(folder, 'lost'));
    t.match(row, { state: 'broken', problem: message });
    t.match(await new Runs(join(folder, 'lost'), realDisk).list(), [{ state: 'broken', problem: message }]);
    await t.rejects(report(lost), { message });
    await t.rejects(exportModel(lost, { format: 'csv' }), { message });
    for (let k = 1; k <= 10; k++) run('folds', `fold-${k}`, [start('2026-01-01T00:00:00.000Z')]);
    const folds = join(folder, 'folds');
    const advice = `${folds}: expected the folder of a run, found no config.json; ${folds} holds 10 runs: name one of them, ${join(folds, 'fold-1')} … ${join(folds, 'fold-10')}`;
    await t.rejects(report(folds), { message: advice });
    await t.rejects(exportModel(folds, { format: 'csv' }), { message: advice });
  },
);

t.test('a thousand runs take less than a second', async (t) => {
  const epochs = Array.from({ length: 100 }, (_, k) => epoch(k + 1, 1 / (k + 1)));
  for (let k = 0; k < 1000; k++) {
    const at = new Date(Date.UTC(2026, 0, 1) + 1000 * ((k * 7) % 1000)).toISOString();
    run('many', `run-${k}`, [start(at), ...epochs, done()]);
  }
  // Other tests want the cores too: the processor's time, and the best of three.
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 3; turn++) {
    const from = process.cpuUsage();
    const rows = await runRows(join(folder, 'many'));
    const { user, system } = process.cpuUsage(from);
    best = Math.min(best, (user + system) / 1000);
    t.equal(rows.length, 1000);
    t.same(
      rows.map(({ at }) => at),
      rows.map(({ at }) => at).sort(),
    );
  }
  t.ok(best < 1000, `${Math.round(best)} ms`);
});
