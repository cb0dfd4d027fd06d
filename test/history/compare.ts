import '../helpers/bare.js';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { encodeSafetensors } from '../../src/formats/safetensors.js';
import { compareRuns } from '../../src/history/compare.js';
import { realDisk } from '../../src/machine/disk.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
t.teardown(() => rmSync(folder, { recursive: true }));

interface Given {
  readonly seed?: number;
  readonly rate?: number;
  readonly data?: object;
  readonly loss?: string;
  readonly monitor?: string;
  readonly split?: string | null;
  readonly hash?: string;
  readonly accuracy?: number;
  /** What its last weights' hash is made of; default: its own. */
  readonly weights?: string;
  /** Whether it has come to its end. */
  readonly ended?: boolean;
  /** Epochs that it tells of. */
  readonly epochs?: number;
}

/** A run's folder as a run leaves it, as far as a comparison looks at it. */
function run(name: string, given: Given = {}): string {
  const { seed = 0, rate = 0.1, data, loss = 'cross-entropy', monitor = 'accuracy', accuracy = 0.5 } = given;
  const { weights = name } = given;
  const { split = `split-${seed}`, hash = 'data', ended = true, epochs = 3 } = given;
  const path = join(folder, name);
  mkdirSync(path);
  const config = {
    name,
    seed,
    data: data ?? { name: 'csv', path: 'a.csv', split: { name: 'random' } },
    model: { layers: [{ name: 'dense', units: 4 }] },
    loss: { name: loss },
    optimizer: { name: 'sgd', learningRate: rate },
  };
  writeFileSync(join(path, 'config.json'), JSON.stringify({ config }));
  const epoch = (k: number, figure: number) => ({
    event: 'epoch',
    epoch: k,
    step: 10 * k,
    trainLoss: 1 / k,
    validLoss: 2 / k,
    validMetrics: { accuracy: figure, confusion: [[1]] },
    trainSeconds: k,
    examplesPerSecond: 10,
    learningRate: rate,
  });
  const figures = { accuracy, confusion: [[1]] };
  const events: object[] = [
    { event: 'start', ...begun, seed, monitor, ...(split !== null && { splitHash: `sha256:${split}` }) },
    ...[epoch(1, accuracy / 2), epoch(2, accuracy), epoch(3, accuracy / 4)].slice(0, epochs),
  ];
  if (ended) {
    const best = { bestStep: 20, bestValue: 1, bestHash: 'sha256:x', validLoss: 1, validMetrics: figures };
    const ending = { epochs: 3, steps: 30, weightsHash: `sha256:${weights}`, monitor };
    events.push({ event: 'done', stopped: false, ...ending, ...best, testLoss: 0.9, testMetrics: figures });
    const metadata = { run: JSON.stringify({ data: { sha256: hash } }) };
    const { head } = encodeSafetensors({}, metadata);
    writeFileSync(join(path, 'weights.safetensors'), head);
  }
  writeFileSync(join(path, 'events.jsonl'), `${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
  return path;
}

/** What every run tells at its beginning. */
const begun = { name: 'one', epochs: 3, stepsPerEpoch: 10, network: [2, 4] };

const compared = (...paths: string[]) => compareRuns(paths, realDisk);

t.test('the keys that differ, the figures, and the better one', async (t) => {
  const found = await compared(run('a1', { accuracy: 0.5 }), run('a2', { rate: 0.2, accuracy: 0.75 }));
  t.same(
    found.differing.filter(({ key }) => key !== 'name'),
    [{ key: 'optimizer.learningRate', values: [0.1, 0.2] }],
  );
  t.equal(found.comparable, true);
  const accuracy = found.figures.find(({ part, name }) => part === 'test' && name === 'accuracy');
  t.match(accuracy, { values: [{ mean: 0.5, deviation: null, runs: 1 }, { mean: 0.75 }], best: 1 });
  t.equal(
    found.figures.find(({ part, name }) => part === 'test' && name === 'loss')?.best,
    null,
    'equal ones',
  );
  t.notOk(
    found.figures.some(({ name }) => name === 'confusion'),
    'tables are no figures',
  );
  t.same(found.significance, []);
});

t.test('a run that has not ended: the best epoch so far, by the monitored figure', async (t) => {
  const found = await compared(run('u1', { ended: false, accuracy: 0.8 }), run('u2', { rate: 0.2 }));
  t.match(found.runs[0], {
    state: 'killed',
    bestStep: 20,
    figures: { validation: { accuracy: 0.8, loss: 1 }, test: {} },
  });
  t.same(found.obstacles, [], 'its data are those of the same words and seed');
});

t.test(
  'figures of other rows, data, losses and metrics are not comparable, and it is said why',
  async (t) => {
    const base = run('o1');
    const against = async (name: string, given: Given) =>
      (await compared(base, run(name, { rate: 0.2, ...given }))).obstacles;
    t.same(await against('o-same', {}), []);
    t.match(await against('o-split', { split: 'other' }), [/^the split differs: A and B .*split-0, other/]);
    t.match(await against('o-data', { hash: 'others' }), [/^the data differ: A and B .*data, others/]);
    t.match(await against('o-loss', { loss: 'mean-squared-error' }), [
      /loss differs: A has cross-entropy, B has mean/,
    ]);
    t.match(await against('o-metric', { monitor: 'loss' }), [
      /metric differs: .* A are those by accuracy, of B by loss/,
    ]);
    t.match(await against('o-old', { split: null, seed: 1 }), [/may differ/]);
    t.match(await against('o-seed', { seed: 1 }), [/^the split differs/], 'one run each, of other seeds');
    const prepared = { name: 'csv', path: 'a.csv', split: { name: 'random' }, scale: 'standard' };
    t.same(
      await against('o-scale', { data: prepared, hash: 'scaled' }),
      [],
      'the same rows of the same file, fed to the network in another way',
    );
    const file = { name: 'csv', path: 'b.csv', split: { name: 'random' } };
    t.match(await against('o-file', { data: file, hash: 'others' }), [/^the data differ/]);
  },
);

t.test('runs that differ in seed alone are a group; groups are compared by pairs of one seed', async (t) => {
  const first = [0.5, 0.55, 0.6].map((accuracy, seed) => run(`s-a${seed}`, { seed, accuracy }));
  const second = [0.6, 0.7, 0.75].map((accuracy, seed) => run(`s-b${seed}`, { seed, accuracy, rate: 0.2 }));
  const found = await compared(...first, ...second);
  t.same(found.groups, [
    { label: 'A', runs: [0, 1, 2] },
    { label: 'B', runs: [3, 4, 5] },
  ]);
  t.notOk(found.differing.some(({ key }) => key === 'seed'));
  const [tested] = found.significance;
  t.match(tested, { groups: ['A', 'B'], part: 'test', figure: 'accuracy', seeds: [0, 1, 2] });
  t.same(
    tested.tests.map(({ test }) => test),
    ['paired t-test', 'Wilcoxon signed-rank test'],
  );
  // scipy.stats.ttest_rel([0.6, 0.7, 0.75], [0.5, 0.55, 0.6])
  t.ok(Math.abs(Number(tested.tests[0].p) - 0.015268072165338254) < 1e-9, `p ${tested.tests[0].p}`);
  t.equal(tested.tests[1].p, 0.25);
  const loss = await compareRuns([...first, ...second], realDisk, undefined, 'loss');
  t.match(loss.significance, [
    { figure: 'loss', tests: [{ p: null, reason: /differ by the same/ }, { p: null }] },
  ]);
});

t.test('without seeds in common Welch is asked, where the split is drawn in the same way', async (t) => {
  const first = [0.5, 0.55].map((accuracy, seed) => run(`w-a${seed}`, { seed, accuracy }));
  const second = [0.6, 0.75].map((accuracy, k) => run(`w-b${k}`, { seed: 7 + k, accuracy, rate: 0.2 }));
  const { obstacles, significance } = await compared(...first, ...second);
  t.same(obstacles, []);
  t.match(significance, [{ seeds: [], tests: [{ test: "Welch's t-test" }] }]);
  const split = { name: 'csv', path: 'a.csv', split: { name: 'random', test: 7 } };
  const third = [0, 1].map((k) => run(`w-c${k}`, { seed: 20 + k, data: split }));
  t.match((await compared(...first, ...third)).obstacles, [/^the split differs/]);
});

t.test('a copy of a run, or its repetition, is no second seed', async (t) => {
  const [one, other] = [0, 1].map((seed) => run(`c-a${seed}`, { seed, accuracy: 0.5 + seed / 10 }));
  const copy = run('c-copy', { seed: 0, accuracy: 0.5, weights: 'c-a0' });
  const alone = run('c-b0', { seed: 0, accuracy: 0.7, rate: 0.2 });
  const again = run('c-b1', { seed: 0, accuracy: 0.7, rate: 0.2, weights: 'c-b0' });
  const found = await compared(one, copy, other, alone, again);
  t.same(found.groups, [
    { label: 'A', runs: [0, 2] },
    { label: 'B', runs: [3] },
  ]);
  t.same(found.copies, [
    { run: 1, of: 0 },
    { run: 4, of: 3 },
  ]);
  t.match(found.notes, [
    `${copy} has the seed and the weights of ${one}: the two count as one run`,
    /c-b1 has the seed/,
  ]);
  t.match(
    found.figures.find(({ part, name }) => part === 'test' && name === 'accuracy'),
    {
      values: [
        { mean: 0.55, runs: 2 },
        { runs: 1, deviation: null },
      ],
    },
  );
  t.same(found.significance, [], 'one seed of B is too few');
});

t.test('of one seed a run counts once, the one that has come furthest', async (t) => {
  const part = run('p-part', { ended: false, epochs: 1, accuracy: 0.9 });
  const more = run('p-more', { ended: false, epochs: 2, accuracy: 0.9 });
  const half = await compared(part, more);
  t.same(half.groups, [{ label: 'A', runs: [1] }]);
  t.same(half.copies, [{ run: 0, of: 1 }]);
  t.same(half.notes, [
    `${part} has the configuration and the seed of ${more}, which has come further: only that one counts`,
  ]);
  const whole = [1, 2].map((seed) => run(`p-a${seed}`, { seed, accuracy: 0.5 + seed / 10 }));
  const other = [1, 2].map((seed) => run(`p-b${seed}`, { seed, accuracy: 0.6 + seed / 9, rate: 0.2 }));
  const cut = run('p-cut', { seed: 1, ended: false, accuracy: 0.1 });
  const bits = run('p-bits', { seed: 2, accuracy: 0.2 });
  const found = await compared(cut, ...whole, bits, ...other);
  t.same(
    found.groups.map(({ runs }) => runs),
    [
      [1, 2],
      [4, 5],
    ],
  );
  t.match(found.notes, [
    /p-cut .*p-a1, which has come further/,
    /p-bits .*p-a2, which was named first: only/,
  ]);
  t.match(found.significance, [{ part: 'test', seeds: [1, 2] }]);
});

t.test('a figure that no run has, or that is a table, is refused with those that there are', async (t) => {
  const runs = [run('m1'), run('m2', { rate: 0.2 })];
  for (const metric of ['r2', 'confusion']) {
    await t.rejects(compareRuns(runs, realDisk, undefined, metric), {
      name: 'UserError',
      message: `--metric: none of the runs has a figure "${metric}"; there are loss, accuracy`,
    });
  }
});
