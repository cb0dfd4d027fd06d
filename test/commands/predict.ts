/** `predict`, `evaluate` and `inspect` as someone at a terminal sees them. */
import '../helpers/bare.js';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { ClassPrediction } from '../../src/predict/node.js';
import { loadModel } from '../../src/predict/node.js';
import { csvLine, fields, header, rowObject, tables, VALIDATION_ROWS } from '../helpers/table.js';

const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const { folder, path, train } = tables(t.teardown);
const { runDir, summary } = await train({
  target: 'kind',
  loss: 'cross-entropy',
  layers: [
    { units: 8, activation: 'gelu' },
    { name: 'batch-norm' },
    { units: 'auto', activation: 'softmax' },
  ],
});

function gradpool(args: string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    cwd: folder,
    input,
    encoding: 'utf8',
    env: { ...process.env, LANG: 'C.UTF-8' },
  });
  return { status, stdout, stderr };
}

const rows = Array.from({ length: VALIDATION_ROWS }, (_, row) => fields(row, 'validation'));
const expected = loadModel(runDir).predict(rows.map(rowObject)) as ClassPrediction[];

t.test('CSV in, CSV out: in order, columns by name, some kept', async (t) => {
  const { status, stdout, stderr } = gradpool([
    'predict',
    runDir,
    '--input',
    'validation.csv',
    '--keep',
    'kind,sold',
  ]);
  t.equal(stderr, '');
  t.equal(status, 0);
  const [head, ...lines] = stdout.trimEnd().split('\n');
  t.equal(head, 'kind,sold,label,probability_größer,"probability_large, ""x""",probability_small');
  t.equal(lines.length, rows.length);
  for (const [k, line] of lines.entries()) {
    const kept = csvLine([rows[k][7], rows[k][8], String(expected[k].label)]);
    t.ok(line.startsWith(`${kept},`), line);
    const found = line
      .slice(kept.length + 1)
      .split(',')
      .map(Number);
    for (const [c, p] of Object.values(expected[k].probabilities).entries())
      t.ok(Math.abs(found[c] - p) < 1e-12);
  }
});

t.test('any order, no target, gzipped, from standard input: the same', async (t) => {
  const order = [6, 0, 5, 1, 4, 2, 3];
  const text = [header, ...rows].map((row) => `${csvLine(order.map((k) => row[k]))}\r\n`).join('');
  writeFileSync(path('moved.csv.gz'), gzipSync(text));
  const whole = gradpool(['predict', runDir, '--input', 'validation.csv']).stdout;
  t.equal(gradpool(['predict', runDir, '--input', 'moved.csv.gz']).stdout, whole);
  t.equal(gradpool(['predict', runDir], text).stdout, whole);
  const json = rows.map((row) => {
    const { size, ...texts } = rowObject(row);
    return `${JSON.stringify({ ...texts, size: Number(size) })}\n`;
  });
  writeFileSync(path('rows.jsonl'), json.join(''));
  t.equal(gradpool(['predict', runDir], json.join('')).stdout, whole, 'seen from the first character');
  t.equal(gradpool(['predict', runDir, '--input', 'rows.jsonl']).stdout, whole);
  const { stderr } = gradpool(['predict', runDir, '--input', 'rows.jsonl', '--output', 'out.jsonl']);
  t.match(stderr, /^30 rows in .* rows\/s: out\.jsonl\n$/);
  const objects = readFileSync(path('out.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.same(
    objects.map(({ label }) => label),
    expected.map(({ label }) => label),
  );
});

t.test(
  'more rows than a batch, than a chunk of the file, and than one thread is left alone with',
  async (t) => {
    const copies = 2400;
    const body = rows.map((row) => `${csvLine(row)}\n`).join('');
    writeFileSync(path('many.csv'), `${csvLine(header)}\n${body.repeat(copies)}`);
    const many = ['--input', 'many.csv', '--output', 'many.out', '--threads', '2', '--quiet'];
    t.equal(gradpool(['predict', runDir, ...many]).stderr, '');
    const [head, ...lines] = readFileSync(path('many.out'), 'utf8').trimEnd().split('\n');
    const one = gradpool(['predict', runDir, '--input', 'validation.csv']).stdout.trimEnd().split('\n');
    t.equal(head, one[0]);
    t.equal(lines.length, copies * rows.length);
    t.ok(lines.every((line, k) => line === one[1 + (k % rows.length)]));
  },
);

t.test('a row that the model cannot take', async (t) => {
  const wrong = [...rows[1]];
  wrong[0] = '1,5';
  writeFileSync(
    path('bad.csv'),
    [header, rows[0], wrong, rows[2]].map((row) => `${csvLine(row)}\n`).join(''),
  );
  const stopped = gradpool(['predict', runDir, '--input', 'bad.csv', '--output', 'bad.out']);
  t.equal(stopped.status, 2);
  t.equal(
    stopped.stderr,
    'gradpool: bad.csv:3: column "size" expected a plain number, such as 12 or -0.5, got "1,5"; with --on-error null ' +
      'such rows are left empty\n',
  );
  t.notOk(existsSync(path('bad.out')));
  t.notOk(existsSync(path('bad.out.tmp')));
  const { status, stdout, stderr } = gradpool([
    'predict',
    runDir,
    '--input',
    'bad.csv',
    '--on-error',
    'null',
    '--keep',
    'size',
  ]);
  t.equal(status, 0);
  const lines = stdout.trimEnd().split('\n');
  t.equal(lines.length, 4);
  t.equal(lines[2], '"1,5",,,,');
  t.ok(lines[3].startsWith(`${csvLine([rows[2][0], String(expected[2].label)])},`));
  t.match(stderr, /^bad\.csv:3: column "size" .*\n1 row of 3 left empty\n$/);
});

t.test('a row whose outputs overflow is one that the model cannot take', async (t) => {
  writeFileSync(path('line.csv'), 'x,y\n1,1\n2,2\n3,3\n4,4\n');
  const config = {
    name: 'line',
    data: {
      name: 'csv',
      path: path('line.csv'),
      target: 'y',
      split: { name: 'random', validation: 0, test: 0 },
    },
    model: { layers: [{ units: 'auto' }] },
    loss: 'mean-squared-error',
    train: { batchSize: 4, epochs: 1 },
  };
  const trained = gradpool(['train', '-', '--quiet', '--run-dir', 'line'], JSON.stringify(config));
  t.equal(trained.status, 0, trained.stderr);
  const stopped = gradpool(['predict', 'line'], 'x\n1\n1e300\n');
  t.equal(stopped.status, 2);
  t.match(stopped.stderr, /^gradpool: standard input:3: the network's outputs are not numbers in float32/);
  const { stdout, stderr } = gradpool(['predict', 'line', '--on-error', 'null'], 'x\n1\n1e300\n2\n');
  t.match(stdout, /^y\n[-.\d]+\n\n[-.\d]+\n$/);
  t.match(stderr, /^standard input:3: .*\n1 row of 3 left empty\n$/);
  const first = gradpool(['predict', 'line'], 'x\n1\n1e300\nq\n1,2\n');
  t.match(
    first.stderr,
    /^gradpool: standard input:3: the network/,
    'the first one, whatever is wrong with it',
  );
});

t.test('what is no model, no column, no file', async (t) => {
  const cases: [string[], RegExp, string?][] = [
    [['predict', 'none'], /^gradpool: none: no such file or folder\n$/],
    [['predict', runDir, '--input', 'none.csv'], /^gradpool: none\.csv: no such file\n$/],
    [
      ['predict', runDir, '--input', 'validation.csv', '--keep', 'knid'],
      /has no column "knid"; did you mean "kind"\?/,
    ],
    [
      ['predict', runDir, '--format', 'xml'],
      /^gradpool: --format: expected csv or jsonl or npy, got "xml"\n$/,
    ],
    [
      ['predict', runDir],
      /^gradpool: --input: parquet is read from a file, got it on standard input, where rows are CSV or JSON Lines/,
      'PAR1\x15\x04\x15',
    ],
    [['evaluate', runDir, '--split', 'test'], /^gradpool: --split: the run has no test rows\n$/],
  ];
  for (const [args, message, input = ''] of cases) {
    const { status, stderr } = gradpool(args, input);
    t.equal(status, 2, args.join(' '));
    t.match(stderr, message);
  }
});

t.test('evaluate: the figures that training found, and those of another file', async (t) => {
  const own = JSON.parse(gradpool(['evaluate', runDir, '--split', 'validation', '--json']).stdout);
  t.equal(own.loss, summary.validLoss);
  t.equal(own.metrics.accuracy, summary.validMetrics.accuracy);
  const other = JSON.parse(
    gradpool(['evaluate', runDir, '--input', 'validation.csv', '--importance', '2', '--json']).stdout,
  );
  t.equal(other.loss, summary.validLoss);
  t.same(other.metrics, own.metrics);
  t.equal(other.importance[0].column, 'size', 'what the kind follows from');
  t.ok(other.importance[0].loss > 0);
  t.equal(other.importance.length, 7);
  const text = gradpool(['evaluate', runDir, '--input', 'validation.csv', '--threads', '2']).stdout;
  t.match(text, /\nclass +rows +precision +recall +F1\n/);
  t.match(text, /\ngrößer +\d+ +[\d.]+ %/);
  t.ok(Math.max(...text.split('\n').map((line) => line.length)) <= 80);
  writeFileSync(path('strange.csv'), readFileSync(path('validation.csv'), 'utf8').replace('small', 'tiny'));
  const { stderr } = gradpool(['evaluate', runDir, '--input', 'strange.csv']);
  t.match(stderr, /^gradpool: \S*strange\.csv:\d+: column "kind": "tiny" is none of the model's classes\n$/);
});

t.test('inspect', async (t) => {
  const { status, stdout } = gradpool(['inspect', runDir]);
  t.equal(status, 0);
  t.match(stdout, /\nlayer1\.norm +batch-norm +8 +8 +16\n/);
  t.match(stdout, /\nincome +number +2 +log, \(x − /);
  t.match(stdout, /\nbest +validation loss/);
  t.ok(Math.max(...stdout.split('\n').map((line) => line.length)) <= 80);
  const found = JSON.parse(
    gradpool(['inspect', `${runDir}/checkpoints/step-0000000016.safetensors`, '--json']).stdout,
  );
  t.match(found, {
    kind: 'checkpoint',
    parameters: JSON.parse(gradpool(['inspect', runDir, '--json']).stdout).parameters,
  });
});
