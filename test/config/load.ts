/** Configurations: those that ship load, and each mistake is told in one line that says where and what. */
import '../helpers/bare.js';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { families } from '../../src/config/families.js';
import { loadConfig, type Overrides, parseConfig, recordedConfig } from '../../src/config/load.js';
import { familiesNamedIn, mayHavePaths } from '../../src/config/named.js';
import { type ConfigInput, schemaOf, wholeSchema } from '../../src/config/schema.js';
import type { Member } from '../../src/config/spec.js';
import { parseYaml } from '../../src/config/yaml.js';
import { datasets } from '../../src/data/index.js';
import { splits } from '../../src/data/splits/index.js';
import { isUserError } from '../../src/errors.js';

const { activations, layers, losses, optimizers } = families;
const names = (family: object) => Object.keys(family).join(', ');
/** Options that a member fills in, those that are members themselves as mappings. */
const defaultsOf = ({ options = {} }: Member) =>
  Object.fromEntries(
    Object.entries(options).flatMap(([key, option]) => {
      const { default: value } = option as { default?: unknown };
      return value === undefined ? [] : [[key, option.type === 'member' ? { name: value } : value]];
    }),
  );

const shipped = fileURLToPath(new URL('../../../config/', import.meta.url));
const folder = t.testdir({ config: { 'mnist.yaml': 'x', 'mnist-online.yml': 'x', 'notes.txt': 'x' } });

/** The lines of the mistake that `attempt` ends with. */
async function mistakes(attempt: () => unknown): Promise<string[]> {
  const error = await Promise.resolve()
    .then(attempt)
    .then(
      () => new Error('expected a mistake'),
      (reason) => reason,
    );
  if (!isUserError(error)) throw error;
  return error.message.replaceAll(`${folder}/`, '').split('\n');
}

const data = Object.keys(datasets).join(', ');
/** Those of which no option is needed, and those that have a split. */
const entries = Object.entries(datasets);
const bare = entries
  .filter(([, { options }]) => Object.values(options).every((one) => 'default' in one || 'optional' in one))
  .map(([name]) => name)
  .join(', ');
const withSplit = entries
  .filter(([, { options }]) => 'split' in options)
  .map(([name]) => `"${name}"`)
  .join(', ');
const splitNames = Object.keys(splits).join(', ');

const good = `name: small
data: { name: xor }
model:
  layers:
    - { units: 8, activation: relu }
    - units: 1
      activation: sigmoid
loss: binary-cross-entropy
train:
  batchSize: 4
`;

function load(text: string | Uint8Array, overrides?: Overrides) {
  const file = join(folder, 'c.yaml');
  writeFileSync(file, text);
  return loadConfig(file, overrides);
}

t.test('every configuration that ships loads', async (t) => {
  const files = readdirSync(shipped).filter((name) => name.endsWith('.yaml'));
  t.ok(files.length >= 3);
  for (const file of files) {
    const config = await loadConfig(join(shipped, file));
    t.equal(`${config.name}.yaml`, file);
    t.equal(config.model.precision, 'float32');
    const oracle = await loadConfig(join(shipped, file), { engine: 'reference' });
    t.equal(oracle.model.precision, 'float64', `${file} can be run by the reference engine`);
  }
});

t.test('defaults are filled in', async (t) => {
  const filled = {
    name: 'small',
    seed: 0,
    engine: { name: 'auto' },
    data: { name: 'xor' },
    model: {
      init: { name: 'glorot-uniform' },
      layers: [
        { name: 'dense', units: 8, activation: { name: 'relu' } },
        { name: 'dense', units: 1, activation: { name: 'sigmoid' } },
      ],
      precision: 'float32',
    },
    loss: { ...defaultsOf(losses['binary-cross-entropy']), name: 'binary-cross-entropy' },
    optimizer: { ...defaultsOf(optimizers.sgd), name: 'sgd', learningRate: 0.01 },
    train: {
      batchSize: 4,
      epochs: 1,
      averaging: 'slices',
      checkpoint: { every: '30 s', keep: 3 },
      validate: { every: '1 epoch', monitor: 'loss' },
    },
  };
  t.same(await load(good), filled);
  t.same(await load(`\ufeff---\n${good.replaceAll('\n', '\r\n')}`), filled, 'byte order mark, ---, CRLF');
  const mnist = await load(good.replace('{ name: xor }', '{ name: mnist, split: { validation: 5000 } }'));
  t.same(mnist.data, { name: 'mnist', split: { name: 'official', validation: 5000 } });
  const idx = await load(good.replace('{ name: xor }', '{ name: idx, path: d, split: random }'));
  t.match(idx.data, { name: 'idx', path: /[\\/]d$/, split: { name: 'random', validation: 0.1, test: 0.1 } });
});

/** What replaces a part of the good configuration, and the one line that tells of it. */
const table: [part: string, replacement: string, line: string][] = [
  ['4\n', '1.2\n', '10:14 train.batchSize: expected a whole number from 1 to 1048576, got 1.2'],
  ['4\n', '0\n', '10:14 train.batchSize: expected a whole number from 1 to 1048576, got 0'],
  ['4\n', '1e99\n', '10:14 train.batchSize: expected a whole number from 1 to 1048576, got 1e99'],
  ['4\n', '2e400\n', '10:14 train.batchSize: expected a whole number from 1 to 1048576, got 2e400'],
  ['4\n', '-.inf\n', '10:14 train.batchSize: expected a whole number from 1 to 1048576, got -.inf'],
  ['4\n', '\n', '10:14 train.batchSize: expected a whole number from 1 to 1048576, got nothing'],
  [
    '4\n',
    '1_000\n',
    '10:14 train.batchSize: expected a whole number from 1 to 1048576, got the string "1_000"; write 1000',
  ],
  [
    '4\n',
    '"32"\n',
    '10:14 train.batchSize: expected a whole number from 1 to 1048576, got the string "32"; write 32 without quotes',
  ],
  [
    'train:',
    'optimizer: { learningRate: .nan }\ntrain:',
    '9:28 optimizer.learningRate: expected a number in (0, 1000000], got .nan',
  ],
  [
    'train:',
    'optimizer: { name: sgd, learningRate: 0 }\ntrain:',
    '9:39 optimizer.learningRate: expected a number in (0, 1000000], got 0',
  ],
  [
    'train:',
    'optimizer: { lr: 1 }\ntrain:',
    '9:14 optimizer.lr: unknown key "lr" for "sgd"; did you mean "learningRate"?',
  ],
  [
    'batchSize: 4',
    'batchsize: 4',
    '10:3 train.batchsize: unknown key "batchsize"; did you mean "batchSize"?',
  ],
  [
    'batchSize: 4',
    'batchSize:4',
    '10:3 train: expected a mapping with the keys batchSize, epochs, shards, accumulate, classWeights, clip, ema, sampling, mixup, averaging, exchange, checkpoint, validate, stop, ' +
      'got the string "batchSize:4"; put a space after the colon',
  ],
  ['  batchSize: 4', '\tbatchSize: 4', '10:1: not valid YAML: Tabs are not allowed as indentation'],
  [
    'relu',
    'rleu',
    `5:31 model.layers.0.activation: unknown activation "rleu"; did you mean "relu"? (${names(activations)})`,
  ],
  [
    'relu',
    'zigzag',
    `5:31 model.layers.0.activation: unknown activation "zigzag"; expected one of ${names(activations)}`,
  ],
  [
    'relu',
    'swish',
    `5:31 model.layers.0.activation: unknown activation "swish"; did you mean "silu"? (${names(activations)})`,
  ],
  [
    'relu',
    '3',
    `5:31 model.layers.0.activation: expected one of ${names(activations)}, or a mapping such as {name: elu, alpha: …}, got 3`,
  ],
  [
    '\n      activation: sigmoid',
    '',
    '6:7 model.layers.1.activation: the loss "binary-cross-entropy" needs the output activation "sigmoid", got "linear"',
  ],
  [
    'activation: relu',
    'activation: { name: relu, slope: 1 }',
    '5:45 model.layers.0.activation.slope: unknown key "slope" for "relu"; it takes no options, and "slope" is an option of "leaky-relu"',
  ],
  [
    'units: 8',
    'units: 0',
    '5:16 model.layers.0.units: expected a whole number from 1 to 1048576, or auto, got 0',
  ],
  [
    'units: 8',
    'units: "8"',
    '5:16 model.layers.0.units: expected a whole number from 1 to 1048576, or auto, got the string "8"; ' +
      'write 8 without quotes',
  ],
  [
    'units: 8',
    'units: auto',
    '5:16 model.layers.0.units: only the last layer with units may say "auto"; expected a whole number of units',
  ],
  [
    'units: 8',
    'name: dens',
    `5:15 model.layers.0.name: unknown layer "dens"; did you mean "dense"? (${names(layers)})`,
  ],
  [
    '{ units: 8, activation: relu }',
    'dense',
    '5:7 model.layers.0: expected a mapping such as {name: dense, units: …}, got the string "dense"',
  ],
  [
    '{ units: 8, activation: relu }',
    'gelu',
    `5:7 model.layers.0: unknown layer "gelu"; expected one of ${names(layers)}; "gelu" is an activation: write ` +
      '{ name: activation, activation: gelu }',
  ],
  [
    'units: 8, activation: relu',
    'name: tanh',
    `5:15 model.layers.0.name: unknown layer "tanh"; expected one of ${names(layers)}; "tanh" is an activation: write ` +
      '{ name: activation, activation: tanh }',
  ],
  [
    'units: 8, activation: relu',
    'name: ReLU',
    `5:15 model.layers.0.name: unknown layer "ReLU"; expected one of ${names(layers)}; "ReLU" is an activation: write ` +
      '{ name: activation, activation: relu }',
  ],
  [
    'units: 8, activation: relu',
    'name: Linear',
    `5:15 model.layers.0.name: unknown layer "Linear"; did you mean "dense"? (${names(layers)})`,
  ],
  [
    '{ units: 8, activation: relu }',
    'rleu',
    `5:7 model.layers.0: unknown layer "rleu"; expected one of ${names(layers)}`,
  ],
  [
    'activation: sigmoid',
    'activation: sigmoid\n    - { name: dropout, activation: sigmoid }',
    '8:24 model.layers.2.activation: unknown key "activation" for "dropout"; it takes rate, and "activation" is an ' +
      'option of "dense", "activation"',
  ],
  [
    'batchSize: 4',
    'validate: { every: 300 }',
    '10:22 train.validate.every: expected a whole number and a unit, such as "1 epoch" or "500 steps", got 300',
  ],
  [
    'batchSize: 4',
    'validate: { every: 30 s }',
    '10:22 train.validate.every: expected a whole number and a unit, such as "1 epoch" or "500 steps", got "30 s"',
  ],
  [
    'batchSize: 4',
    'validate: { monitor: val_mae }',
    `10:24 train.validate.monitor: unknown monitor "val_mae"; did you mean "mae"? (loss, ${names(families.metrics)})`,
  ],
  [
    'batchSize: 4',
    'validate: { monitor: val_loss }',
    `10:24 train.validate.monitor: unknown monitor "val_loss"; did you mean "loss"? (loss, ${names(families.metrics)})`,
  ],
  [
    'activation: relu',
    'activation: prelu',
    `5:31 model.layers.0.activation: unknown activation "prelu"; expected one of ${names(families.activations)}; it is a layer of its ` +
      'own: write { name: prelu } in model.layers',
  ],
  [
    'batchSize: 4',
    'stop: {}',
    '10:9 train.stop.patience: missing; expected a whole number from 1 to 1000000',
  ],
  [
    'batchSize: 4',
    'stop: { patience: 0 }',
    '10:21 train.stop.patience: expected a whole number from 1 to 1000000, got 0',
  ],
  ['loss: binary-cross-entropy\n', '', `1:1 loss: missing; expected one of ${names(losses)}`],
  [
    'binary-cross-entropy',
    '{ name: binary-focal, gamma: -1 }',
    '8:36 loss.gamma: expected a number in [0, ∞), got -1',
  ],
  [
    'binary-cross-entropy',
    '{ name: huber, delta: 0 }',
    '8:29 loss.delta: expected a number in (0, ∞), got 0',
  ],
  [
    'binary-cross-entropy',
    '{ name: quantile, quantiles: [0.9, 0.1] }',
    '8:36 loss.quantiles: expected them in ascending order, got 0.1 behind 0.9',
  ],
  [
    'binary-cross-entropy',
    '{ name: quantile, quantile: 0.2, quantiles: [0.1, 0.9] }',
    '8:35 loss.quantile: expected either quantile or quantiles, got both; leave one of them out',
  ],
  [
    'binary-cross-entropy',
    '{ name: quantile, quantiles: [0.1] }',
    '8:36 loss.quantiles: expected 2 to 9 numbers in (0, 1), got a list of 1',
  ],
  ['loss:', 'cots:', '8:1 cots: unknown key "cots"; did you mean "loss"?'],
  [
    'binary-cross',
    'cross',
    '7:19 model.layers.1.activation: the loss "cross-entropy" needs the output activation "softmax", got "sigmoid"',
  ],
  [
    'small',
    '../x',
    '1:7 name: expected 1 to 64 letters, digits, ".", "_" or "-", first a letter or digit, got "../x"',
  ],
  ['small', '007', '1:7 name: expected text, got 007; put it in quotes'],
  [
    'name: small',
    'name: small\nbatchSize: 3',
    '2:1 batchSize: unknown key "batchSize"; did you mean "train.batchSize"?',
  ],
  [
    'name: small',
    'name: small\nfoo: 3',
    '2:1 foo: unknown key "foo"; expected one of name, seed, engine, data, model, loss, optimizer, train',
  ],
  [
    'name: small',
    'name: small\nseed: 9007199254740993',
    '2:7 seed: expected a whole number from 0 to 9007199254740991, got 9007199254740993',
  ],
  ['{ name: xor }', 'xr', `2:7 data: unknown data "xr"; did you mean "xor"? (${data})`],
  [
    '{ name: xor }',
    '[{ toString: 1 }]',
    `2:7 data: expected one of ${bare}, or a mapping such as {name: mnist, path: …}, got a list of 1`,
  ],
  ['{ name: xor }', '{ name: xr }', `2:15 data.name: unknown data "xr"; did you mean "xor"? (${data})`],
  [
    '{ name: xor }',
    '{ name: mnist, split: { train: 1.5 } }',
    '2:38 data.split.train: expected a whole number of rows up to 4294967295, or a share from 0 to less than 1, got 1.5',
  ],
  [
    '{ name: xor }',
    '{ name: mnist, split: rndom }',
    `2:29 data.split: unknown split "rndom"; did you mean "random"? (${splitNames})`,
  ],
  ['{ name: xor }', '{}', `2:7 data.name: missing; expected one of ${data}`],
  [
    '{ name: xor }',
    '{ name: xor, split: { train: 5 } }',
    `2:20 data.split: unknown key "split" for "xor"; it takes no options, and "split" is an option of ${withSplit}`,
  ],
  [
    'model:',
    'model:\n  init: uniform',
    '4:9 model.init: expected a mapping such as {name: uniform, range: …}, got the string "uniform"',
  ],
  [
    'model:',
    'model:\n  init: { name: uniform }',
    '4:9 model.init.range: missing; expected a number in (0, 1000000]',
  ],
  [
    'model:',
    'model:\n  init: { name: he-normal, range: 1 }',
    '4:28 model.init.range: unknown key "range" for "he-normal"; it takes no options, and "range" is an option of "uniform"',
  ],
  [
    'model:',
    'optimizer: { name: adm }\nmodel:',
    `3:20 optimizer.name: unknown optimizer "adm"; did you mean "adam"? (${names(optimizers)})`,
  ],
];

/** Keys that have another place now, and members that are no more. */
const moved: typeof table = [
  ['batchSize: 4', 'learningRate: 1', '10:3 train.learningRate: is now optimizer.learningRate'],
  [
    'batchSize: 4',
    'validateEvery: 3',
    '10:3 train.validateEvery: is now train.validate.every, with its unit ("300 epochs")',
  ],
  ['loss:', 'cost:', '8:1 cost: is now loss'],
  ...(
    [
      ['mae', 'mean-absolute-error'],
      ['KLDivLoss', 'kl-divergence'],
      ['huber_loss', 'huber'],
      ['quantil', 'quantile'],
    ] as const
  ).map(([written, meant]): [string, string, string] => [
    'loss: binary-cross-entropy',
    `loss: ${written}`,
    `8:7 loss: unknown loss "${written}"; did you mean "${meant}"? (${names(losses)})`,
  ]),
  [
    'activation: relu }',
    'activation: identity }',
    `5:31 model.layers.0.activation: unknown activation "identity"; did you mean "linear"? (${names(activations)})`,
  ],
  [
    'loss: binary-cross-entropy',
    'loss: { name: poisson, logInput: false }',
    '7:19 model.layers.1.activation: the loss "poisson" needs the output activation "exponential" or "softplus" or "relu", got "sigmoid"',
  ],
  [
    'activation: sigmoid\nloss: binary-cross-entropy',
    'activation: softplus\nloss: poisson',
    '7:19 model.layers.1.activation: the loss "poisson" needs the output activation "exponential", got "softplus", which goes ' +
      'with loss.logInput: false',
  ],
  [
    '{ name: xor }',
    '{ name: mnist, train: 5 }',
    '2:22 data.train: is now data.split: { name: random, train: … }',
  ],
  [
    '{ name: xor }',
    '{ name: mnist, validation: 5 }',
    '2:22 data.validation: is now data.split: { name: random, validation: … }',
  ],
  ['{ name: xor }', '{ name: xor, test: 5 }', '2:20 data.test: is now data.split: { name: random, test: … }'],
  [
    'model:',
    'engine: { blas: { library: x } }\nmodel:',
    '3:11 engine.blas: is gone; take "native", the default',
  ],
  ['model:', 'engine: blas\nmodel:', '3:9 engine: the engine "blas" is gone; take "native", the default'],
  [
    'model:',
    'engine: { name: blas, library: libx.so }\nmodel:',
    '3:17 engine.name: the engine "blas" is gone; take "native", the default',
  ],
];

t.test('old keys are told with their new place, alone', async (t) => {
  for (const [part, replacement, line] of moved) {
    t.same(await mistakes(() => load(good.replace(part, replacement))), [`c.yaml:${line}`]);
  }
  const recorded = { ...parseConfig(parseYaml(good, String).value), train: { learningRate: 0.1 } };
  t.same(await mistakes(() => recordedConfig(recorded, {}, 'runs/a/config.json')), [
    'runs/a/config.json: is of gradpool 0.1, whose configurations had other keys (train.learningRate); go on with it ' +
      'or repeat it with that version, or train anew with the keys of this one',
  ]);
});

t.test('all rows of an old configuration, written as its messages say, are a configuration', async (t) => {
  const rows = 'train: 50000, validation: 10000, test: 10000';
  const of = (data: string) => load(good.replace('{ name: xor }', data));
  const told = await mistakes(() => of(`{ name: mnist, ${rows} }`));
  const instead = told.map((line) => line.match(/ is now data\.split: \{ name: random, (\w+): … \}$/)?.[1]);
  t.same(instead, ['train', 'validation', 'test']);
  t.match((await of(`{ name: mnist, split: { name: random, ${rows} } }`)).data, {
    split: { name: 'random', train: 50_000, validation: 10_000, test: 10_000 },
  });
});

t.test('a member is a name or a mapping; without a name it is the default', async (t) => {
  const of = async (part: string, replacement: string) => load(good.replace(part, replacement));
  const optimizer = { ...defaultsOf(optimizers.sgd), name: 'sgd' };
  t.same((await of('train:', 'optimizer: sgd\ntrain:')).optimizer, optimizer);
  t.same((await of('train:', 'optimizer: {}\ntrain:')).optimizer, optimizer);
  t.same((await of('{ name: xor }', 'xor')).data, { name: 'xor' });
  const { loss } = await of('', '');
  t.match(loss, { name: 'binary-cross-entropy' });
  t.same((await of('loss: binary-cross-entropy', 'loss: { name: binary-cross-entropy }')).loss, loss);
  const [first, last] = (await of('activation: relu', 'name: dense')).model.layers;
  t.same(first, { name: 'dense', units: 8, activation: { name: 'linear' } });
  t.same(last, { name: 'dense', units: 1, activation: { name: 'sigmoid' } });
  t.match((await of('units: 1\n', 'units: auto\n')).model.layers[1], { units: 'auto' });
  const again = await of('', '');
  t.same(parseConfig(again), again, 'what was read can be read again');
});

t.test('mistakes in a file', async (t) => {
  for (const [part, replacement, line] of table) {
    const lines = await mistakes(() => load(good.replace(part, replacement)));
    t.same(lines, [`c.yaml:${line}`]);
  }
});

t.test('several mistakes, and mistakes of the whole file', async (t) => {
  const noLayers = good.replace(/layers:.*sigmoid/s, 'layers: []');
  t.same(await mistakes(() => load(noLayers)), [
    'c.yaml:4:11 model.layers: expected a list of 1 to 64, got an empty list',
  ]);
  const keys = Array.from({ length: 9 }, (_, i) => `  key${i}: 1\n`).join('');
  const lines = await mistakes(() => load(good + keys));
  t.equal(lines.length, 6);
  t.match(lines[4], /^c.yaml:15:3 train.key4: unknown key "key4"/);
  t.equal(lines[5], 'and 4 more');
  for (const text of ['', '# only this\n', '---\n']) {
    const [line] = await mistakes(() => load(text));
    t.match(line, /^c.yaml:\d:\d: expected a mapping \(name, data, model, …\), got an empty file$/);
  }
  t.match(await mistakes(() => load('- name: x')), [/^c.yaml:1:1: expected a mapping .*, got a list of 1$/]);
});

t.test('files that cannot be read', async (t) => {
  const start = process.cwd();
  process.chdir(folder);
  t.teardown(() => process.chdir(start));
  const cases: [file: string, line: string][] = [
    ['config/mnits.yaml', 'config/mnits.yaml: no such file; did you mean config/mnist.yaml?'],
    ['mnist', 'mnist: no such file; did you mean config/mnist.yaml?'],
    ['mnist_online.yaml', 'mnist_online.yaml: no such file; did you mean config/mnist-online.yml?'],
    ['nowhere/other.yaml', 'nowhere/other.yaml: no such file'],
    ['', '"": no such file'],
    ['config', 'config: is a folder, expected a configuration file'],
    ['config/notes.txt/x', 'config/notes.txt/x: cannot be read (ENOTDIR)'],
    ['a\0\x1b[31m', 'a\\u0000\\u001b[31m: cannot be read (ERR_INVALID_ARG_VALUE)'],
  ];
  for (const [file, line] of cases) t.same(await mistakes(() => loadConfig(file)), [line]);
});

t.test(
  'a pipe without a writer is not waited for',
  { skip: process.platform === 'win32' && 'no mkfifo' },
  async (t) => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    t.same(await mistakes(() => loadConfig(pipe)), [
      'pipe: is not a regular file, expected a configuration file, or - for standard input',
    ]);
  },
);

t.test('files that are too large or not text', async (t) => {
  const comment = (bytes: number) => good + '#'.repeat(bytes - good.length);
  t.equal((await load(comment(65_536))).name, 'small', 'exactly 64 KiB');
  t.same(await mistakes(() => load(comment(65_537))), ['c.yaml: expected at most 64 KiB, got more']);
  const bytes = Buffer.from(`${good}# caf\xe9\n`, 'latin1');
  t.same(await mistakes(() => load(bytes)), ['c.yaml: expected UTF-8 text, got other bytes at 11:6']);
  t.match(await mistakes(() => load(Buffer.from(good, 'utf16le'))), [
    /^c.yaml:1:2: expected plain text, got the character U\+0000$/,
  ]);
});

t.test('the reference engine and precision', async (t) => {
  t.equal((await load(`${good}engine: reference\n`)).model.precision, 'float64');
  t.equal((await load(good, { engine: 'reference' })).model.precision, 'float64');
  const single = good.replace('model:', 'model:\n  precision: float32');
  t.equal((await load(single)).model.precision, 'float32');
  t.same(await mistakes(() => load(single, { engine: 'reference' })), [
    'c.yaml:4:14 model.precision: the engine "reference" computes in "float64" only, got "float32"',
  ]);
});

t.test('configurations given as objects', async (t) => {
  const input: ConfigInput = {
    name: 'small',
    data: { name: 'xor' },
    model: { layers: [{ units: 1, activation: 'sigmoid' }] },
    loss: 'binary-cross-entropy',
  };
  t.equal(parseConfig(input).train.batchSize, 32);
  const wrong = (train: unknown) => ({ ...input, train });
  t.same(await mistakes(() => parseConfig(wrong({ batchSize: 1.2, shards: Number.NaN }), 'settings')), [
    'settings train.batchSize: expected a whole number from 1 to 1048576, got 1.2',
    'settings train.shards: expected a whole number from 1 to 64, got NaN',
  ]);
  t.same(await mistakes(() => parseConfig(wrong({ epochs: () => 1 }))), [
    'train.epochs: expected a whole number from 1 to 1000000, got a function',
  ]);
  t.match(await mistakes(() => parseConfig(undefined)), [/^configuration: missing; expected a mapping/]);
  const polluted = JSON.parse('{"batchSize": 4, "__proto__": {"epochs": 7}}');
  t.match(await mistakes(() => parseConfig(wrong(polluted))), [/^train.__proto__: unknown key "__proto__"/]);
});

t.test('what is right by the members that it names is right by all, and comes to the same', async (t) => {
  const files = readdirSync(shipped).filter((name) => name.endsWith('.yaml'));
  for (const file of files) {
    const { value } = parseYaml(readFileSync(join(shipped, file), 'utf8'), (position) => position);
    const members = familiesNamedIn(value);
    const count = (of: object) => Object.values(of).flatMap((family) => Object.keys(family)).length;
    t.ok(count(members) < count(families) / 3, `${file}: ${count(members)} of ${count(families)} members`);
    t.strictSame(schemaOf(members).safeParse(value), wholeSchema().safeParse(value), file);
  }
  t.same(Object.keys(familiesNamedIn({ data: { name: 'csv' }, loss: 'none' }).losses), []);
  t.notOk(mayHavePaths({ data: { name: 'xor' }, path: 'x' }), 'what is no part of a member');
  t.ok(mayHavePaths({ data: { name: 'csv', path: 'x.csv' } }));
  const itself: Record<string, unknown> = { loss: 'cross-entropy' };
  itself.data = itself;
  t.same(Object.keys(familiesNamedIn(itself).losses), ['cross-entropy']);
});
