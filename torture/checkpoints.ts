/** Checkpoints that are made up, of a run that never was. */

import type { Config } from '../src/config/schema.js';
import type { Checkpoint } from '../src/runs/checkpoint.js';

const ROWS = 5;
const UNITS = 3;

/** The checkpoint of a step: small, with values that no other step has. */
export function madeUp(step: number, best: number, loss: number): Checkpoint {
  const values = (count: number, first: number) =>
    Float32Array.from({ length: count }, (_, k) => Math.sin(first + k + 100 * step));
  const validation = { step: best, loss, metrics: { accuracy: 0.5, confusion: [[1, 0]], r2: null } };
  return {
    provenance: {
      gradpool: 'torture',
      config: { name: 'made-up' } as Config,
      engine: { name: 'wasm', kernels: 'none', shards: 4 },
      data: { rows: 1, features: ROWS, outputs: UNITS, sha256: 'none' },
    },
    state: {
      step,
      epochLoss: 0.1 * step,
      epochExamples: 8 * step,
      seconds: step,
      validation,
      best: { ...validation, value: loss },
      improvement: { value: loss, misses: 1 },
      forced: [],
    },
    tensors: {
      'layer1.weight': { shape: [ROWS, UNITS], data: values(ROWS * UNITS, 0) },
      'layer1.bias': { shape: [UNITS], data: values(UNITS, 50) },
      'state1.layer1.weight': { shape: [ROWS, UNITS], data: Float64Array.from(values(ROWS * UNITS, 70)) },
    },
  };
}
