/** `--set path=value`: values get the type that the schema wants, and paths lead nowhere but into the schema. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { loadConfig, type Overrides } from '../../src/config/load.js';
import { datasets } from '../../src/data/index.js';
import { isUserError } from '../../src/errors.js';
import { initializerNames } from '../../src/model/init/index.js';
import { specOf } from '../helpers/optimizers.js';

const file = join(t.testdir(), 'c.yaml');
writeFileSync(
  file,
  `name: small
data: { name: xor }
model:
  init: { name: uniform, range: 0.1 }
  layers:
    - { units: 8, activation: relu }
    - { units: 1, activation: sigmoid }
loss: binary-cross-entropy
`,
);

const set = (...texts: string[]) => loadConfig(file, { set: texts });

async function mistakes(overrides: Overrides): Promise<string[]> {
  const error = await loadConfig(file, overrides).then(
    () => new Error('expected a mistake'),
    (reason) => reason,
  );
  if (!isUserError(error)) throw error;
  return error.message.replaceAll(file, 'c.yaml').split('\n');
}

const withSplit = Object.entries(datasets)
  .filter(([, { options }]) => 'split' in options)
  .map(([name]) => `"${name}"`)
  .join(', ');

t.test('values by their type', async (t) => {
  t.match(await set('train.batchSize=16', 'optimizer.learningRate=1e-3'), {
    train: { batchSize: 16, epochs: 1 },
    optimizer: specOf('sgd', { learningRate: 0.001 }),
  });
  t.match(await set('model.precision=float64'), { model: { precision: 'float64' } });
  t.match(await set('model.layers=[{units: 3, activation: sigmoid}]'), {
    model: { layers: [{ units: 3, activation: { name: 'sigmoid' } }], init: { range: 0.1 } },
  });
  t.match(await set('model.layers.0.units=50', 'model.layers.1.init={name: he-normal}'), {
    model: {
      layers: [
        { units: 50, activation: { name: 'relu' } },
        { units: 1, init: { name: 'he-normal' } },
      ],
    },
  });
  t.equal((await set('name=007')).name, '007', 'text where text is wanted');
  const mnist = await set(
    'data.name=mnist',
    'data.path=[a]=b',
    'data.split=random',
    'data.split.train=100',
    'data.split.test=7',
    'model.init={name: he-normal}',
  );
  t.same(mnist.data, {
    name: 'mnist',
    path: resolve('[a]=b'),
    split: { name: 'random', train: 100, validation: 0.1, test: 7, stratify: false },
  });
  t.same(mnist.model.init, { name: 'he-normal' }, 'replaced, not merged');
  t.equal(
    (await set('train={epochs: 2}', 'train.epochs=3', ' seed =5')).train.epochs,
    3,
    'the last one wins',
  );
});

t.test('a bare name becomes a mapping where one of its options is set', async (t) => {
  const decaying = specOf('adamw', { weightDecay: 0.2 });
  t.same((await set('optimizer=adamw')).optimizer, specOf('adamw'));
  t.same((await set('optimizer=adamw', 'optimizer.weightDecay=0.2')).optimizer, decaying);
  t.same((await set('optimizer.name=adamw', 'optimizer.weightDecay=0.2')).optimizer, decaying);
  t.same((await set('optimizer={name: adamw, weightDecay: 0.2}')).optimizer, decaying);
  const both = await set('model.layers.0.activation.name=tanh', 'optimizer.learningRate=2');
  t.match(both.model.layers[0], { activation: { name: 'tanh' } });
  t.match(both.optimizer, { name: 'sgd', learningRate: 2 });
  for (const [set, message] of [
    ['engine=was', ': unknown engine "was"; did you mean "wasm"? (auto, native, wasm, reference)'],
    ['engine=5', ': expected one of auto, native, wasm, reference, got 5'],
    ['engine.library=x', ': unknown key "library" for "auto"; it takes no options'],
    [
      'engine={name: wasm, library: x}',
      ' engine.library: unknown key "library" for "wasm"; it takes no options',
    ],
    ['engine=blas', ': the engine "blas" is gone; take "native", the default'],
    [
      'engine={name: blas, library: x}',
      ' engine.name: the engine "blas" is gone; take "native", the default',
    ],
    ['data={name: mnist, path: 5}', ' data.path: expected text that is not empty, got 5; put it in quotes'],
  ]) {
    t.same(await mistakes({ set: [set] }), [`--set ${set}${message}`]);
  }
  t.same(await mistakes({ set: ['engine=blas', 'engine.library=x'] }), [
    '--set engine.library=x: the engine "blas" is gone; take "native", the default',
  ]);
});

t.test('a value before the name of what it is of is read as all members have it', async (t) => {
  const { data } = await set(
    'data={}',
    'data.path=[parquet]',
    'data.name=mnist',
    'model.layers.1.units=10',
    'model.layers.1.activation=softmax',
    'loss=cross-entropy',
  );
  t.match(data, { name: 'mnist', path: resolve('[parquet]') });
});

t.test('--seed, --epochs, --engine', async (t) => {
  const config = await loadConfig(file, { set: ['seed=1'], seed: 2, epochs: 3, engine: 'reference' });
  t.match(config, {
    seed: 2,
    train: { epochs: 3 },
    engine: { name: 'reference' },
    model: { precision: 'float64' },
  });
  t.same(await mistakes({ seed: 1.5, epochs: 0, engine: 'wsm' }), [
    '--seed: expected a whole number from 0 to 9007199254740991, got 1.5',
    '--engine: unknown engine "wsm"; did you mean "wasm"? (auto, native, wasm, reference)',
    '--epochs: expected a whole number from 1 to 1000000, got 0',
  ]);
});

t.test('mistakes', async (t) => {
  const top = 'name, seed, engine, data, model, loss, optimizer, train';
  const cases: [text: string, line: string][] = [
    ['train.batchSize=1.2', ': expected a whole number from 1 to 1048576, got 1.2'],
    ['train.batchSize=', ': expected a whole number from 1 to 1048576, got nothing'],
    [
      'train.batchSize=1_000',
      ': expected a whole number from 1 to 1048576, got the string "1_000"; write 1000',
    ],
    ['train.batchsize=32', ': unknown key "batchsize"; did you mean "batchSize"?'],
    ['batchSize=32', ': unknown key "batchSize"; did you mean "train.batchSize"?'],
    ['optimizer.clip=1', ': unknown key "clip" for "sgd"; did you mean "train.clip"?'],
    ['optimizer.ema=1', ': unknown key "ema" for "sgd"; did you mean "train.ema"?'],
    ['optimizer.warmup=1', ': unknown key "warmup" for "sgd"; did you mean "optimizer.schedule.warmup"?'],
    ['optimizer.loss=1', ': unknown key "loss" for "sgd"; it belongs at the top level'],
    ['optimizer.clip_norm=1', ': unknown key "clip_norm" for "sgd"; did you mean "train.clip.norm"?'],
    ['train.clipnorm=1', ': unknown key "clipnorm"; did you mean "train.clip.norm"?'],
    ['train.earlyStopping=1', ': unknown key "earlyStopping"; did you mean "train.stop"?'],
    [
      'model.dropout=0.1',
      ': unknown key "dropout"; it is a layer of its own: write { name: dropout, rate: … }',
    ],
    [
      'model.activation=relu',
      ': unknown key "activation"; each layer has one of its own: write { units: …, activation: … }',
    ],
    [
      'data={name: csv, path: x, target: y, number: {scale: log}}',
      ' data.number.scale: unknown scale "log"; did you mean "log-standard"? (none, standard, min-max, log-standard, robust)',
    ],
    [
      'loss={name: quantile, quantile: [0.1, 0.9]}',
      ' loss.quantile: expected a number in (0, 1), got a list of 2; several go into "quantiles"',
    ],
    ['model.layers.0.neurons=3', ': unknown key "neurons" for "dense"; did you mean "units"?'],
    [
      'data={name: csv, path: x, targets: y}',
      ' data.targets: unknown key "targets" for "csv"; did you mean "target"?',
    ],
    [
      'train.num_threads=2',
      ': unknown key "num_threads"; that is no part of a result: --threads on the command line',
    ],
    [
      'optimizer={name: adam, eps: 1e-7}',
      ' optimizer.eps: unknown key "eps" for "adam"; did you mean "epsilon"?',
    ],
    [
      'model.layers=[{name: batch-norm, momentum: 0.9}]',
      ' model.layers.0.momentum: unknown key "momentum" for "batch-norm"; did you mean "newShare"?',
    ],
    [
      'train.classWeights={}',
      ': expected a weight for some of the classes, by their names, got none; leave it out',
    ],
    ['precison=float64', ': unknown key "precison"; did you mean "model.precision"?'],
    ['train.batchSize', ': expected path=value, e.g. --set train.batchSize=32'],
    ['=3', ': expected path=value, e.g. --set train.batchSize=32'],
    ['foo=1', `: unknown key "foo"; expected one of ${top}`],
    [
      'train..epochs=1',
      ': unknown key ""; expected one of batchSize, epochs, shards, accumulate, classWeights, clip, ema, sampling, mixup, averaging, exchange, checkpoint, validate, stop',
    ],
    ['train.batchSize.x=1', ': there is nothing below "train.batchSize"'],
    ['model.layers.2.units=5', ': expected an entry of "model.layers" from 0 to 1, got "2"'],
    ['model.layers.-1.units=5', ': expected an entry of "model.layers" from 0 to 1, got "-1"'],
    ['model.layers.length=1', ': expected an entry of "model.layers" from 0 to 1, got "length"'],
    ['model.precision=float16', ': unknown precision "float16"; did you mean "float32"? (float32, float64)'],
    [
      'model.layers=[{units: 8}]',
      ' model.layers.0.activation: the loss "binary-cross-entropy" needs the output activation "sigmoid", got "linear"',
    ],
    [
      'model.layers.0.init.range=1',
      ` model.layers.0.init.name: missing; expected one of ${initializerNames.join(', ')}`,
    ],
    ['data.train=100', ': is now data.split: { name: random, train: … }'],
    ['train.learningRate=1', ': is now optimizer.learningRate'],
    ['train.validateEvery=3', ': is now train.validate.every, with its unit ("300 epochs")'],
    ['engine.blas.library=x', ': is gone; take "native", the default'],
    ['engine={blas: {library: x}}', ' engine.blas: is gone; take "native", the default'],
    ['cost=1', ': is now loss'],
    [
      'data.split.train=100',
      `: unknown key "split" for "xor"; it takes no options, and "split" is an option of ${withSplit}`,
    ],
    [
      'model.init=uniform',
      ': expected a mapping such as {name: uniform, range: …}, got the string "uniform"',
    ],
    ['__proto__.x=1', `: unknown key "__proto__"; expected one of ${top}`],
    ['constructor=1', `: unknown key "constructor"; expected one of ${top}`],
    ['train={__proto__: {x: 1}}', ': the key "__proto__" is not allowed'],
    [
      'train=&a {}',
      ': anchors (&name) are not allowed in a configuration; write the value out where it is needed',
    ],
    ['model.layers=[', ': not valid YAML: Flow sequence must end with a ]'],
  ];
  for (const [text, line] of cases) t.same(await mistakes({ set: [text] }), [`--set ${text}${line}`]);
  t.same(await mistakes({ set: ['model.init.name=he-normal'] }), [
    'c.yaml:4:26 model.init.range: unknown key "range" for "he-normal"; it takes no options, and "range" is an option of "uniform"; ' +
      "replace it whole: --set 'model.init={name: he-normal}'",
  ]);
  t.same(await mistakes({ set: ['train={epochs: 1}', 'train.epochs=0'] }), [
    '--set train.epochs=0: expected a whole number from 1 to 1000000, got 0',
  ]);
  t.same(
    await mistakes({ set: ['data={name: csv, path: a.csv, target: b}', 'data.columns.__proto__.scale=log'] }),
    ['--set data.columns.__proto__.scale=log: the key "__proto__" is not allowed'],
  );
  t.equal(({} as { x?: unknown }).x, undefined);
});

t.test('values from strangers', async (t) => {
  const mistake = async (text: string) => (await mistakes({ set: [text] })).join('\n');
  t.match(await mistake(`train=${'['.repeat(2000)}`), /^--set train=\[+…: nested more than 32 levels deep$/);
  t.match(
    await mistake(`name=${'x'.repeat(100_000)}`),
    /^--set name=x+…: expected a value of at most 64 KiB$/,
  );
  t.match(await mistake(`${'x'.repeat(100_000)}=1`), /^--set x+…: unknown key "x+…"; expected one of/);
  t.equal(
    await mistake('seed=\x1b[31m'),
    '--set seed=\\u001b[31m: expected plain text, got the character U+001B',
  );
});

t.test('what is wrong in the file is told of the file', async (t) => {
  const broken = join(t.testdir(), 'broken.yaml');
  writeFileSync(broken, 'name: small\nmodel: 3\n');
  await t.rejects(loadConfig(broken, { set: ['model.precision=float64'] }), {
    message: /broken.yaml:2:8 model: expected a mapping with the keys precision, init, layers, got 3$/m,
  });
  writeFileSync(broken, 'name: small\ndata: {name: xor}\nloss: cross-entropy\n');
  await t.rejects(loadConfig(broken, { set: ['model.init.range=3'] }), {
    message:
      /^--set model.init.range=3: unknown key "range" for "glorot-uniform"; .*"range" is an option of "uniform"$/,
  });
  writeFileSync(broken, 'name: small\nfoo: 1\n');
  const lines = await loadConfig(broken, { set: [`name=a\x1b[31m\n${'x'.repeat(60_000)}`] }).then(
    () => [],
    (error: Error) => error.message.split('\n'),
  );
  t.match(lines[0], /^--set name=a\\u001b\[31m\\u000ax+…: expected 1 to 64 letters/);
  t.ok(String(lines[0]).length < 300);
  t.match(lines.at(-1), /broken.yaml:2:1 foo: unknown key "foo"; expected one of [a-z, ]+$/);
  writeFileSync(broken, 'name: small\ndata: {name: xor}\nloss: cross-entropy\n');
  await t.rejects(loadConfig(broken, { set: ['model.layers.0.units=3'] }), {
    message: '--set model.layers.0.units=3: there is no "model.layers" to change',
  });
});
