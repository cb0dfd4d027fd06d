/** What other programs have learned, read: the same outputs, by the names that layers have here. */
import '../helpers/bare.js';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { importModel } from '../../src/api/import.js';
import { inspect } from '../../src/api/inspect.js';
import { openModel } from '../../src/api/model-file.js';
import { predict } from '../../src/api/predict.js';
import { formats } from '../../src/export/index.js';
import { type LoadedModel, ownTensors } from '../../src/export/model.js';
import { Arithmetic, Graph, type Value } from '../../src/export/onnx/graph.js';
import { encodeNpz } from '../../src/formats/npz.js';
import { encodeOnnx } from '../../src/formats/onnx.js';
import type { Tensor } from '../../src/formats/safetensors.js';
import { realDisk } from '../../src/machine/disk.js';
import { activationNames } from '../../src/model/activations/index.js';
import type { LayerSpec } from '../../src/model/network.js';
import type { FittedColumn } from '../../src/preprocess/fitted.js';
import { modelWith, outputsFor } from '../helpers/model.js';
import { pythonWith } from '../helpers/python.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const output = at('out.safetensors');

const scale = { log: false, center: 0, spread: 1 };
const dense = (layers: readonly LayerSpec[], precision: 'float32' | 'float64' = 'float32', outputs = 2) =>
  modelWith({
    layers,
    preprocessing: {
      matrix: { features: 4, scales: [1], offsets: [0] },
      target: {
        kind: 'values',
        columns: Array.from({ length: outputs }, (_, k) => ({ name: `output${k + 1}`, scale })),
      },
    },
    outputs,
    precision,
  });
const plain: LayerSpec[] = [
  { units: 5, activation: 'relu' },
  { units: 3, activation: 'tanh' },
  { units: 'auto' },
];
/** As a model's file says them. */
const described: LayerSpec[] = [
  { name: 'dense', units: 5, activation: { name: 'relu' } },
  { name: 'dense', units: 3, activation: { name: 'tanh' } },
  { name: 'dense', units: 'auto', activation: { name: 'linear' } },
];
const normed: LayerSpec[] = [
  { units: 5 },
  { name: 'batch-norm', newShare: 0.1, epsilon: 1e-5 },
  { name: 'layer-norm', epsilon: 1e-5 },
  { units: 'auto' },
];

function written(
  name: string,
  model: LoadedModel,
  format: 'onnx' | 'npz' | 'safetensors' | 'json',
  layout: 'in-out' | 'torch' = 'in-out',
) {
  const path = at(name);
  writeFileSync(path, Buffer.concat(formats[format].encode(model, layout).files[0].parts));
  return path;
}

/** The tensors that an import has written. */
async function tensorsOf(path = output) {
  const { readSafetensors } = await import('../../src/formats/safetensors.js');
  return { ...(await readSafetensors(realDisk, path)).tensors };
}

t.test('safetensors and npz in either layout, norms among them: the same tensors again', async (t) => {
  const bent: LayerSpec[] = [
    { units: 5 },
    { name: 'prelu', perUnit: true },
    { units: 3 },
    { name: 'prelu' },
    { units: 'auto' },
  ];
  for (const layers of [plain, normed, bent]) {
    for (const precision of ['float32', 'float64'] as const) {
      const ours = dense(layers, precision);
      const model = { ...ours, description: { ...ours.description, format: 'another' as never } };
      for (const format of ['safetensors', 'npz'] as const) {
        for (const layout of ['in-out', 'torch'] as const) {
          const source = written(`x.${format}`, model, format, layout);
          const { whole } = await importModel(source, { output });
          t.equal(whole, false, 'nothing says what the activations are');
          t.strictSame(await tensorsOf(), { ...ownTensors(model) }, `${precision}, ${format}, ${layout}`);
        }
      }
    }
  }
});

t.test('how matrices lie is seen from sizes; where these do not say, it has to be told', async (t) => {
  const tensor = (shape: number[], from = 0): Tensor => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => from + k),
  });
  const file = (tensors: Record<string, Tensor>) => {
    writeFileSync(at('raw.npz'), encodeNpz(tensors));
    return at('raw.npz');
  };
  // Out of order, as a zip may have them; fc10 comes after fc2.
  await importModel(
    file({
      'fc10.weight': tensor([1, 3]),
      'fc10.bias': tensor([1]),
      'fc2.weight': tensor([3, 2]),
      'fc2.bias': tensor([3]),
    }),
    { output },
  );
  const read = await tensorsOf();
  t.same(read['layer1.weight'], { shape: [2, 3], data: Float32Array.of(0, 2, 4, 1, 3, 5) });
  t.same(read['layer2.weight'].shape, [3, 1]);
  await importModel(file({ W1: tensor([2, 3]), b1: tensor([3]), W2: tensor([3, 1]) }), { output });
  const numbered = await tensorsOf();
  t.same(numbered['layer1.weight'], tensor([2, 3]));
  t.same(numbered['layer2.bias'], { shape: [1], data: Float32Array.of(0) }, 'without a bias: zeros');
  const square = file({ 'a.weight': tensor([2, 2]), 'a.bias': tensor([2]) });
  await t.rejects(importModel(square, { output }), { name: 'UserError', message: /--layout torch/ });
  await importModel(square, { output, layout: 'torch' });
  t.same((await tensorsOf())['layer1.weight'].data, Float32Array.of(0, 2, 1, 3));
  await importModel(square, { output, layout: 'in-out' });
  t.same((await tensorsOf())['layer1.weight'].data, Float32Array.of(0, 1, 2, 3));
  const cases: [Record<string, Tensor>, RegExp][] = [
    [
      { 'a.weight': tensor([2, 3]), 'b.weight': tensor([4, 5]) },
      /do not follow each other .*a \[2, 3\], b \[4, 5\]/,
    ],
    [
      { 'a.weight': tensor([2, 3, 1]), 'b.weight': tensor([4, 5]) },
      /"a" has a weight of the shape \[2, 3, 1\]/,
    ],
    [{ 'a.weight': tensor([3]) }, /has no matrix/],
    [{ 'a.bias': tensor([3]), 'b.weight': tensor([2, 3]) }, /"a" has no weight/],
    [{ 'a.omega': tensor([3]), 'b.weight': tensor([2, 3]) }, /expected tensors named .* got a\.omega/],
  ];
  for (const [tensors, message] of cases) {
    await t.rejects(importModel(file(tensors), { output }), { name: 'UserError', message });
  }
});

/** A safetensors file of any types. */
function raw(
  name: string,
  entries: Record<string, [dtype: string, shape: number[], bytes: Uint8Array]>,
): string {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(entries).map(([key, [dtype, shape, bytes]]) => {
      const begin = end;
      end += bytes.length;
      return [key, { dtype, shape, data_offsets: [begin, end] }];
    }),
  );
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(
    at(name),
    Buffer.concat([length, json, ...Object.values(entries).map(([, , bytes]) => bytes)]),
  );
  return at(name);
}

t.test('16-bit floats, and counters that are no floats', async (t) => {
  // 1, −2, 0.5, the smallest number, the largest; 1 and −2 as the upper halves of float32.
  const half = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x0001, 0x7bff, 0x8000).buffer);
  const upper = new Uint8Array(Uint16Array.of(0x3f80, 0xc000, 0x7f80).buffer);
  const source = raw('half.safetensors', {
    'a.weight': ['F16', [2, 3], half],
    'a.bias': ['BF16', [3], upper],
    'a.num_batches_tracked': ['I64', [], new Uint8Array(8)],
  });
  const { notes } = await importModel(source, { output });
  t.match(notes, [/no floats: a\.num_batches_tracked/]);
  const read = await tensorsOf();
  t.same(read['layer1.weight'].data, Float32Array.of(1, -2, 0.5, 2 ** -24, 65504, -0));
  t.same(read['layer1.bias'].data, Float32Array.of(1, -2, Number.POSITIVE_INFINITY));
  const outside = raw('outside.safetensors', { 'a.weight': ['F32', [2, 2], new Uint8Array(8)] });
  await t.rejects(importModel(outside, { output }), { message: /"a\.weight" needs 16 bytes and has 8/ });
});

/** An ONNX file of ours as another program would have written it: without our description. */
function foreign(model: LoadedModel): string {
  const path = written('x.onnx', model, 'onnx');
  const bytes = readFileSync(path);
  const format = Buffer.from('gradpool-model-1');
  bytes.write('another-model-01', bytes.indexOf(format), 'latin1');
  writeFileSync(path, bytes);
  return path;
}

t.test('ONNX layer by layer: every activation, and it computes the same', async (t) => {
  for (const name of activationNames) {
    const options = { elu: { alpha: 1.5 }, 'leaky-relu': { slope: 0.3 } }[name as string] ?? {};
    const model = dense([{ units: 5, activation: { name, ...options } }, { units: 'auto' }]);
    const { whole } = await importModel(foreign(model), { output });
    t.equal(whole, true);
    const back = await openModel(realDisk, output);
    t.same(
      outputsFor(back, Float64Array.of(1, -2, 0.5, 3)),
      outputsFor(model, Float64Array.of(1, -2, 0.5, 3)),
      name,
    );
  }
  const classes = dense([{ units: 'auto', activation: 'softmax' }]);
  await importModel(foreign(classes), { output, loss: 'cross-entropy' });
  t.match((await openModel(realDisk, output)).description, {
    loss: { name: 'cross-entropy' },
    task: 'classification',
    preprocessing: { target: { kind: 'class', classes: ['0', '1'] } },
  });
});

/** Layers around which ways go, and in them what several operators are made of, at their beginnings too. */
const around: LayerSpec[] = [
  { units: 5, activation: { name: 'relu' } },
  { name: 'prelu', slope: 0.25, perUnit: true },
  { name: 'layer-norm', epsilon: 1e-5 },
  {
    name: 'residual',
    drop: 0.25,
    layers: [
      { name: 'activation', activation: { name: 'gelu-tanh' } },
      { name: 'dense', units: 7, activation: { name: 'tanh' } },
      { name: 'gaussian-noise', deviation: 0.5 },
      { name: 'batch-norm', newShare: 0.1, epsilon: 1e-3 },
      { name: 'dense', units: 5, activation: { name: 'linear' } },
    ],
  },
  {
    name: 'residual',
    drop: 0,
    layers: [
      { name: 'residual', drop: 0, layers: [{ name: 'dense', units: 5, activation: { name: 'silu' } }] },
      { name: 'prelu', slope: 0.25, perUnit: false },
    ],
  },
  {
    name: 'concat',
    layers: [
      { name: 'layer-norm', epsilon: 1e-5 },
      { name: 'dense', units: 3, activation: { name: 'relu' } },
    ],
  },
  { name: 'dense', units: 'auto', activation: { name: 'softmax' } },
];

t.test('safetensors and npz of ours: whole, in either layout; with --config by names', async (t) => {
  const straight = [
    ...around.slice(0, 3),
    { name: 'dense', units: 'auto', activation: { name: 'tanh' } },
  ] as LayerSpec[];
  for (const format of ['safetensors', 'npz'] as const) {
    for (const [layers, layout] of [
      [around, 'in-out'],
      [straight, 'in-out'],
      [straight, 'torch'],
    ] as const) {
      const model = dense(layers, 'float32', 3);
      const source = written(`own.${format}`, model, format, layout);
      const { whole, notes } = await importModel(source, { output });
      t.match([whole, notes], [true, [/gradpool exported it, and it is whole again/]]);
      t.strictSame(await tensorsOf(), { ...ownTensors(model) }, `${format}, ${layout}`);
      t.strictSame(
        (await openModel(realDisk, output)).description,
        JSON.parse(JSON.stringify(model.description)),
      );
    }
    // After a norm, whose name comes first, and around others.
    const layers: LayerSpec[] = [
      { units: 5 },
      { name: 'prelu', perUnit: true },
      { name: 'layer-norm' },
      { name: 'concat', layers: [{ units: 7 }, { units: 3 }] },
      { units: 2 },
    ];
    const model = dense(layers);
    const config = at('ways.json');
    writeFileSync(
      config,
      JSON.stringify({
        name: 'ways',
        data: 'xor',
        model: { layers },
        loss: 'mean-squared-error',
        optimizer: { name: 'sgd', learningRate: 0.1 },
        train: { batchSize: 1, epochs: 1 },
      }),
    );
    const bare = { ...model, description: { ...model.description, format: 'another' as never } };
    const source = written(`own.${format}`, bare, format);
    t.equal((await importModel(source, { output, config })).whole, true);
    t.strictSame(await tensorsOf(), { ...ownTensors(model) });
    await t.rejects(importModel(source, { output }), {
      name: 'UserError',
      message:
        /does not fit: layer4\.weight is \[3, 2\] here and \[8, 2\] there; give --config, whose layers/,
    });
    const own = written(`own.${format}`, dense(described), format);
    writeFileSync(own, readFileSync(own, 'latin1').replaceAll('layer1.bias', 'layer1.bent'), 'latin1');
    if (format === 'safetensors')
      await t.rejects(importModel(own, { output }), {
        name: 'UserError',
        message: /changed since.*: layer1\.bias is not/,
      });
  }
});

t.test('ONNX as we write it: ways around layers, norms, prelu: it computes the same', async (t) => {
  const rows = [
    [1, -2, 0.5, 3],
    [-0.25, 1.5, -1, 0],
  ];
  for (const precision of ['float32', 'float64'] as const) {
    const model = dense(around, precision, 3);
    const { whole } = await importModel(foreign(model), { output });
    t.equal(whole, true);
    const back = await openModel(realDisk, output);
    t.same(
      back.net.layers.map(({ type, partner }) => [type, partner]).filter(([type]) => type !== 'activation'),
      model.net.layers
        .filter(({ type }) => type !== 'gaussian-noise')
        .map(({ type, partner }, _, kept) => [
          type,
          partner === undefined ? undefined : kept.findIndex(({ index }) => index === partner),
        ])
        .filter(([type]) => type !== 'activation'),
    );
    for (const row of rows) {
      const [got, wanted] = [back, model].map((each) => outputsFor(each, Float64Array.from(row)));
      t.ok(
        wanted.every((y, k) => Math.abs(y - got[k]) < 1e-12),
        `${precision}: ${got} for ${wanted}`,
      );
    }
  }
  const refused: [Parameters<typeof graphWith>[0], RegExp][] = [
    [
      (x, graph) => graph.op('Concat', [graph.op('Relu', [x]), x], { axis: { int: 1 } }),
      /goes to Relu and Concat; expected/,
    ],
    [
      (x, graph) => graph.op('Concat', [x, graph.op('Relu', [x])], { axis: { int: 0 } }),
      /puts rows below each other/,
    ],
    [(x, _, a) => a.add(x, x), /the value x goes to|is not one of a dense network/],
  ];
  for (const [make, message] of refused) {
    await t.rejects(importModel(graphWith(make), { output }), { name: 'UserError', message });
  }
});

/** Columns of every kind, of which one has the name of a tensor. */
const columns: FittedColumn[] = [
  {
    name: 'layer1.weight',
    type: 'number',
    scale: { ...scale, center: 3, spread: 2 },
    fill: 1,
    indicator: true,
  },
  { name: 'day', type: 'date', parts: [{ part: 'yearday', scale }], fill: null },
  ...(['one-hot', 'embed', 'ordinal'] as const).map(
    (name): FittedColumn => ({
      name,
      type: 'category',
      categories: ['a', 'b', 'c'],
      rare: ['r'],
      codes: 4,
      missing: 3,
      unseen: -1,
      encode: name === 'embed' ? { name, size: 2 } : name === 'ordinal' ? { name, scale } : { name },
    }),
  ),
];

t.test('ONNX of ours: the whole model is back, and goes out again with the same bytes', async (t) => {
  for (const precision of ['float32', 'float64'] as const) {
    const model = modelWith({
      layers: [
        { name: 'dense', units: 6, activation: { name: 'elu', alpha: 1.5 } },
        { name: 'batch-norm', newShare: 0.1, epsilon: 1e-5 },
        { name: 'layer-norm', epsilon: 1e-5 },
        { name: 'dropout', rate: 0.5 },
        { name: 'dense', units: 'auto', activation: { name: 'softmax' } },
      ],
      preprocessing: { columns, target: { kind: 'class', column: 'y', classes: ['p', 'q'], numeric: false } },
      outputs: 2,
      precision,
    });
    const source = written('own.onnx', model, 'onnx');
    const { whole, notes } = await importModel(source, { output });
    t.match([whole, notes], [true, [/gradpool exported it, and it is whole again/]]);
    const back = await openModel(realDisk, output);
    t.strictSame(back.description, JSON.parse(JSON.stringify(model.description)));
    t.strictSame(await tensorsOf(), { ...ownTensors(model) }, 'to the last bit');
    t.ok(readFileSync(written('again.onnx', back, 'onnx')).equals(readFileSync(source)));
  }
});

t.test(
  'ONNX and JSON of ours: to predict with as they are, CSV files as the training read them',
  async (t) => {
    const number = { type: 'number', scale, fill: null, indicator: false } as const;
    const two = ['größe', 'b'].map((name): FittedColumn => ({ ...number, name }));
    const texts = { missing: [], point: ',' } as const;
    const csv = { delimiter: ';', encoding: 'latin1', trim: true } as const;
    const model = modelWith({
      layers: [{ units: 'auto' }],
      preprocessing: {
        columns: two,
        texts,
        target: { kind: 'values', columns: [{ name: 'y', scale }] },
      },
      outputs: 1,
      precision: 'float64',
    });
    const weight = model.tensors['layer1.weight'].data;
    const y = 1.5 * weight[0] - 2 * weight[1] + model.tensors['layer1.bias'].data[0];
    writeFileSync(at('rows.csv'), 'b ; größe\n-2,0;  1,5\n', 'latin1');
    const run = JSON.stringify({ config: { data: { name: 'csv', ...csv, decimal: ',' } } });
    const first = async (path: string, input = at('rows.csv')) => {
      await predict(path, { input, output: at('out.csv') });
      return Number(readFileSync(at('out.csv'), 'utf8').split('\n')[1]);
    };
    for (const format of ['onnx', 'json', 'safetensors'] as const) {
      const path = written(`own.${format}`, { ...model, metadata: { run } }, format);
      t.ok(Math.abs((await first(path)) - y) < 1e-12, format);
      if (format === 'safetensors') continue;
      await importModel(path, { output });
      t.strictSame(await tensorsOf(), { ...ownTensors(model) }, `${format}: to the last bit`);
      t.ok(Math.abs((await first(output)) - y) < 1e-12, `${format}, imported`);
      t.strictSame((await inspect(path)).columns?.length, 2);
    }
    const header = JSON.stringify({ config: { data: { name: 'csv', header: ['b', 'größe', 'y'] } } });
    writeFileSync(at('bare.csv'), '"-2,0","1,5"\n');
    const bare = written('own.onnx', { ...model, metadata: { run: header } }, 'onnx');
    t.ok(Math.abs((await first(bare, at('bare.csv'))) - y) < 1e-12, 'a file without a line of names');
    await t.rejects(first(foreign(dense(plain))), {
      message: /x\.onnx: is an ONNX file that gradpool has not/,
    });
    await t.rejects(importModel(at('own.onnx'), { output, loss: 'cross-entropy' }), {
      message: /^--loss: .*own\.onnx is a whole model that gradpool exported/,
    });
  },
);

t.test('JSON that is no export, or was changed', async (t) => {
  const text = readFileSync(written('own.json', dense(described), 'json'), 'utf8');
  const cases: [string, RegExp][] = [
    [text.slice(0, -5), /own\.json: is no whole JSON/],
    ['{"a": 1}', /own\.json: is JSON, and not what gradpool export --format json writes/],
    [text.replace('"in-out"', '"torch"'), /own\.json: expected "layout": "in-out"/],
    [text.replace('"shape":[5]', '"shape":[6]'), /"layer1\.bias" has not as many numbers/],
    [text.replace('"layer1.bias"', '"layer1.bia"'), /own\.json: has no tensor "layer1\.bias"/],
    [text.replace('"data":[', '"data":["x",'), /has not as many numbers/],
  ];
  for (const [changed, message] of cases) {
    writeFileSync(at('own.json'), changed);
    await t.rejects(importModel(at('own.json'), { output }), { name: 'UserError', message });
  }
});

t.test('ONNX of ours that was changed since is refused', async (t) => {
  const path = written(
    'x.onnx',
    dense([{ name: 'dense', units: 'auto', activation: { name: 'tanh' } }]),
    'onnx',
  );
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf('layer1.bias'); at >= 0; at = bytes.indexOf('layer1.bias', at)) {
    bytes.write('LAYER1', at, 'latin1');
  }
  writeFileSync(path, bytes);
  await t.rejects(importModel(path, { output }), {
    name: 'UserError',
    message:
      /x\.onnx: was exported by gradpool and changed since.*: layer1\.bias is not there with the shape \[2\]/,
  });
});

/** A graph of one input of four numbers. */
function graphWith(make: (x: Value, graph: Graph, a: Arithmetic) => Value): string {
  const graph = new Graph(['x', 'y']);
  const x = graph.input({ name: 'x', type: 'float', shape: ['N', 4] });
  graph.output(make(x, graph, new Arithmetic(graph, 'float')), { name: 'y', type: 'float', shape: ['N', 2] });
  const bytes = encodeOnnx({
    irVersion: 8,
    opsets: { '': 17 },
    producer: 'test',
    producerVersion: '1',
    doc: '',
    metadata: {},
    graph: graph.graph('test'),
  });
  writeFileSync(at('graph.onnx'), bytes);
  return at('graph.onnx');
}
const constant = (graph: Graph, shape: number[], by = 0.1) =>
  graph.constant({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => by * k),
  });

t.test(
  'ONNX of others: MatMul and Add, turned weights, norms, SiLU; what is no dense network is named',
  async (t) => {
    const source = graphWith((x, graph) => {
      const product = graph.op('MatMul', [x, constant(graph, [4, 3])]);
      const first = graph.op('Add', [constant(graph, [3], 1), product]);
      const silu = graph.op('Mul', [first, graph.op('Sigmoid', [first])]);
      const ones = constant(graph, [3], 1);
      const norm = graph.op('BatchNormalization', [silu, ones, ones, ones, ones], {
        epsilon: { float: 0.01 },
      });
      const rows = graph.op('LayerNormalization', [norm, ones, ones]);
      return graph.op('Gemm', [rows, constant(graph, [2, 3]), constant(graph, [2])], { transB: { int: 1 } });
    });
    await importModel(source, { output });
    const { description, tensors } = await openModel(realDisk, output);
    t.match(description.layers, [
      { name: 'dense', units: 3 },
      { name: 'activation', activation: { name: 'silu' } },
      { name: 'batch-norm', epsilon: 0.01 },
      { name: 'layer-norm', epsilon: 1e-5 },
      { name: 'dense', units: 2 },
    ]);
    t.same(tensors['layer1.bias'].data, Float32Array.of(0, 1, 2));
    t.same(
      tensors['layer2.weight'].data,
      Float32Array.from([0, 3, 1, 4, 2, 5], (k) => 0.1 * k),
    );
    const refused: [Parameters<typeof graphWith>[0], RegExp][] = [
      [(x, graph) => graph.op('Sin', [x]), /the operator Sin \(sin0\) is not one of a dense network/],
      [(x, graph) => graph.op('MatMul', [x, x]), /x, which MatMul takes, is not a constant/],
      [
        (x, graph, a) => a.add(graph.op('Relu', [x]), graph.op('Tanh', [x])),
        /the value x goes to Relu and Tanh; expected one layer after another, or a way around some/,
      ],
      [
        (x, graph) => graph.op('Gemm', [x, constant(graph, [4, 2])], { alpha: { float: 2 } }),
        /alpha other than 1/,
      ],
      [(x, graph) => graph.op('Relu', [x]), /has no dense layer/],
    ];
    for (const [make, message] of refused) {
      await t.rejects(importModel(graphWith(make), { output }), { name: 'UserError', message });
    }
  },
);

t.test('--config: the layers that these are to be, or what does not fit, in one line', async (t) => {
  const config = (units: number) => {
    const path = at(`c${units}.yaml`);
    writeFileSync(
      path,
      `name: mine
data: xor
model:
  layers:
    - { units: ${units}, activation: gelu }
    - { units: 3, activation: tanh }
    - { units: 2, activation: softmax }
loss: cross-entropy
optimizer: { name: sgd, learningRate: 0.1 }
train: { batchSize: 1, epochs: 1 }
`,
    );
    return path;
  };
  const model = dense(plain);
  const source = written('x.npz', model, 'npz');
  const { whole } = await importModel(source, { output, config: config(5) });
  t.equal(whole, true);
  const { description } = await openModel(realDisk, output);
  t.match(description, { name: 'mine', inputs: 4, outputs: 2, loss: { name: 'cross-entropy' } });
  await t.rejects(importModel(source, { output, config: config(6) }), {
    message:
      /does not fit: layer1\.weight is \[4, 6\] here and \[4, 5\] there, layer1\.bias .*, layer2\.weight is/,
  });
  const own = { layers: described, outputs: 2 };
  const target = { kind: 'values', columns: ['u', 'v'].map((name) => ({ name, scale })) } as const;
  const inputs = ['a', 'b', 'c', 'd'].map(
    (name): FittedColumn => ({ name, type: 'number', scale, fill: null, indicator: false }),
  );
  const columned = modelWith({ ...own, preprocessing: { columns: inputs, target } });
  const { notes } = await importModel(written('z.onnx', columned, 'onnx'), { output, config: config(5) });
  t.match(notes, [/^its tensors alone/], 'a graph with its preprocessing inside');
  t.strictSame(await tensorsOf(), { ...ownTensors(columned) });
  const embedded = modelWith({ ...own, preprocessing: { columns, target } });
  await t.rejects(importModel(written('z.onnx', embedded, 'onnx'), { output, config: config(5) }), {
    message: /^--config: .*z\.onnx has embeddings of its columns, .* leave --config out/,
  });
  await t.rejects(importModel(written('y.npz', dense(normed), 'npz'), { output, config: config(5) }), {
    message: /layer2 is of dense here and of batch-norm there/,
  });
});

t.test('files that are none of these', async (t) => {
  writeFileSync(at('no.onnx'), 'what');
  await t.rejects(importModel(at('no.onnx'), { output }), { message: /no\.onnx: is no whole ONNX model/ });
  const whole = readFileSync(written('x.onnx', dense(plain), 'onnx'));
  for (let cut = 1; cut < whole.length; cut += 97) {
    writeFileSync(at('cut.onnx'), whole.subarray(0, cut));
    await t.rejects(importModel(at('cut.onnx'), { output }), { name: 'UserError' });
  }
  await t.rejects(importModel(at('none.onnx'), { output }), { name: 'UserError', message: /none\.onnx/ });
  await t.rejects(importModel(at('x.onnx'), { output: at('x.onnx') }), {
    message: /is the file that is imported/,
  });
});

/** A module with random weights, as ONNX, its outputs for three rows. */
const recipe = `
import json, sys, torch
torch.manual_seed(0)
n = torch.nn
class Around(n.Module):
    def __init__(self, *layers):
        super().__init__()
        self.f = n.Sequential(*layers)
class Residual(Around):
    def forward(self, x): return self.f(x) + x
class Concat(Around):
    def forward(self, x): return torch.cat([x, self.f(x)], 1)
model = n.Sequential(n.Linear(4, 6), n.GELU(), n.Linear(6, 6), n.SiLU(), n.BatchNorm1d(6), n.Linear(6, 5, bias=False),
                     n.ELU(), n.Dropout(), n.PReLU(5), Residual(n.GELU('tanh'), n.Linear(5, 5, bias=False), n.BatchNorm1d(5)),
                     Concat(Residual(n.Linear(5, 5)), n.PReLU()), n.Linear(10, 3), n.Softmax(dim=1))
model(torch.randn(64, 4))
model.eval()
x = torch.tensor(json.loads(sys.argv[2]))
torch.onnx.export(model, x, sys.argv[1], opset_version=14, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
print(json.dumps(model(x).tolist()))
`;
const python = pythonWith('torch');
t.test('what PyTorch exports', { skip: python === undefined && 'no Python with PyTorch' }, async (t) => {
  const rows = [
    [1, -2, 0.5, 3],
    [0, 0.1, -1, 2],
  ];
  const args = ['-c', recipe, at('torch.onnx'), JSON.stringify(rows)];
  const expected: number[] = JSON.parse(
    execFileSync(python as string, args, { encoding: 'utf8', stdio: 'pipe' })
      .trim()
      .split('\n')
      .at(-1) as string,
  ).flat();
  await importModel(at('torch.onnx'), { output });
  const model = await openModel(realDisk, output);
  const got = rows.flatMap((row) => [...outputsFor(model, Float64Array.from(row))]);
  const off = Math.max(...expected.map((y, k) => Math.abs(y - got[k])));
  t.ok(off < 1e-6, `off by ${off}`);
});

t.test('what outputs are: as a file of ours says, as --loss says, or by the last activation', async (t) => {
  const layers: LayerSpec[] = [
    { units: 3, activation: { name: 'relu' } },
    { units: 1, activation: { name: 'sigmoid' } },
  ];
  const columns = [{ name: 'price', scale }];
  const ours = modelWith({
    layers,
    preprocessing: {
      matrix: { features: 4, scales: [1], offsets: [0] },
      target: { kind: 'values', columns },
    },
    outputs: 1,
    precision: 'float32',
  });
  const source = written('ours.onnx', ours, 'onnx');
  const targetOf = async (more: Partial<Parameters<typeof importModel>[1]>) => {
    await importModel(source, { output, ...more });
    return (await openModel(realDisk, output)).description.preprocessing.target;
  };
  t.same(await targetOf({}), { kind: 'values', columns });
  t.match(await targetOf({ loss: 'binary-cross-entropy' }), {
    kind: 'binary',
    columns: [{ name: 'output1' }],
  });
  t.same(await targetOf({ loss: 'mean-squared-error' }), { kind: 'values', columns });
  await t.rejects(importModel(source, { output, loss: 'cross-entropy' }), {
    message: /^--loss: cross-entropy goes with softmax, and the last layer is sigmoid$/,
  });
});

t.test('what outputs of others are follows from the last activation, or from --loss', async (t) => {
  const source = graphWith((x, graph) =>
    graph.op('Sigmoid', [graph.op('MatMul', [x, constant(graph, [4, 2])])]),
  );
  const kindOf = async (more: Partial<Parameters<typeof importModel>[1]>) => {
    await importModel(source, { output, ...more });
    return (await openModel(realDisk, output)).description.preprocessing.target.kind;
  };
  t.equal(await kindOf({}), 'binary');
  t.equal(await kindOf({ loss: 'mean-squared-error' }), 'values');
  const counts = async (activation: 'exponential' | 'softplus') => {
    const model = dense([{ units: 'auto', activation: { name: activation } }]);
    await importModel(foreign(model), { output, loss: 'poisson' });
    return (await openModel(realDisk, output)).description.loss;
  };
  t.same(await counts('exponential'), { name: 'poisson', logInput: true });
  t.same(await counts('softplus'), { name: 'poisson', logInput: false }, 'these are rates already');
});
