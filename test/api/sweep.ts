/** Sweeps: their trials are runs, in whatever number at the same time, and nothing of them is done twice. */
import '../helpers/bare.js';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { sweep } from '../../src/api/sweep.js';
import { train } from '../../src/api/train.js';
import type { SweepEvent, SweepResult } from '../../src/series.js';
import { checkTrials } from '../../src/sweep/check.js';
import { openConfigs } from '../../src/sweep/configs.js';
import { readSweep, type SweepInput } from '../../src/sweep/spec.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-sweep-'));
t.teardown(() => rmSync(folder, { recursive: true }));
process.chdir(folder);

const rows = Array.from(
  { length: 90 },
  (_, k) => `${(k * 37) % 60},${(k * 11) % 7},${(k * 37) % 60 > 20 + (k % 5) ? 'a' : 'b'}`,
);
writeFileSync('rows.csv', `x,y,class\n${rows.join('\n')}\n`);
const base = {
  name: 'rows',
  seed: 3,
  data: {
    name: 'csv',
    path: 'rows.csv',
    target: 'class',
    number: { scale: 'standard' },
    split: { name: 'random', validation: 0.3, test: 0.2 },
  },
  model: {
    layers: [
      { units: 4, activation: 'relu' },
      { units: 'auto', activation: 'softmax' },
    ],
  },
  loss: 'cross-entropy',
  train: { batchSize: 8, epochs: 8 },
};
writeFileSync('base.yaml', JSON.stringify(base));

const input = (name: string, changes: Partial<SweepInput> = {}): SweepInput => ({
  name,
  base: 'base.yaml',
  search: { name: 'random', trials: 4, seed: 1 },
  goal: 'validation loss',
  parameters: { 'optimizer.learningRate': { log: [0.01, 1] }, 'model.layers.0.units': [2, 4, 8] },
  ...changes,
});
/** All but times and places. */
const table = ({ trials, best, importance }: SweepResult) => ({
  trials: trials.map(({ trainSeconds: _, folder: __, ...row }) => row),
  best: best?.trial,
  importance,
});
const eventsOf = (path: string) =>
  readFileSync(join(path, 'events.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

t.test(
  'halving: three rounds, the same for one and two at the same time; the winner tested once',
  async (t) => {
    const halving = { every: '2 epochs', keep: '1/2' };
    const told: SweepEvent[] = [];
    const one = await sweep(input('one', { halving }), {
      parallel: 1,
      threads: 1,
      onEvent: (event) => told.push(event),
    });
    const two = await sweep(input('two', { halving }), { parallel: 2, threads: 1, final: true });
    t.same(table(two), table(one));
    const rounds = told.flatMap((event) => (event.event === 'round' ? [event] : []));
    t.same(
      rounds.map(({ round, until, survivors, dropped }) => [round, until, survivors.length, dropped.length]),
      [
        [1, '2 epochs', 2, 2],
        [2, '4 epochs', 1, 1],
      ],
    );
    t.same(one.trials.map(({ state }) => state).sort(), ['done', 'dropped', 'dropped', 'dropped']);
    const best = one.best as NonNullable<typeof one.best>;
    t.same([best.epochs, best.rounds.length], [8, 3]);

    // A trial that paused twice has the weights of a run that never did.
    const whole = await train('base.yaml', {
      subscribers: { report: false },
      overrides: {
        set: Object.entries(best.values).map(([path, value]) => `${path}=${value}`),
      },
    });
    t.equal(best.bestHash, whole.summary.bestHash);
    t.equal(best.value, whole.summary.bestValue);

    // Only the last run has looked at the test rows.
    for (const { folder: path } of two.trials) {
      const events = eventsOf(path);
      t.ok(
        events.every(
          ({ event, testRows = 0, testLoss = null }) =>
            event === 'insights' || (testRows === 0 && testLoss === null),
        ),
      );
      t.notOk(events.some(({ event, part }) => event === 'insights' && part === 'test'));
    }
    t.same(two.final, {
      runDir: 'sweeps/two/final',
      testLoss: whole.summary.testLoss,
      testMetrics: whole.summary.testMetrics,
      bestHash: best.bestHash,
      same: true,
    });
    t.equal(one.final, null);

    // The file is the winner's.
    const again = await train(String(two.bestFile), { subscribers: { report: false } });
    t.equal(again.summary.bestHash, best.bestHash);
    t.ok(existsSync('sweeps/two/sweep.html'));

    // Nothing is done again.
    const before = readdirSync('sweeps/two').filter((name) => /^(trial|final)/.test(name));
    const was = before.map((name) => readFileSync(join('sweeps/two', name, 'events.jsonl'), 'utf8'));
    const third = await sweep(input('two', { halving }), { final: true });
    t.same(table(third), table(one));
    t.same(third.final, two.final);
    t.same(
      before.map((name) => readFileSync(join('sweeps/two', name, 'events.jsonl'), 'utf8')),
      was,
    );

    // Another sweep does not get its folder.
    await t.rejects(sweep(input('two', { halving, search: { name: 'random', trials: 4, seed: 2 } })), {
      message: /^sweep: sweeps\/two is another sweep's \(search\.seed was 1, is 2\); give this one a name/,
    });
    await t.rejects(sweep(input('two', { halving: { every: '2 epochs', keep: 0.25 } })), {
      message: /halving\.keep was 0\.5, is 0\.25/,
    });
    await t.rejects(sweep(input('two', { halving, search: { name: 'random', trials: 7, seed: 1 } })), {
      message:
        /^sweep: search\.trials was 4 in sweeps\/two, is 7, and halving chose among 4, .*; set 4, or give/,
    });
  },
);

t.test('broken trials are told, passed over and not tried again; an abort pauses', async (t) => {
  const output = { units: 'auto', activation: 'softmax' };
  const hidden = { units: 4, activation: 'relu' };
  const broken = input('broken', {
    search: 'grid',
    parameters: {
      // Batch-norm cannot do with the rows of the smaller minibatch, and after so large a step not with what it is given.
      'train.batchSize': [8, 1],
      'model.layers': [
        [hidden, hidden, output],
        [hidden, { name: 'batch-norm' }, output],
      ],
      'optimizer.learningRate': [1e6],
    },
  });
  const stopper = new AbortController();
  const paused = await sweep(broken, {
    parallel: 1,
    signal: stopper.signal,
    onEvent: (event) => event.event === 'trial' && event.trial === 1 && stopper.abort(),
  });
  t.match(paused, { stopped: true, bestFile: null, best: { trial: 1 } });
  const result = await sweep(broken, { parallel: 2 });
  t.same(
    result.trials.map(({ state }) => state),
    ['done', 'broken', 'done', 'broken'],
  );
  t.match(result.trials[1].message, /^In step \d+ .* became (NaN|-?Infinity)/);
  t.match(result.trials[3].message, /expected at least 2, the fewest rows for "batch-norm" .*, got 1/);
  t.equal(result.best?.trial, 1);
  const was = eventsOf('sweeps/broken/trial-0002').length;
  t.same(table(await sweep(broken)), table(result));
  t.equal(eventsOf('sweeps/broken/trial-0002').length, was, 'what diverged is not tried again');
});

t.test('more trials go on from those that are there; fewer are refused', async (t) => {
  const grown = (trials: number, name: 'random' | 'tpe' = 'random') =>
    input('grown', {
      search: { name, trials, seed: 1 },
      parameters: { 'optimizer.learningRate': { log: [0.001, 1] } },
    });
  const few = await sweep(grown(1), { final: true });
  const was = few.trials.map(({ folder }) => readFileSync(join(folder, 'events.jsonl'), 'utf8'));
  const more = await sweep(grown(3), { final: true });
  t.same(table(more).trials.slice(0, 1), table(few).trials);
  t.same(
    few.trials.map(({ folder }) => readFileSync(join(folder, 'events.jsonl'), 'utf8')),
    was,
  );
  t.match(JSON.parse(readFileSync('sweeps/grown/sweep.json', 'utf8')).sweep.search, { trials: 3 });
  // The winner's test is its own.
  t.match([few.best?.trial, more.best?.trial], [1, 2]);
  t.match(
    [few.final, more.final],
    [
      { runDir: 'sweeps/grown/final', same: true },
      { runDir: 'sweeps/grown/final-0002', same: true },
    ],
  );
  await t.rejects(sweep(grown(2)), {
    message:
      /^sweep: search\.trials was 3 in sweeps\/grown, is 2, and .*the winner may be one of them; set 3 or more/,
  });
  await t.rejects(sweep(grown(4, 'tpe')), {
    message: /another sweep's \(search\.name was "random", is "tpe"/,
  });
});

t.test('trials that were not tried yet may be left out', async (t) => {
  const shrunk = (trials: number) => input('shrunk', { search: { name: 'random', trials, seed: 1 } });
  const stopper = new AbortController();
  await sweep(shrunk(4), {
    parallel: 1,
    signal: stopper.signal,
    onEvent: (event) => event.event === 'trial' && event.trial === 2 && stopper.abort(),
  });
  await t.rejects(sweep(shrunk(1)), { message: /was 4 in sweeps\/shrunk, is 1, .*; set 2 or more, or/ });
  t.equal((await sweep(shrunk(2))).trials.length, 2);

  // What is no folder of a trial is in the way of it.
  writeFileSync('sweeps/shrunk/trial-0003', '');
  await t.rejects(sweep(shrunk(3)), {
    name: 'UserError',
    message: /^sweeps\/shrunk\/trial-0003: expected a trial's folder, got a file; move it away$/,
  });
});

t.test('figures of other data are not compared', async (t) => {
  const was = readFileSync('rows.csv', 'utf8');
  t.teardown(() => writeFileSync('rows.csv', was));
  const spec = (name: string, trials: number) => input(name, { search: { name: 'random', trials, seed: 1 } });
  const first = await sweep(spec('changed', 1));
  writeFileSync('rows.csv', `${was}1,2,a\n`);
  await t.rejects(sweep(spec('changed', 2)), {
    name: 'UserError',
    message:
      /^sweep: the data are not those that the trials in sweeps\/changed learned from \(the files of data\.path /,
  });
  t.notOk(existsSync('sweeps/changed/trial-0002'));
  writeFileSync('rows.csv', was);
  t.same(table(await sweep(spec('changed', 2))).trials[0], table(first).trials[0]);

  // While it runs: neither the next trial nor one that paused has other data.
  const meanwhile = (halving: object, when: SweepEvent['event']) =>
    sweep(
      { ...spec(`while-${when}`, 3), ...halving },
      {
        parallel: 1,
        onEvent: ({ event }) => event === when && writeFileSync('rows.csv', was.replace('37', '38')),
      },
    );
  const changed = {
    name: 'UserError',
    message: /^[^\n]*rows\.csv: has changed since the sweep began, [^\n]*$/,
  };
  await t.rejects(meanwhile({}, 'trial'), changed);
  t.notOk(existsSync('sweeps/while-trial/trial-0002'));
  writeFileSync('rows.csv', was);
  await t.rejects(meanwhile({ halving: { every: '2 epochs' } }, 'round'), changed);
});

t.test('a trial that has begun and cannot go on ends the sweep, and is not passed over', async (t) => {
  const mixed = input('mixed', {
    halving: { every: '2 epochs' },
    parameters: { 'optimizer.learningRate': { log: [0.01, 1] } },
  });
  const checkpoints = (trial: number) => `sweeps/mixed/trial-000${trial}/checkpoints`;
  let spoilt = 0;
  const spoiled = sweep(mixed, {
    parallel: 1,
    onEvent: (event) => {
      if (event.event !== 'round' || spoilt > 0) return;
      spoilt = event.survivors[1];
      rmSync(checkpoints(spoilt), { recursive: true });
      cpSync(checkpoints(event.survivors[0]), checkpoints(spoilt), { recursive: true });
    },
  });
  await t.rejects(spoiled, {
    name: 'UserError',
    message: /^sweeps\/mixed\/trial-000\d: optimizer\.learningRate: [^\n]* in the run, [^\n]*$/,
  });
});

t.test('a crash of a trial is survived', async (t) => {
  // An engine's crash looks like this from outside: the process is gone, in the middle of a trial.
  const crashed = new Set<number>();
  const long = input('crash', { search: { name: 'random', trials: 1, seed: 1 } });
  writeFileSync('base.yaml', JSON.stringify({ ...base, train: { ...base.train, epochs: 500 } }));
  t.teardown(() => writeFileSync('base.yaml', JSON.stringify(base)));
  const result = await sweep(long, {
    parallel: 1,
    onEvent: (event) => {
      if (event.event !== 'progress' || event.running.length === 0 || crashed.size > 0) return;
      const [{ trial, epoch }] = event.running;
      if (epoch < 2) return;
      crashed.add(trial);
      const { pid } = JSON.parse(readFileSync(`sweeps/crash/trial-000${trial}/run.lock`, 'utf8'));
      t.not(pid, process.pid);
      process.kill(pid, 'SIGKILL');
    },
  });
  t.equal(crashed.size, 1);
  t.equal(result.trials[0].state, 'done');
  const undisturbed = await sweep({ ...long, name: 'whole' }, { parallel: 1 });
  t.same(table(result), table(undisturbed));
});

t.test('what is wrong is told before anything runs', async (t) => {
  const wrong: [Partial<SweepInput>, RegExp][] = [
    [
      { parameters: { 'optimizer.learningRat': [1] } },
      /^sweep parameters\.optimizer\.learningRat: unknown key .*; did you mean "learningRate"\?/,
    ],
    // Every value of a list, both ends of a range, and what no trial's other values go with.
    [
      { parameters: { 'train.batchSize': [32, -1] } },
      /^sweep parameters\.train\.batchSize\.1: no trial can have -1: expected a whole number from 1 to 1048576, got -1$/,
    ],
    [
      { parameters: { 'train.batchSize': [0] } },
      /batchSize\.0: no trial can have 0: expected a whole number/,
    ],
    [
      { search: 'grid', parameters: { 'optimizer.name': ['adam', 'adamm'], 'train.epochs': [1, 2, 3] } },
      /optimizer\.name\.1: no trial can have "adamm": unknown optimizer "adamm"; did you mean "adam"\?/,
    ],
    [
      { parameters: { 'optimizer.learningRate': { min: 0, max: 1 }, 'train.batchSize': { int: [8, 2e6] } } },
      /learningRate: no trial can have 0: .*\n.*batchSize: no trial can have 2000000: expected a whole/,
    ],
    [
      { parameters: { 'model.layers.1.activation': ['softmax', 'tanh'] } },
      /activation\.1: no trial can have "tanh": the loss "cross-entropy" needs the output activation "softmax"/,
    ],
    // What makes figures that cannot be compared.
    ...(
      [
        [
          'data.split.validation',
          [0.3, 0.2],
          /with 0\.[23] has other rows to validate with than .* make a sweep for each value$/,
        ],
        ['data.split.seed', { int: [0, 9] }, /other rows to validate with/],
        ['seed', [1, 2], /as the seed draws them, .*; set data\.split\.seed in the base/],
        ['data.path', ['rows.csv', 'more.csv'], /with "more\.csv"|with "rows\.csv"/],
        ['data.number.missing', ['median', 'drop'], /other rows to validate with/],
        [
          'loss',
          ['cross-entropy', { name: 'cross-entropy', labelSmoothing: 0.1 }],
          /another loss.*; take a metric/,
        ],
      ] as const
    ).map(([path, values, message]): [Partial<SweepInput>, RegExp] => [
      { parameters: { [path]: values } },
      new RegExp(
        `^sweep parameters\\.${path.replaceAll('.', '\\.')}: cannot be searched: .*${message.source}`,
      ),
    ]),
    // Ends that are whole numbers, and trials that are not.
    [
      { parameters: { 'model.layers.0.units': { min: 4, max: 8 }, 'optimizer.learningRate': [0.1] } },
      /units: no trial can have 5\.65685: expected a whole number .*; use \{int: \[4, 8\]\} for whole numbers$/,
    ],
    [
      { parameters: { 'train.batchSize': { log: [4, 64] } } },
      /; use \{intLog: \[4, 64\]\} for whole numbers$/,
    ],
    [{ parameters: {} }, /parameters: expected 1 to 64 keys, got 0/],
    [{ parameters: { 'train.validate.monitor': ['loss'] } }, /is what the goal says/],
    [{ search: 'grid' }, /search: a grid is made of lists/],
    [{ search: 'randon' as 'random' }, /did you mean "random"\?/],
    [
      { search: 'random' },
      /^sweep search: expected how many trials there are to be, such as \{name: random, trials/,
    ],
    [
      { search: { name: 'random', trials: 0 } },
      /search\.trials: expected a whole number from 1 to 100000, got 0/,
    ],
    [
      { search: { name: 'grid', trials: 3 }, parameters: { 'train.epochs': [1, 2], seed: [0] } },
      /search\.trials: a grid tries every combination of the values, here 2; leave "trials" out, or search "random"$/,
    ],
    [
      { search: { name: 'random', trials: 3, round: 2 } },
      /search\.round: is not for the search "random"; leave/,
    ],
    [
      { search: { name: 'tpe', trials: 9 }, halving: { every: '1 epoch' } },
      /halving: does not go with the search "tpe", which learns from .*; leave halving out, or search "random"/,
    ],
    [{ halving: { every: '2' } }, /halving\.every: expected epochs or steps/],
    [{ halving: { every: '2 epochs', keep: '3/2' } }, /halving\.keep: expected a share between 0 and 1/],
    [{ goal: 'test loss' }, /goal: .*the test rows are not looked at/],
    [{ goal: 'validation rmse' }, /^sweep goal: "rmse" is not for classification/],
    [{ goal: 'validation acuracy' }, /did you mean "accuracy"\?/],
    [{ base: 'none.yaml' }, /^sweep base: .*none\.yaml: no such file/],
    [{ base: undefined, data: {} } as object, /^sweep: is a configuration, not a sweep file/],
    [{ name: '../x' }, /name: expected 1 to 64 letters/],
  ];
  for (const [changes, message] of wrong) {
    await t.rejects(sweep(input('wrong', changes)), { name: 'UserError', message });
  }
  await t.rejects(sweep({ ...input('wrong'), extra: 1 } as SweepInput), {
    message: /sweep extra: unknown key/,
  });
  t.notOk(existsSync('sweeps/wrong'));

  // What is prepared in another way is of the same rows; so is every seed where the split has its own.
  const spec = async (parameters: object, changes: Partial<SweepInput> = {}) => {
    const read = await readSweep({ ...input('right', changes), parameters } as SweepInput, folder);
    checkTrials(read, await openConfigs(read));
  };
  await spec({
    'data.number.scale': ['standard', 'min-max'],
    'data.ignore': [[], ['y']],
    'data.split.test': [0.2],
  });
  const split = { name: 'random', validation: 0.3, test: 0.2, seed: 1 };
  writeFileSync('seeded.yaml', JSON.stringify({ ...base, data: { ...base.data, split } }));
  await spec({ seed: [0, 1, 2] }, { base: 'seeded.yaml' });
  const losses = ['cross-entropy', { name: 'cross-entropy', labelSmoothing: 0.1 }];
  await spec({ loss: losses }, { goal: 'validation accuracy' });
  const several = [
    [0.1, 0.9],
    [0.5, 0.9],
  ].map((quantiles) => ({ name: 'quantile', quantiles }));
  for (const goal of ['validation pinball', 'validation loss']) {
    await t.rejects(spec({ loss: several }, { goal }), {
      message:
        /has other outputs for each target than .*; leave this key out, or make a sweep for each value$/,
    });
  }
  // Neither value goes with the other's company, and each has its own.
  const activations = ['softmax', 'sigmoid'];
  const layers = (units: unknown[]) => ({
    'model.layers.1.units': units,
    'model.layers.1.activation': activations,
  });
  await spec(
    { loss: ['cross-entropy', 'binary-cross-entropy'], ...layers(['auto', 1]) },
    { goal: 'validation accuracy' },
  );

  writeFileSync(
    'bad.yaml',
    'base: base.yaml\nsearch: {name: random, trials: 2}\ngoal: validation loss\nparameters:\n  train.batchSiz: [1]\n',
  );
  await t.rejects(train('bad.yaml'), {
    message: /^bad\.yaml: is a sweep file; run it with gradpool sweep bad\.yaml$/,
  });
  await t.rejects(sweep('bad.yaml'), { message: /^bad\.yaml:5:3 parameters\.train\.batchSiz: unknown key/ });
});
