/** Graphs as ONNX's own checker sees them, where Python has it. */
import '../helpers/bare.js';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { onnx } from '../../src/export/onnx.js';
import { activationNames } from '../../src/model/activations/index.js';
import { dateParts } from '../../src/preprocess/fitted.js';
import { modelWith } from '../helpers/model.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
t.teardown(() => rmSync(folder, { recursive: true }));

const python = ['python3', '/usr/bin/python3'].find((each) => {
  try {
    execFileSync(each, ['-c', 'import onnx'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

t.test('onnx.checker', { skip: python === undefined && 'no Python with onnx' }, async (t) => {
  const scale = { log: true, center: 1, spread: 2 };
  for (const precision of ['float32', 'float64'] as const) {
    const model = modelWith({
      layers: [
        ...activationNames.map((name) => ({ units: 4, activation: { name, alpha: 1, slope: 0.1 } })),
        { name: 'batch-norm', newShare: 0.1, epsilon: 1e-5 },
        { name: 'layer-norm', epsilon: 1e-5 },
        { units: 2, activation: 'softmax' },
      ],
      preprocessing: {
        columns: [
          { name: 'n', type: 'number', scale, fill: 1, indicator: true },
          { name: 'd', type: 'date', parts: dateParts.map((part) => ({ part, scale })), fill: null },
          {
            name: 'c',
            type: 'category',
            categories: ['a', 'b'],
            rare: [],
            codes: 2,
            missing: null,
            unseen: -1,
            encode: { name: 'one-hot' },
          },
        ],
        target: { kind: 'class', column: 'y', classes: ['no', 'yes'], numeric: false },
      },
      outputs: 2,
      precision,
    });
    const path = join(folder, `${precision}.onnx`);
    writeFileSync(path, Buffer.concat(onnx.encode(model, 'in-out').files[0].parts));
    const code = 'import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True)';
    t.doesNotThrow(() => execFileSync(python as string, ['-c', code, path], { stdio: 'pipe' }));
  }
});
