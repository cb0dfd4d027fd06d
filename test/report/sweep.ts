/** What people see of a sweep. */
import '../helpers/bare.js';
import t from 'tap';
import { headOf, sweepReport } from '../../src/report/sweep.js';
import { Terminal } from '../../src/report/terminal.js';
import type { SweepProgress, SweepResult, SweepStart, TrialResult } from '../../src/series.js';
import { SweepClock } from '../../src/sweep/clock.js';

const start: SweepStart = {
  event: 'start',
  name: 'penguins',
  folder: 'sweeps/penguins',
  search: 'random',
  trials: 3,
  parameters: ['optimizer.learningRate', 'model.layers.0.units'],
  goal: 'validation accuracy',
  better: 'higher',
  halving: { every: '2 epochs', keep: 0.5 },
  parallel: 2,
  threads: 1,
  reason: '2.0 times as many steps a second as one after another',
  found: 1,
  begun: 1,
};
const trialOf = (trial: number, changes: Partial<TrialResult>): TrialResult => ({
  trial,
  values: { 'optimizer.learningRate': 0.0123456, 'model.layers.0.units': 8 },
  state: 'done',
  rounds: [0.9],
  value: 0.9,
  steps: 40,
  epochs: 4,
  bestStep: 40,
  validLoss: 0.3,
  validMetrics: { accuracy: 0.9 },
  bestHash: 'sha256:00',
  trainSeconds: 1.25,
  folder: '',
  ...changes,
});
const first = trialOf(1, {});
const third = trialOf(3, { value: 0.95, rounds: [0.95] });
const broken = trialOf(2, { state: 'broken', value: null, message: 'In step 3 a loss became NaN.' });
const progress: SweepProgress = {
  event: 'progress',
  done: 1,
  dropped: 0,
  broken: 1,
  trials: 3,
  running: [{ trial: 3, epoch: 2, epochs: 4 }],
  best: { trial: 1, value: 0.9 },
  secondsLeft: 61,
};
const result: SweepResult = {
  name: 'penguins',
  folder: 'sweeps/penguins',
  goal: 'validation accuracy',
  better: 'higher',
  trials: [first, broken, third],
  best: third,
  bestFile: 'sweeps/penguins/best.yaml',
  page: 'sweeps/penguins/sweep.html',
  importance: [
    { path: 'optimizer.learningRate', share: 0.25 },
    { path: 'model.layers.0.units', share: null },
  ],
  final: { runDir: 'f', testLoss: 0.31, testMetrics: { accuracy: 0.9212 }, bestHash: '', same: true },
  stopped: false,
};

function told(quiet = false): string {
  let out = '';
  const stream = { write: (text: string) => (out += text) };
  let seconds = 0;
  const terminal = new Terminal(stream, { write: () => {} }, {}, () => seconds);
  const report = sweepReport(terminal, quiet);
  report(start);
  report({ event: 'trial', round: 1, ...first });
  report({ event: 'trial', round: 1, ...broken });
  seconds = 20;
  report(progress);
  report({ event: 'round', round: 1, until: '2 epochs', survivors: [1, 3], dropped: [] });
  report({ event: 'trial', round: 2, ...third });
  report({ event: 'done', ...result });
  return out;
}

t.test('a row a trial, and the best at the end', async (t) => {
  t.same(told().split('\n'), [
    'penguins: sweep',
    'search   random, 3 trials of optimizer.learningRate, model.layers.0.units',
    'goal     validation accuracy, the higher the better',
    'halving  every 2 epochs the best 50 % of the trials go on',
    'at once  2 trials with 1 thread each: 2.0 times as many steps a second as one',
    '         after another',
    'found    1 trial at the end already, 1 trial begun, which goes on',
    '',
    ' trial  valid accuracy   epochs  learningRate      units       time',
    '     1         90.00 %        4       0.01235          8     1.25 s',
    'trial 2 is passed over: In step 3 a loss became NaN.',
    '2/3, 1 running, 1 broken, best 90.00 % (trial 1), 1 min 01 s left',
    'round 1, after 2 epochs: 0 trials dropped, 2 go on',
    '     3         95.00 %        4       0.01235          8     1.25 s',
    '',
    'trials   2 done, 1 broken',
    '',
    'the best 2',
    ' trial  valid accuracy   epochs  learningRate      units       time',
    '     3         95.00 %        4       0.01235          8     1.25 s',
    '     1         90.00 %        4       0.01235          8     1.25 s',
    '',
    "matters  optimizer.learningRate 0.25 (share of the ranks' variance)",
    'best     optimizer.learningRate: 0.0123456',
    'best     model.layers.0.units: 8',
    'test     test loss 0.3100, accuracy 92.12 %',
    'config   sweeps/penguins/best.yaml',
    'page     sweeps/penguins/sweep.html',
    'saved    sweeps/penguins',
    '',
  ]);
  t.equal(
    told(true),
    'trial 3, validation accuracy 95.00 %, test loss 0.3100, accuracy 92.12 %, sweeps/penguins/best.yaml\n',
  );
});

t.test('a column is called by as many keys as tell it from others', async (t) => {
  const paths = ['model.layers.0.units', 'model.layers.1.units', 'train.batchSize'];
  t.same(
    paths.map((path) => headOf(path, paths)),
    ['0.units', '1.units', 'batchSize'],
  );
  t.equal(headOf('model.layers.0.units', ['model.layers.0.units']), 'units');
});

t.test('how long it still takes', async (t) => {
  let seconds = 0;
  const record = {
    search: { name: 'random' as const, trials: 4, seed: 0, round: 4 },
    halving: { every: '2 epochs', keep: 0.5 },
    goal: 'validation loss',
    parameters: {},
  };
  // 4 × 2 epochs, 2 × 2, and the last 6 of one: 18.
  const clock = new SweepClock(record, 10, () => seconds);
  const results = [1, 2, 3, 4].map((trial) => trialOf(trial, { state: 'waiting', epochs: 0 }));
  t.notOk(Number.isFinite(clock.progress(results, undefined).secondsLeft), 'nobody knows yet');
  const run = { event: 'start', epochs: 10, stepsPerEpoch: 5 } as unknown as Parameters<
    SweepClock['told']
  >[1];
  clock.told(1, run);
  seconds = 3;
  clock.told(1, { event: 'progress', step: 5, epoch: 2 } as unknown as Parameters<SweepClock['told']>[1]);
  t.match(clock.progress(results, undefined), {
    running: [{ trial: 1, epoch: 2, epochs: 10 }],
    secondsLeft: 51,
  });
  results[0].epochs = 2;
  clock.told(1, { event: 'done', steps: 10 } as unknown as Parameters<SweepClock['told']>[1]);
  clock.left(1);
  seconds = 6;
  t.match(clock.progress(results, results[0]), { running: [], secondsLeft: 48 });
});
