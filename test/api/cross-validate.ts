/** A run a fold: every row is tested once, figures add up, and the folds of one seed are the same again. */
import '../helpers/bare.js';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { crossValidate } from '../../src/api/cross-validate.js';
import { train } from '../../src/api/train.js';
import { meansOf, spreadOf } from '../../src/results.js';
import type { CrossValidationEvent } from '../../src/series.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-cv-'));
t.teardown(() => rmSync(folder, { recursive: true }));
process.chdir(folder);

const rows = Array.from(
  { length: 60 },
  (_, k) => `${(k * 37) % 60},${(k * 11) % 7},${k % 3 === 0 ? 'a' : 'b'}`,
);
writeFileSync('rows.csv', `x,y,class\n${rows.join('\n')}\n`);
const config = (split: object = { name: 'random', stratify: true, validation: 0.2 }) => ({
  name: 'rows',
  seed: 3,
  data: { name: 'csv', path: 'rows.csv', target: 'class', split },
  model: {
    layers: [
      { units: 4, activation: 'relu' },
      { units: 'auto', activation: 'softmax' },
    ],
  },
  loss: 'cross-entropy',
  train: { batchSize: 8, epochs: 3 },
});
const base = (split?: object) => config(split) as unknown as Parameters<typeof crossValidate>[0];

t.test('folds, repeated: each is a run of the split folds', async (t) => {
  const events: CrossValidationEvent[] = [];
  const result = await crossValidate(base(), {
    folds: 3,
    repeats: 2,
    threads: 1,
    runDir: true,
    onEvent: (event) => events.push(event),
  });
  t.match(result, { folds: 3, repeats: 2, stratify: true, seed: 3, stopped: false });
  t.same(
    result.results.map(({ repeat, fold }) => [repeat, fold]),
    [1, 2].flatMap((repeat) => [1, 2, 3].map((fold) => [repeat, fold])),
  );
  t.equal(new Set(result.results.map(({ weightsHash }) => weightsHash)).size, 6);
  const starts = events.flatMap((event) =>
    event.event === 'run' && event.told.event === 'start' ? [event.told] : [],
  );
  // 60 rows in thirds; a fifth of the other 40 is for validation, as in the configuration's own split.
  for (const { trainRows, validationRows, testRows } of starts) {
    t.same([trainRows, validationRows, testRows], [32, 8, 20]);
  }
  // Mean and sample deviation, by another way than the code's.
  const losses = result.results.map(({ testLoss }) => Number(testLoss));
  const mean = losses.reduce((a, b) => a + b) / 6;
  const sd = Math.sqrt((losses.reduce((a, b) => a + b * b, 0) - 6 * mean * mean) / 5);
  t.ok(Math.abs(Number(result.loss.mean) - mean) < 1e-12);
  t.ok(Math.abs(Number(result.loss.sd) - sd) < 1e-7);
  t.equal(result.loss.n, 6);
  t.equal(result.metrics.accuracy.n, 6);

  const { folder: runs } = result;
  t.match(runs, /^runs[/\\]rows-cv-\d{4}/);
  t.same(readdirSync(runs as string).sort(), ['cross-validation.json', 'repeat-1', 'repeat-2']);
  t.same(readdirSync(join(runs as string, 'repeat-2')).sort(), ['fold-1', 'fold-2', 'fold-3']);
  const kept = JSON.parse(readFileSync(join(runs as string, 'cross-validation.json'), 'utf8'));
  t.same(kept.results, result.results);

  // A fold can be trained alone, with the same bits.
  const [, second] = result.results;
  const alone = await train(
    base({ name: 'folds', folds: 3, fold: 2, stratify: true, validation: 0.2, seed: 3 }),
    { threads: 1 },
  );
  t.equal(alone.summary.weightsHash, second.weightsHash);
});

t.test('without a folder nothing is written; the seed decides the folds', async (t) => {
  const run = (seed: number, stratify?: boolean) =>
    crossValidate(base(), { folds: 2, threads: 1, stratify, overrides: { seed, epochs: 1 } });
  const [a, other, unstratified] = [await run(1), await run(2), await run(1, false)];
  const hashes = ({ results }: typeof a) => results.map(({ weightsHash }) => weightsHash);
  t.notSame(hashes(a), hashes(other));
  t.notSame(hashes(a), hashes(unstratified));
  t.equal(a.folder, null);
});

t.test('an abort: the fold under way does not count', async (t) => {
  const controller = new AbortController();
  const result = await crossValidate(base(), {
    folds: 4,
    threads: 1,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.event === 'run' && event.run === 3 && event.told.event === 'start')
        controller.abort(new Error('no'));
    },
  });
  t.equal(result.stopped, true);
  t.same(
    result.results.map(({ fold }) => fold),
    [1, 2],
  );
  t.equal(result.loss.n, 2);
  const early = new AbortController();
  const reason = new Error('at once');
  early.abort(reason);
  t.equal(await crossValidate(base(), { signal: early.signal }).catch((error) => error), reason);
});

t.test('what has no folds', async (t) => {
  await t.rejects(crossValidate({ ...config(), data: { name: 'xor' } } as never), {
    name: 'UserError',
    message: /the data "xor" have no split/,
  });
  await t.rejects(crossValidate(base({ name: 'group', column: 'y' })), {
    name: 'UserError',
    message: /data\.split "group" does not; .*--set data\.split=random/,
  });
  await t.rejects(crossValidate(base(), { folds: 61, threads: 1 }), {
    message: /data\.split\.folds: expected at most 60/,
  });
  await t.rejects(crossValidate(base(), { folds: 1 }), {
    message: /^folds: expected a whole number, at least 2/,
  });
});

t.test('means over what is defined', async (t) => {
  t.same(spreadOf([1, 2, 3, 4]), { mean: 2.5, sd: Math.sqrt(5 / 3), n: 4 });
  t.same(spreadOf([null, 7]), { mean: 7, sd: null, n: 1 });
  t.same(spreadOf([null]), { mean: null, sd: null, n: 0 });
  const fold = (testMetrics: object) => ({ testLoss: 1, testMetrics }) as never;
  t.same(
    Object.keys(
      meansOf([fold({ accuracy: 0.5, confusion: [[1]] }), fold({ accuracy: 0.7, confusion: [[2]] })]).metrics,
    ),
    ['accuracy'],
  );
});
