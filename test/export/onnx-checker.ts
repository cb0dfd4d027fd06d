/** Graphs as ONNX's own checker sees them, where Python has it. */
import '../helpers/bare.js';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { onnx } from '../../src/export/onnx.js';
import { activationNames } from '../../src/model/activations/index.js';
import type { LayerSpec } from '../../src/model/network.js';
import { dateParts } from '../../src/preprocess/fitted.js';
import { type ModelGiven, modelWith } from '../helpers/model.js';
import { pythonWith } from '../helpers/python.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
t.teardown(() => rmSync(folder, { recursive: true }));

const python = pythonWith('onnx');

/** Checks the graph, and infers every shape and type in it. */
const code = `
import onnx, sys
onnx.checker.check_model(sys.argv[1], full_check=True)
onnx.shape_inference.infer_shapes(onnx.load(sys.argv[1]), check_type=True, strict_mode=True, data_prop=True)`;
const check = (name: string, bytes: Uint8Array) => {
  const path = join(folder, `${name}.onnx`);
  writeFileSync(path, bytes);
  execFileSync(python as string, ['-c', code, path], { stdio: 'pipe' });
};

const scale = { log: true, center: 1, spread: 2 };
const category = (name: string, encode: object) => ({
  name,
  type: 'category' as const,
  categories: ['a', 'b'],
  rare: ['c'],
  codes: 3,
  missing: null,
  unseen: 2,
  encode: encode as { name: 'one-hot' },
});
const everyLayer: readonly LayerSpec[] = [
  ...activationNames.map((name) => ({ units: 4, activation: { name, alpha: 1, slope: 0.1 } })),
  { name: 'batch-norm', newShare: 0.1, epsilon: 1e-5 },
  { name: 'layer-norm', epsilon: 1e-5 },
  { units: 2, activation: 'softmax' },
];
const given: Readonly<Record<string, Omit<ModelGiven, 'precision'>>> = {
  'columns of every kind, a class': {
    layers: everyLayer,
    preprocessing: {
      columns: [
        { name: 'n', type: 'number', scale, fill: 1, indicator: true },
        { name: 'd', type: 'date', parts: dateParts.map((part) => ({ part, scale })), fill: null },
        category('c', { name: 'one-hot' }),
        category('o', { name: 'ordinal', scale }),
        category('e', { name: 'embed', size: 2 }),
      ],
      target: { kind: 'class', column: 'y', classes: ['no', 'yes'], numeric: false },
    },
    outputs: 2,
  },
  'yes or no': {
    layers: [{ units: 1, activation: 'sigmoid' }],
    preprocessing: {
      columns: [category('c', { name: 'one-hot' })],
      target: { kind: 'binary', columns: [{ name: 'y', classes: ['no', 'yes'], numeric: false }] },
    },
    outputs: 1,
  },
  'a matrix, scaled values': {
    layers: [{ units: 3, activation: 'relu' }, { units: 2 }],
    preprocessing: {
      matrix: { features: 4, scales: [0.5], offsets: [1] },
      target: { kind: 'values', columns: ['y', 'z'].map((name) => ({ name, scale })) },
    },
    outputs: 2,
  },
};

t.test('onnx.checker', { skip: python === undefined && 'no Python with onnx' }, async (t) => {
  for (const [what, model] of Object.entries(given)) {
    for (const precision of ['float32', 'float64'] as const) {
      const { files } = onnx.encode(modelWith({ ...model, precision }), 'in-out');
      const bytes = Buffer.concat(files[0].parts);
      t.doesNotThrow(() => check('sound', bytes), `${what}, ${precision}`);
      const wrong = Buffer.from(bytes.toString('latin1').replaceAll('Gemm', 'Gemn'), 'latin1');
      t.throws(() => check('wrong', wrong), /Gemn/, 'and notices an operator that there is not');
    }
  }
});
