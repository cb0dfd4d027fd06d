/** What the formats of tensors hold, read by whom they are for: NumPy and PyTorch where they are, else by their definitions. */
import '../helpers/bare.js';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import t from 'tap';
import { openModel } from '../../src/api/model-file.js';
import type { ExportFormat, Layout } from '../../src/export/format.js';
import { formatNames, formats } from '../../src/export/index.js';
import { type LoadedModel, ownTensors } from '../../src/export/model.js';
import { encodeNpz, readNpz } from '../../src/formats/npz.js';
import { readSafetensors } from '../../src/formats/safetensors.js';
import { realDisk } from '../../src/machine/disk.js';
import { activationNames } from '../../src/model/activations/index.js';
import type { LayerSpec } from '../../src/model/network.js';
import { modelWith, outputsFor } from '../helpers/model.js';
import { pythonWith } from '../helpers/python.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** Every layer and every activation, but for these. */
const layersWithout = (left: readonly string[] = []): LayerSpec[] => [
  { units: 5 },
  { name: 'batch-norm', newShare: 0.1, epsilon: 1e-3 },
  { name: 'dropout', rate: 0.25 },
  { name: 'gaussian-noise', deviation: 0.25 },
  ...activationNames.flatMap((name): LayerSpec[] => {
    if (left.includes(name)) return [];
    const options = { elu: { alpha: 1.5 }, 'leaky-relu': { slope: 0.3 } }[name as string] ?? {};
    return [
      { units: 6, activation: { name, ...options } },
      { name: 'layer-norm', epsilon: 1e-5 },
    ];
  }),
  { name: 'prelu', slope: 0.25, perUnit: true },
  { name: 'prelu', slope: 0.25, perUnit: false },
  { units: 'auto' },
];
const scale = { log: false, center: 0, spread: 1 };
const everyLayer = (precision: 'float32' | 'float64' = 'float32', left?: readonly string[]) =>
  modelWith({
    layers: layersWithout(left),
    preprocessing: {
      matrix: { features: 4, scales: [1], offsets: [0] },
      target: { kind: 'values', columns: ['a', 'b', 'c'].map((name) => ({ name, scale })) },
    },
    outputs: 3,
    precision,
  });
const rows = [
  [0.5, -1, 2, 0],
  [-3, 0.25, 1, 1],
];

function written(format: ExportFormat, model: LoadedModel, layout: Layout = 'in-out'): string {
  const [file] = format.encode(model, layout).files;
  const path = join(folder, `${layout}-${model.description.precision}-${file.name}`);
  writeFileSync(path, Buffer.concat(file.parts));
  return path;
}

t.test('safetensors: the tensors as they are, and a model again', async (t) => {
  const model = everyLayer();
  const back = await openModel(realDisk, written(formats.safetensors, model));
  t.strictSame({ ...back.tensors }, { ...ownTensors(model) });
  t.same(back.description, model.description);
});

/** What PyTorch has no module for. */
const notInTorch = ['exponential'];

t.test("layout torch: nn.Sequential's names, Linear's weights units x inputs", async (t) => {
  const model = everyLayer('float32', notInTorch);
  const { tensors, metadata } = await readSafetensors(realDisk, written(formats.safetensors, model, 'torch'));
  const { shape, data } = tensors['0.weight'];
  t.same(shape, [5, 4]);
  const own = model.tensors['layer1.weight'].data;
  t.same([data[0], data[1], data[4]], [own[0], own[5], own[1]]);
  t.same(Object.keys(tensors).slice(0, 6), [
    '0.weight',
    '0.bias',
    '1.weight',
    '1.bias',
    '1.running_mean',
    '1.running_var',
  ]);
  t.match(metadata.torch, /^torch\.nn\.Sequential\(torch\.nn\.Linear\(4, 5\), torch\.nn\.BatchNorm1d\(5, /);
});

/** Reads without the package safetensors, which few have who have PyTorch: header, then bytes. */
const recipe = `
import json, struct, sys, torch
bytes = open(sys.argv[1], 'rb').read()
n = struct.unpack('<Q', bytes[:8])[0]
header = json.loads(bytes[8:8 + n])
meta = header.pop('__metadata__')
state = {}
for name, t in header.items():
    a, b = t['data_offsets']
    dtype = {'F32': torch.float32, 'F64': torch.float64}[t['dtype']]
    state[name] = torch.frombuffer(bytearray(bytes[8 + n + a:8 + n + b]), dtype=dtype).reshape(t['shape'])
model = eval(meta['torch']).double() if 'F64' in str(header) else eval(meta['torch'])
model.load_state_dict(state)
model.eval()
x = torch.tensor(json.loads(sys.argv[2]), dtype=next(model.parameters()).dtype)
print(json.dumps(model(x).tolist()))
`;

const withTorch = pythonWith('torch');
const noTorch = withTorch === undefined && 'no Python with PyTorch';
t.test('layout torch: PyTorch loads it and computes the same', { skip: noTorch }, async (t) => {
  for (const [precision, bound] of [
    ['float32', 1e-5],
    ['float64', 1e-12],
  ] as const) {
    const model = everyLayer(precision, notInTorch);
    const path = written(formats.safetensors, model, 'torch');
    const text = execFileSync(withTorch as string, ['-c', recipe, path, JSON.stringify(rows)], {
      encoding: 'utf8',
    });
    const got: number[] = JSON.parse(text).flat();
    const expected = rows.flatMap((row) => [...outputsFor(model, Float64Array.from(row))]);
    const off = Math.max(...expected.map((y, k) => Math.abs(got[k] - y)));
    t.equal(got.length, expected.length);
    t.ok(off <= bound, `${precision}: off by ${off}`);
  }
});

t.test('npz: the same again, in either layout', async (t) => {
  for (const precision of ['float32', 'float64'] as const) {
    const model = everyLayer(precision);
    const bytes = Buffer.concat(formats.npz.encode(model, 'in-out').files[0].parts);
    const { tensors, texts, others } = await readNpz(written(formats.npz, model));
    t.strictSame(tensors, { ...ownTensors(model) });
    t.same(JSON.parse(texts.model), model.description);
    t.same(others, []);
    t.ok(bytes.equals(Buffer.concat(formats.npz.encode(model, 'in-out').files[0].parts)), 'the same bytes');
  }
  const path = join(folder, 'texts.npz');
  const long = 'long '.repeat(100_000).trim();
  writeFileSync(path, encodeNpz({}, { a: '', b: 'ä€😀', long }));
  t.same((await readNpz(path)).texts, { a: '', b: 'ä€😀', long });
  const [file] = Object.values(unzipSync(encodeNpz({}, { a: '' })));
  t.equal(file.length % 64, 4, 'a text has room for a character');
  const turned = await readNpz(written(formats.npz, everyLayer('float32', notInTorch), 'torch'));
  t.same(turned.tensors['0.weight'].shape, [5, 4]);
  await t.rejects(readNpz(written(formats.npz, everyLayer()), 100), {
    name: 'UserError',
    message: /more than 100 bytes/,
  });
});

const withNumpy = pythonWith('numpy');
const noNumpy = withNumpy === undefined && 'no Python with NumPy';
t.test('npz: numpy.load reads it', { skip: noNumpy }, async (t) => {
  const model = everyLayer('float64');
  const path = written(formats.npz, model);
  const code = `
import json, sys, numpy
z = numpy.load(sys.argv[1])
print(json.dumps([z.files, json.loads(str(z['model']))['name'], z['layer1.weight'].tolist(), str(z['layer1.bias'].dtype)]))`;
  const [names, name, weight, type] = JSON.parse(
    execFileSync(withNumpy as string, ['-c', code, path], { encoding: 'utf8' }),
  );
  t.same(names, [...Object.keys(ownTensors(model)), 'model', 'layout']);
  t.equal(name, model.description.name);
  t.equal(type, 'float64');
  t.same(weight.flat(), [...model.tensors['layer1.weight'].data]);
});

t.test('json: enough to predict with, to the last bit', async (t) => {
  for (const precision of ['float32', 'float64'] as const) {
    const model = everyLayer(precision);
    const text = Buffer.concat(formats.json.encode(model, 'in-out').files[0].parts).toString();
    const read = JSON.parse(text);
    const Values = precision === 'float32' ? Float32Array : Float64Array;
    const tensors = Object.fromEntries(
      Object.entries(read.tensors as Record<string, { shape: number[]; data: number[] }>).map(
        ([name, { shape, data }]) => [name, { shape, data: Values.from(data) }],
      ),
    );
    t.strictSame(tensors, { ...ownTensors(model) });
    const { net } = model;
    const again = { description: read.model, net, tensors };
    t.same(outputsFor(again, Float64Array.from(rows[0])), outputsFor(model, Float64Array.from(rows[0])));
    if (precision === 'float32') t.notMatch(text, /\d\.\d{12}/, 'with the digits of float32');
  }
});

/** What TensorFlow.js has not. */
const notInKeras = ['exponential', 'gelu-tanh', 'hard-sigmoid', 'hard-tanh'];

t.test("tfjs: Keras's layers and names, weights one after another", async (t) => {
  const model = everyLayer('float32', notInKeras);
  const { files } = formats.tfjs.encode(model, 'in-out');
  t.same(
    files.map(({ name }) => name),
    ['model.json', 'weights.bin'],
  );
  const read = JSON.parse(Buffer.concat(files[0].parts).toString());
  t.equal(read.format, 'layers-model');
  const made: { class_name: string; config: Record<string, unknown> }[] = read.modelTopology.config.layers;
  t.same(
    made.slice(0, 5).map(({ class_name }) => class_name),
    ['Dense', 'BatchNormalization', 'Dropout', 'GaussianNoise', 'Dense'],
  );
  t.same(made[0].config.batch_input_shape, [null, 4]);
  t.match(made[1].config, { momentum: 0.9, epsilon: 1e-3 });
  const [{ paths, weights }] = read.weightsManifest;
  t.same(paths, ['weights.bin']);
  const names: string[] = weights.map(({ name }: { name: string }) => name);
  t.same(names.slice(0, 6), [
    'dense_1/kernel',
    'dense_1/bias',
    'batch_norm_2/gamma',
    'batch_norm_2/beta',
    'batch_norm_2/moving_mean',
    'batch_norm_2/moving_variance',
  ]);
  t.notOk(names.some((name) => name.includes('undefined')));
  const bytes = Buffer.concat(files[1].parts);
  const size = weights.reduce(
    (sum: number, { shape }: { shape: number[] }) => sum + 4 * shape.reduce((a, b) => a * b, 1),
    0,
  );
  t.equal(bytes.length, size);
  t.equal(bytes.readFloatLE(4), model.tensors['layer1.weight'].data[1]);
});

const branched = modelWith({
  layers: [
    { name: 'residual', layers: [{ name: 'concat', layers: [{ units: 3 }] }, { units: 4 }], drop: 0.5 },
    { units: 'auto' },
  ],
  preprocessing: everyLayer().description.preprocessing,
  outputs: 3,
});

t.test('tfjs: layers that say where their inputs come from, where ways go around others', async (t) => {
  const [{ parts }] = formats.tfjs.encode(branched, 'in-out').files;
  const { class_name, config } = JSON.parse(Buffer.concat(parts).toString()).modelTopology;
  t.equal(class_name, 'Model');
  t.same(config.input_layers, [['input', 0, 0]]);
  t.same(config.output_layers, [['dense_7', 0, 0]]);
  type Made = { class_name: string; name: string; inbound_nodes: [string, ...unknown[]][][] };
  t.same(
    config.layers.map(({ class_name, name, inbound_nodes: [from = []] }: Made) =>
      [class_name, name, ...from.map(([layer]) => layer)].join(' '),
    ),
    [
      'InputLayer input',
      'Dense dense_3 input',
      'Concatenate concat_4 input dense_3',
      'Dense dense_5 concat_4',
      'Add residual_6 input dense_5',
      'Dense dense_7 residual_6',
    ],
  );
});

t.test(
  'every format has a form for every layer and activation, and refuses what it does not know',
  async (t) => {
    for (const name of formatNames) {
      const left = name === 'tfjs' ? notInKeras : [];
      t.ok(formats[name].encode(everyLayer('float32', left), 'in-out').files.length > 0, name);
    }
    for (const name of notInKeras) {
      const others = notInKeras.filter((other) => other !== name);
      t.throws(() => formats.tfjs.encode(everyLayer('float32', others), 'in-out'), {
        message: `the activation ${name} has no form in TensorFlow.js; export the model to ONNX`,
      });
    }
    const model = everyLayer();
    const [, second, ...others] = model.net.layers;
    const strange = { ...model, net: { ...model.net, layers: [{ ...second, type: 'strange' }, ...others] } };
    for (const name of ['onnx', 'tfjs'] as const) {
      t.throws(() => formats[name].encode(strange, 'in-out'), {
        message: /^the layer strange has no form in /,
      });
    }
    t.throws(() => formats.safetensors.encode(strange, 'torch'), {
      message: /strange has no module in PyTorch/,
    });
    t.ok(formats.safetensors.encode(everyLayer(), 'torch').files.length > 0);
    t.throws(() => formats.safetensors.encode(branched, 'torch'), {
      message:
        'the layer residual goes around others, for which nn.Sequential has no module; export the model to ONNX',
    });
  },
);
