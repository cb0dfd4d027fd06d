import t from 'tap';
import type { InsightsEvent } from '../../src/insights.js';
import type { DoneEvent, EpochEvent, ProgressEvent, StartEvent, TrainEvent } from '../../src/protocol.js';
import { Terminal } from '../../src/report/terminal.js';
import { trainReport } from '../../src/report/train.js';
import { Screen } from '../helpers/screen.js';

const start: StartEvent = {
  event: 'start',
  name: 'mnist',
  seed: 7,
  engine: 'wasm',
  engineReason: null,
  bits: null,
  precision: 'float32',
  threads: 8,
  threadsReason: null,
  activeThreads: 4,
  shards: 4,
  batchSize: 64,
  epochs: 12,
  stepsPerEpoch: 782,
  network: [784, 100, 100, 10],
  parameters: 89_610,
  trainRows: 50_000,
  validationRows: 10_000,
  testRows: 10_000,
  metrics: ['accuracy'],
  monitor: 'loss',
  unusedRows: 0,
  runDir: null,
};
const progress: ProgressEvent = {
  event: 'progress',
  step: 3910,
  totalSteps: 9384,
  epoch: 6,
  trainLoss: 0.08123,
  examplesPerSecond: 123_456.7,
  secondsLeft: 185,
};
const epoch: EpochEvent = {
  event: 'epoch',
  epoch: 5,
  step: 3910,
  trainLoss: 0.0912,
  validLoss: 0.1034,
  validMetrics: { accuracy: 0.9712 },
  learningRate: 0.25,
  trainSeconds: 2.5,
  examplesPerSecond: 100_000,
};
const hash = `sha256:${'0123456789abcdef'.repeat(4)}`;
const done: DoneEvent = {
  event: 'done',
  epochs: 12,
  steps: 9384,
  examples: 600_000,
  trainSeconds: 6,
  examplesPerSecond: 100_000,
  threads: 8,
  shards: 4,
  engine: 'wasm',
  engineReason: null,
  bits: null,
  precision: 'float32',
  bestStep: 9384,
  monitor: 'loss',
  bestValue: 0.09,
  validLoss: 0.09,
  validMetrics: { accuracy: 0.972 },
  testLoss: 0.0876,
  testMetrics: { accuracy: 0.9731 },
  bestHash: hash,
  weightsHash: hash,
  peakMemoryBytes: 2 ** 27,
  runDir: 'runs/mnist-x',
  stopped: false,
  learnedEnough: false,
  checkpoint: null,
  faults: 0,
  time: { compute: 0.812, wait: 0.1, update: 0.06, other: 0.028 },
};

function report(screen: Screen, events: TrainEvent[], quiet = false): Screen {
  const show = trainReport(new Terminal(screen, screen, { NO_COLOR: '1', LANG: 'C.UTF-8' }), quiet);
  for (const event of events) show(event);
  return screen;
}

t.test('everything that there is to say', async (t) => {
  t.same(report(new Screen(100), [start, progress, epoch, progress, done]).rows, [
    'mnist',
    'network  784-100-100-10, 89,610 parameters',
    'data     50,000 training, 10,000 validation, 10,000 test rows',
    'train    12 epochs of 782 steps, batch size 64, seed 7',
    'engine   wasm, float32, 8 threads (4 of them rest: a minibatch has 4 shards to share out; see',
    '         train.shards)',
    '',
    '  epoch  train loss  valid loss  valid accuracy    examples/s          time',
    '      5      0.0912      0.1034         97.12 %       100,000        2.50 s',
    '',
    'test     loss 0.0876, accuracy 97.31 %',
    'trained  600,000 examples in 6.00 s, 100,000 examples/s',
    'time     compute 81.2 %, waiting 10.0 %, averaging + update 6.0 %, other 2.8 %',
    'saved    runs/mnist-x',
    `weights  ${hash}`,
    '',
  ]);
});

t.test('units that say nothing are told once, with what to do; nothing where there are none', async (t) => {
  const layer = (k: number, units: number, deadUnits?: number) => ({
    layer: `layer${k}`,
    units,
    weights: { from: 0, to: 0, counts: [], odd: 0 },
    ...(deadUnits !== undefined && { deadUnits, activation: 'relu' }),
  });
  const found = (layers: InsightsEvent['layers']): InsightsEvent => ({
    event: 'insights',
    part: 'test',
    rows: 10_000,
    worst: [],
    layers,
  });
  const with_ = (...layers: InsightsEvent['layers']) => [start, epoch, found(layers), done];
  const { rows } = report(new Screen(80), with_(layer(1, 300, 12), layer(2, 100, 1), layer(3, 10)));
  const at = rows.indexOf('dead     12 of 300 units of layer1 (relu) and 1 of 100 of layer2 (relu) never');
  t.same(rows.slice(at, at + 5), [
    'dead     12 of 300 units of layer1 (relu) and 1 of 100 of layer2 (relu) never',
    '         answer (0 in all 10,000 test rows): a lower learning rate or leaky-relu',
    '         helps, and "gradpool prune" takes out those that are 0 for all training',
    '         rows too',
    'saved    runs/mnist-x',
  ]);
  const without = report(new Screen(80), [start, epoch, done]).rows;
  t.same(report(new Screen(80), with_(layer(1, 300, 0), layer(2, 10))).rows, without);
});

t.test('rows that are left unused are told', async (t) => {
  const { rows } = report(new Screen(100), [{ ...start, unusedRows: 6000 }]);
  t.equal(rows[2], 'data     50,000 training, 10,000 validation, 10,000 test rows, 6,000 unused');
});

t.test('checkpoints that could not be used, and what is used instead', async (t) => {
  const damaged = ['b', 'a'].map((path) => ({ path, why: 'damaged' }));
  const resume: TrainEvent = {
    event: 'resume',
    step: 7,
    totalSteps: 9,
    checkpoint: 'c',
    damaged,
    forced: [],
  };
  t.same(report(new Screen(), [resume]).lines, [
    'b: damaged',
    'a: damaged; the one before it is used',
    'resumed after step 7 of 9',
    '',
  ]);
  const anew = ['b: damaged', 'a: damaged; none before it: from the beginning', ''];
  t.same(report(new Screen(), [{ ...resume, step: 0, checkpoint: null }]).lines, anew);
  t.same(report(new Screen(), [{ ...resume, step: 0, checkpoint: null }], true).lines, anew);
});

t.test('no line is wider than the terminal, but for the hash, which is never cut', async (t) => {
  const extreme: TrainEvent[] = [
    progress,
    {
      ...progress,
      trainLoss: Number.NaN,
      examplesPerSecond: 0,
      secondsLeft: Number.POSITIVE_INFINITY,
      step: 0,
    },
    {
      ...progress,
      trainLoss: 1.5e300,
      examplesPerSecond: 12_345_678_901,
      secondsLeft: 1e9,
      epoch: 1_000_000,
    },
  ];
  for (const width of [40, 80, 200]) {
    for (const event of extreme) {
      const { rows, lines } = report(new Screen(width), [start, event]);
      for (const line of lines) t.ok(line.length <= width, line);
      t.match(rows.at(-1), /^epoch +\d+\/12 /, `one live line: ${rows.at(-1)}`);
      t.notMatch(rows.at(-2), /^epoch/, 'and nothing of it above');
    }
    const { rows } = report(new Screen(), [start, epoch, done]);
    t.ok(rows.includes(`weights  ${hash}`));
    for (const line of report(new Screen(width), [start, epoch, done]).lines) {
      t.ok(line.length <= width || line.includes(hash), line);
    }
  }
  const full = report(new Screen(80), [start, progress]).rows.at(-1);
  t.match(full, /^epoch {2}6\/12 ━+─+ +42 % {2}loss 0.0812 {2}123,457 examples\/s {2}3 min 05 s left$/);
});

t.test('no validation rows, no test rows, stopped', async (t) => {
  const { rows } = report(new Screen(), [
    { ...start, activeThreads: 8 },
    { ...epoch, validLoss: null, validMetrics: {} },
    { ...done, testLoss: null, testMetrics: {}, runDir: null, stopped: true, steps: 12, bestStep: 12 },
  ]);
  t.ok(rows.includes('engine   wasm, float32, 8 threads'));
  t.ok(rows.includes('      5      0.0912           -               -       100,000        2.50 s'));
  t.ok(rows.includes('stopped after 12 steps; what was learned is kept'));
  t.ok(rows.includes('valid    loss 0.0900, accuracy 97.20 %'));
  t.notOk(rows.some((row) => /^(test|saved)/.test(row)));
});

t.test('small outputs are a table', async (t) => {
  const outputs = [
    { input: [0, 1], target: [1], output: [0.99251] },
    { input: [1, 1], target: [0], output: [0.00004] },
  ];
  const { text } = report(new Screen(), [start, { ...done, outputs }]);
  t.match(text, 'input  output  target\n  0 1  0.9925       1\n  1 1  0.0000       0\n');
});

t.test('a regression: its metrics in 80 columns, and which weights the test is of', async (t) => {
  const validMetrics = { mae: 0.25, rmse: 0.5, r2: 0.9123 };
  const best = {
    ...done,
    bestStep: 3910,
    bestHash: hash.replaceAll('0', 'f'),
    learnedEnough: true,
    steps: 5474,
  };
  const { rows } = report(new Screen(80), [
    { ...start, metrics: ['mae', 'rmse', 'r2'] },
    { ...epoch, validMetrics },
    { ...best, testMetrics: { ...validMetrics, r2: null }, reasons: { r2: 'the targets are all the same' } },
  ]);
  t.ok(rows.includes('  epoch  train loss  valid loss  valid mae  valid rmse  valid r2    examples/s'));
  t.ok(rows.includes('      5      0.0912      0.1034     0.2500      0.5000    0.9123       100,000'));
  t.ok(rows.includes('ended after step 5,474: loss has not become better (train.stop)'));
  t.ok(rows.includes('test     loss 0.0876, mae 0.2500, rmse 0.5000, r2 - (of step 3,910, the best by'));
  t.ok(rows.includes('         validation loss)'));
  t.ok(rows.includes('         r2 is undefined: the targets are all the same'));
  t.strictSame(rows.slice(-4, -1), [
    `best     ${best.bestHash}`,
    '         the weights of step 3,910, which weights.safetensors holds',
    `last     ${hash}`,
  ]);
  const unsaved = report(new Screen(80), [start, { ...best, runDir: null }]).rows;
  t.equal(unsaved.at(-3), '         the weights of step 3,910');
});

t.test('a table is printed after the end, or what it says beside the diagonal', async (t) => {
  const three = [
    [50, 3, 0],
    [0, 47, 12],
    [1, 0, 99],
  ];
  const shown = (width: number, confusion: number[][]) =>
    report(new Screen(width), [
      { ...start, metrics: ['accuracy', 'confusion'] },
      { ...epoch, validMetrics: { accuracy: 0.5, confusion } },
      { ...done, testMetrics: { accuracy: 0.5, confusion } },
    ]).rows;
  const rows = shown(80, three);
  t.notOk(
    rows.some((line) => /valid confusion/.test(line)),
    'no column of the epochs',
  );
  t.ok(rows.includes('test     loss 0.0876, accuracy 50.00 %'));
  const at = rows.indexOf('test confusion (down: the class, across: what it was taken for)');
  t.strictSame(rows.slice(at + 1, at + 6), ['   0  1  2', '0 50  3  .', '1  . 47 12', '2  1  . 99', '']);
  const wide = Array.from({ length: 40 }, (_, k) =>
    Array.from({ length: 40 }, (_, l) => Number(k === l) * 1000),
  );
  t.ok(shown(80, wide).includes('nothing beside the diagonal'));
  for (let k = 0; k < 14; k++) wide[k][39] = k + 1;
  const named = shown(80, wide);
  const first = named.findIndex((line) => line.startsWith('13 as 39: 14, 12 as 39: 13, '));
  t.match(named.slice(first, first + 4).join(' '), /, 2 as 39: 3, and 2 others/);
  for (const line of named) t.ok(line.length <= 80 || line.includes(hash), line);
});

t.test('scaled targets: it says what is in which units', async (t) => {
  const scaledTargets = ['price', 'weight of all'];
  const events = [
    { ...start, scaledTargets },
    { ...done, scaledTargets },
  ];
  const { text } = report(new Screen(100), events);
  t.match(text, 'figures  metrics in the units of price, weight of all; losses of scaled values');
  t.match(text, 'test     loss 0.0876 (scaled), accuracy 97.31 %');
  t.equal(
    report(new Screen(80), events, true).text,
    `test loss 0.0876 (scaled), accuracy 97.31 %, ${hash}\n`,
  );
  const many = { ...start, scaledTargets: ['a', 'b', 'c', 'd', 'e', 'f'] };
  t.match(report(new Screen(100), [many]).text, 'in the units of a, b, c, d, 2 others; losses');
  t.notMatch(report(new Screen(100), [start, done]).text, 'scaled');
});

t.test('figures of each class have named columns, and a class that is not there none', async (t) => {
  const table = [
    [0.5, 1, 2 / 3, 1200],
    [null, null, null, 0],
  ];
  const { rows } = report(new Screen(80), [start, { ...done, testMetrics: { 'per-class': table } }]);
  const at = rows.indexOf('test per-class (down: the class)');
  t.strictSame(rows.slice(at + 1, at + 5), [
    '   precision  recall      f1   rows',
    '0     0.5000  1.0000  0.6667  1,200',
    '1          –       –       –      0',
    '',
  ]);
});

t.test('what is weighted is told, and that metrics are not', async (t) => {
  const weights = (weighted: StartEvent['weighted']) =>
    report(new Screen(120), [{ ...start, weighted }]).rows.filter((line) => line.startsWith('weights'));
  t.strictSame(weights(undefined), []);
  t.strictSame(weights(['rows']), ['weights  every loss by the rows’ weights; metrics count each row once']);
  t.match(weights(['rows', 'classes'])[0], /, the train loss by classes; metrics count/);
});

t.test('quiet: the result in one line', async (t) => {
  const quiet = (event: DoneEvent) => report(new Screen(80), [start, progress, epoch, event], true).text;
  t.equal(quiet(done), `test loss 0.0876, accuracy 97.31 %, ${hash}\n`);
  t.equal(
    quiet({ ...done, testLoss: null, testMetrics: {}, validMetrics: {}, stopped: true }),
    `stopped, validation loss 0.0900, ${hash}\n`,
  );
  t.equal(
    quiet({ ...done, bestStep: 3910 }),
    `test loss 0.0876, accuracy 97.31 % (of step 3,910, the best by validation loss), ${hash}\n`,
  );
  const bestHash = hash.replaceAll('0', 'f');
  t.equal(
    quiet({ ...done, bestStep: 3910, bestHash }),
    'test loss 0.0876, accuracy 97.31 % (of step 3,910, the best by validation loss), ' +
      `${bestHash} (last step: ${hash})\n`,
    'the hash beside the figures is that of what they are of',
  );
});
