import '../helpers/bare.js';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { DoneEvent, EpochEvent, TrainEvent } from '../../src/events.js';
import { recordOf } from '../../src/history/record.js';
import { report, train } from '../../src/index.js';
import { documentOf } from '../../src/page/document.js';
import { reportData } from '../../src/page/report-data.js';
import { thinned } from '../../src/page/thin.js';
import { outcomes } from '../helpers/lines.js';
import { xor } from '../helpers/xor.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-report-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const done = join(folder, 'done');
await train(xor(), { runDir: done });
const lines = readFileSync(join(done, 'events.jsonl'), 'utf8').trimEnd().split('\n');
const events = lines.map((line) => JSON.parse(line) as TrainEvent);
/** What the file holds for its script. */
const dataIn = (file: string) =>
  JSON.parse(
    /<script id="data" type="application\/json">(.*?)<\/script>/s.exec(readFileSync(file, 'utf8'))?.[1] ?? '',
  );

t.test(
  'a run leaves its report, of a size to be mailed, in a folder; one without a folder, or told not to, leaves none',
  async (t) => {
    const file = join(done, 'report.html');
    t.ok(statSync(file).size < 150_000, `${statSync(file).size} bytes`);
    const data = dataIn(file);
    t.equal(data.state, 'done');
    t.match(data.start.machine, { cores: Number, node: process.versions.node, gradpool: /^\d+\.\d+\.\d+/ });
    t.equal(data.done.weightsHash, (events.at(-1) as DoneEvent).weightsHash);
    const without = join(folder, 'without');
    await train(xor(), { runDir: without, subscribers: { report: false } });
    t.notOk(existsSync(join(without, 'report.html')));
    t.ok(existsSync(join(without, 'events.jsonl')));
    const before = readdirSync(folder).length;
    await train(xor());
    t.equal(readdirSync(folder).length, before);
  },
);

t.test('gradpool report: of any run there is, one line, a file elsewhere, JSON', async (t) => {
  const output = join(folder, 'other.html');
  const [first, json, quiet, none] = await outcomes(folder, [
    ['report', 'done'],
    ['report', 'done', '--output', output, '--json'],
    ['report', 'done', '--quiet'],
    ['report', 'nowhere'],
  ]);
  t.match(first, { code: 0, stdout: /^done\/report\.html \(\d+ kB\)\n$/ });
  t.match(JSON.parse(json.stdout), {
    event: 'done',
    file: output,
    state: 'done',
    bytes: statSync(output).size,
  });
  t.equal(quiet.stdout, 'done/report.html\n');
  t.equal(none.code, 2);
  t.match(none.stderr, /^gradpool: nowhere: expected the folder of a run, found no config\.json\n$/);
});

t.test(
  'a run that broke off: its newest checkpoint is looked into, unless that is not wanted or not possible',
  async (t) => {
    const killed = join(folder, 'killed');
    await train(xor({ train: { checkpoint: { every: '10 steps' } } }), { runDir: killed });
    const path = join(killed, 'events.jsonl');
    const told = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => !/"event":"(done|insights)"/.test(line));
    writeFileSync(path, told.join('\n'));
    const all = await report(killed);
    t.match(all, { state: 'killed', lacks: undefined });
    t.same(dataIn(all.file).insights.confusion?.length, 2);
    t.match(dataIn(all.file).commands['go on with it'], /^gradpool train --resume \S+\/killed$/);
    t.equal(dataIn((await report(killed, { insights: false })).file).insights, undefined);
    rmSync(join(killed, 'checkpoints'), { recursive: true });
    rmSync(join(killed, 'weights.safetensors'));
    const less = await report(killed);
    t.match(less.lacks, /neither weights nor a checkpoint/);
    t.equal(dataIn(less.file).insights, undefined);
    t.equal(dataIn(less.file).epochs.epoch.length, 2);
  },
);

t.test('what is drawn of many epochs are epochs that there were, peaks and ends among them', async (t) => {
  const start = events.find(({ event }) => event === 'start') as TrainEvent;
  const made = (epoch: number): EpochEvent => ({
    event: 'epoch',
    epoch,
    step: epoch,
    trainLoss: epoch === 4321 ? 99.123456789 : 1 / epoch,
    validLoss: null,
    validMetrics: { accuracy: 1 / 3, 'confusion-matrix': [[1]] },
    trainSeconds: epoch <= 9999 ? epoch : 10_001,
    // 10 rows an epoch, the last of which takes twice as long.
    examplesPerSecond: epoch <= 9999 ? 10 : 100_000 / 10_001,
    learningRate: 0.1,
  });
  const many = Array.from({ length: 10_000 }, (_, index) => made(index + 1));
  const { epochs } = reportData(recordOf('runs/a b', {}, [start, ...many], false));
  t.equal(epochs.of, 10_000);
  t.ok(epochs.epoch.length > 300 && epochs.epoch.length <= 800, `${epochs.epoch.length}`);
  t.equal(epochs.epoch[0], 1);
  t.equal(epochs.epoch.at(-1), 10_000);
  t.same(
    [epochs.examplesPerSecond[0], epochs.examplesPerSecond.at(-1)],
    [10, 5],
    'of each epoch, not the mean',
  );
  t.equal(epochs.trainLoss[epochs.epoch.indexOf(4321)], 99.12346, 'seven digits of the peak');
  t.same(
    epochs.epoch,
    [...epochs.epoch].sort((a, b) => a - b),
  );
  t.same(Object.keys(epochs.metrics), ['accuracy']);
  const few = [3, 1, 2];
  t.equal(
    thinned(few, (value) => value, 4),
    few,
  );
});

t.test('of a run under way: the newest of epochs and means, the best so far, damage', async (t) => {
  const begun = events.find(({ event }) => event === 'start') as TrainEvent;
  const epoch = (k: number, step: number, validLoss: number) =>
    ({ event: 'epoch', epoch: k, step, trainLoss: 1, validLoss, validMetrics: {} }) as unknown as EpochEvent;
  const mean = (step: number) => ({ event: 'progress', step, epoch: 2, trainLoss: 1 }) as TrainEvent;
  const told = [begun, mean(5), epoch(1, 10, 0.25), epoch(2, 20, 0.5)];
  const data = reportData(recordOf('runs/a', {}, told, true, 2));
  t.match(data.sofar, { step: 20, best: { figure: 'loss', value: 0.25, split: 'validation' } });
  t.match(data.damage, /^2 lines of runs.a.events\.jsonl are damaged and were passed over$/);
  t.equal(reportData(recordOf('runs/a', {}, [...told, mean(25)], true)).sofar.step, 25);
});

t.test('filters become bytes, the largest weight the ends', async (t) => {
  const insights = {
    event: 'insights' as const,
    part: 'test' as const,
    rows: 1,
    worst: [],
    layers: [],
    filters: {
      width: 2,
      height: 1,
      channels: 1,
      units: [
        [0.5, -2],
        [0, 1],
      ],
    },
  };
  const { filters, ...data } = reportData(recordOf('x', {}, [...events, insights], false));
  t.equal(filters?.most, 2);
  t.same(
    filters?.units.map((unit) => [...Buffer.from(unit, 'base64')]),
    [
      [160, 1],
      [128, 192],
    ],
  );
  t.notOk('filters' in (data.insights ?? {}));
});

t.test('commands quote a folder that needs it', async (t) => {
  const { commands } = reportData(recordOf("runs/it's mine", {}, events, false));
  t.equal(commands['repeat it and compare each bit'], "gradpool verify 'runs/it'\\''s mine'");
});

t.test('no string in the data ends the script that it stands in, nor begins another', async (t) => {
  const hostile = '</script><script>alert(1)</script><!--';
  const text = documentOf({ title: hostile, page: 'report', data: { [hostile]: hostile } });
  t.equal(text.match(/<script/g)?.length, 2);
  t.equal(text.match(/<\/script/g)?.length, 2);
  t.match(text, `<title>&#60;/script`);
  t.match(text, /script-src &#39;sha256-[\w+/=]+&#39;">/, 'and no other script would run');
});
