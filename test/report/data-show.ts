/** What a person sees of data, of a cross-validation, of a draft: in 80 columns, in ASCII where that is asked for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { describeData } from '../../src/api/describe-data.js';
import { crossValidateReport } from '../../src/report/cross-validate.js';
import { dataFetchReport } from '../../src/report/data-fetch.js';
import { dataShowReport } from '../../src/report/data-show.js';
import { initReport } from '../../src/report/init.js';
import { Terminal } from '../../src/report/terminal.js';
import { meansOf } from '../../src/results.js';
import { Screen } from '../helpers/screen.js';

const utf8 = { LANG: 'C.UTF-8' };
const penguins = join(dirname(fileURLToPath(import.meta.url)), '../../../config/data/penguins.csv');
const folder = mkdtempSync(join(tmpdir(), 'gradpool-show-'));
t.teardown(() => rmSync(folder, { recursive: true }));

async function shown(path: string, env: NodeJS.ProcessEnv = utf8, rows = 3): Promise<string> {
  const screen = new Screen();
  dataShowReport(
    new Terminal(screen, screen, env),
    false,
  )({ event: 'done', ...(await describeData(path, { rows })) });
  return screen.plain;
}

const narrow = (text: string) => Math.max(...text.split('\n').map((line) => line.length)) <= 80;

t.test('a file: columns, statistics, classes, the first rows', async (t) => {
  const text = await shown(penguins);
  t.ok(narrow(text), text);
  t.match(text, /\ndata {5}csv, 344 rows, 8 columns\n/);
  t.match(text, /\nspecies +category +target\n/);
  t.match(text, /\nsex +category +input +11\n/);
  // pandas: df.body_mass_g.agg(['nunique', 'min', 'max', 'mean']), std(ddof=0)
  t.match(text, /\nbody_mass_g +94 +2700 +6300 +4201\.8 +800\.78\n/);
  t.match(text, /\nspecies +3 +Adelie 152, Gentoo 124, Chinstrap 68\n/);
  t.match(text, /\nGentoo +124 +36\.05 % +━+\n/);
  t.match(text, /\nAdelie +Torgersen +39\.1 +18\.7 +181\n/);
  t.notMatch(text, /\nparts /);
});

t.test('what is to be predicted is among the columns that there is room for', async (t) => {
  const names = Array.from({ length: 60 }, (_, k) => `measurement-${k}`);
  const path = join(folder, 'wide.csv');
  const line = (k: number) => [...names.map((_, c) => c * 1000 + k), k % 2 ? 'odd' : 'even'].join(',');
  writeFileSync(path, `${[[...names, 'class'].join(','), ...[1, 2, 3, 4].map(line)].join('\n')}\n`);
  const text = await shown(path);
  t.ok(narrow(text), text);
  t.match(text, /\nclass +category +target\nand 20 more columns\n/);
  t.match(text, /\nmeasurement-0 .* class\n.*odd\n.*even\n.*odd\nand 55 more columns\n/);
});

t.test('rows of JSON under the name of a configuration are data', async (t) => {
  const path = join(folder, 'rows.json');
  const rows = [0, 1, 2].map((x) => ({ x, y: x % 2 ? 'odd' : 'even' }));
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  t.match(await shown(path), /\ndata {5}jsonl, 3 rows, 2 columns\n/);
  writeFileSync(path, JSON.stringify(rows));
  await t.rejects(describeData(path), { message: /rows\.json:1: .*write each element on a line of its own/ });
});

t.test('a configuration: roles, what becomes of columns, sizes of the parts', async (t) => {
  const config = {
    name: 'mine',
    data: {
      name: 'csv',
      path: penguins,
      target: 'species',
      missing: ['NA'],
      ignore: ['year'],
      number: { missing: 'median' },
      category: { missing: 'category' },
      columns: { body_mass_g: { missing: 'drop' } },
    },
    model: { layers: [{ units: 'auto', activation: 'softmax' }] },
    loss: 'cross-entropy',
  };
  const path = join(folder, 'mine.yaml');
  writeFileSync(path, JSON.stringify(config));
  const text = await shown(path, {});
  t.notMatch(text, /[^\n -~]/, 'ASCII');
  t.ok(narrow(text), text);
  t.match(text, /^mine\ndata {5}csv, 342 rows, 8 columns; 2 rows left out for missing values\n/);
  t.match(text, /\nparts {4}274 training, 34 validation, 34 test rows\n/);
  t.match(text, /\nsex +category +input +9 +one-hot of 3\n/);
  t.match(text, /\nyear +ignored\n/);
  t.notMatch(text, /\nyear +\d/, 'no statistics of what was not read');
});

t.test('images, and rows of numbers', async (t) => {
  const mnist = join(folder, 'mnist.yaml');
  const base = {
    name: 'x',
    loss: 'cross-entropy',
    model: { layers: [{ units: 10, activation: 'softmax' }] },
  };
  writeFileSync(mnist, JSON.stringify({ ...base, data: 'mnist' }));
  const text = await shown(mnist, {}, 2);
  t.ok(narrow(text), text);
  t.match(text, /\ndata {5}mnist, 70,000 rows, 784 values a row\n/);
  t.match(text, /\n0 +6,903 +9\.86 % /);
  t.match(text, /\n5 {29}0\n/, 'the labels of the first two');
  t.match(text, /[@%#*]{3}/);
  const xor = join(folder, 'xor.yaml');
  const net = { model: { layers: [{ units: 1, activation: 'sigmoid' }] }, loss: 'binary-cross-entropy' };
  writeFileSync(xor, JSON.stringify({ name: 'x', data: 'xor', ...net }));
  t.match(await shown(xor), /\nx1 +x2 +target\n/);
});

t.test('a cross-validation: a row a fold, mean and deviation below', async (t) => {
  const screen = new Screen(80);
  const report = crossValidateReport(new Terminal(screen, screen, utf8), false);
  const metrics = ['accuracy', 'confusion'];
  const start = {
    event: 'start',
    network: [3, 2],
    parameters: 8,
    trainRows: 6,
    validationRows: 1,
    testRows: 3,
    metrics,
  };
  const base = {
    event: 'start',
    name: 'rows',
    folds: 2,
    repeats: 1,
    stratify: true,
    seed: 0,
    runs: 2,
    folder: 'runs/x',
  } as const;
  const fold = (k: number, accuracy: number) => ({
    repeat: 1,
    fold: k,
    testLoss: k / 10,
    testMetrics: {
      accuracy,
      confusion: [
        [1, 0],
        [0, 1],
      ],
    },
    trainSeconds: 1,
    bestStep: 3,
    bestHash: 'a',
    weightsHash: 'b',
    runDir: null,
  });
  const results = [fold(1, 0.9), fold(2, 0.8)];
  report(base);
  report({ event: 'run', run: 1, told: start as never });
  for (const result of results) report({ event: 'fold', ...result });
  report({ ...base, event: 'done', results, ...meansOf(results), stopped: false } as never);
  const text = screen.plain;
  t.match(text, /\n +1 +0\.1000 +90\.00 % +1\.00 s\n/);
  t.match(text, /\n mean +0\.1500 +85\.00 %\n/);
  // Half the difference times the root of 2.
  t.match(text, /\n +sd +0\.0707 +7\.07 %\n/);
  t.ok(screen.lines.every((line) => line.length <= 80));
});

t.test('a draft, and a set that is fetched', async (t) => {
  const screen = new Screen();
  const terminal = new Terminal(screen, screen, utf8);
  const draft = {
    output: "it's.yaml",
    data: 'x.csv',
    rows: 1234,
    columns: 3,
    target: 'y',
    why: 'by its name',
  };
  const found = { ignored: ['id'], missing: ['?'], notes: ['x.csv:7: "abc" is no number'] };
  initReport(terminal, false)({ event: 'done', ...draft, task: 'values', ...found });
  t.match(screen.text, /\ndata {6}x\.csv: 1,234 rows, 3 columns\n/);
  t.match(
    screen.text,
    /\nignored {3}id\nmissing {3}values written as \?\nnote {6}x\.csv:7: "abc" is no number\n/,
  );
  t.match(screen.text, /\n {2}gradpool train 'it'\\''s\.yaml'\n$/);
  const report = dataFetchReport(terminal, false);
  report({ event: 'file', file: 'a.gz', url: 'u', state: 'fetched' });
  report({
    event: 'done',
    name: 'mnist',
    folder: 'data/mnist',
    files: ['a.gz'],
    kind: 'images',
    licence: 'MIT',
  });
  t.match(screen.text, /\na\.gz: fetched, its hash is right\n/);
  t.match(screen.text, /\n {2}gradpool data show data\/mnist\n/);
});
