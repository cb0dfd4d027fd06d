/**
 * The wasm engine with its products made by gradpool's own addon: C for the vectors that the processor has. The same bits
 * as `wasm` where the processor fuses, value by value, whatever the processor.
 */

import { UserError } from '../errors.js';
import { bytesOf, type Precision } from '../model/precision.js';
import type { Engine, EngineType, OptimizerOps } from './engine.js';
import { bindKernels, type Kernels } from './kernels.js';
import { findNative, type Native } from './native-library.js';
import { MOST_OPERATIONS, NUMBERS, Operation } from './native-operations.js';
import { createRecorder } from './native-recorder.js';
import { createWasm, wasm } from './wasm.js';

/** Scalars that the addon's optimizers take, at most: Adam's. */
const STEP_SCALARS = 9;

export const native = {
  description:
    'The same bits as wasm, several times as fast: products in C, for which gradpool brings binaries.',
  usesKernels: true,
  bits: () => 'fused',
  rate: 125e9,
  choose: () => {
    const found = findNative();
    if (typeof found !== 'string') return { choice: { name: 'native' } };
    throw new UserError(
      `engine: expected gradpool's own addon for "native", got none: ${found}; take "wasm"`,
    );
  },
  sizes: (precision) => wasm.sizes(precision),
  create(_choice, { precision, memory, kernels }) {
    const found = findNative();
    if (typeof found === 'string') throw new UserError(`engine: "native" is not to be had here: ${found}`);
    return createNative(found, memory, bindKernels(kernels, memory, precision), precision);
  },
} as const satisfies EngineType;

export function createNative(
  { bind }: Native,
  memory: WebAssembly.Memory,
  op: Kernels,
  precision: Precision,
): Engine {
  const kernels = createWasm(op, precision);
  // Written here and read there: a call with ten arguments takes three times as long.
  const numbers = new Float64Array(new ArrayBuffer((1 + MOST_OPERATIONS) * NUMBERS * 8));
  const run = bind(memory, numbers, bytesOf(precision));
  const { uint8 } = kernels.gather;

  return {
    ...kernels,
    name: 'native',

    dense_forward(x, w, b, u, rows, inputs, units, scratch) {
      numbers[0] = Operation.denseForward;
      numbers[1] = x;
      numbers[2] = w;
      numbers[3] = b;
      numbers[4] = u;
      numbers[5] = rows;
      numbers[6] = inputs;
      numbers[7] = units;
      numbers[8] = scratch;
      run();
    },

    dense_backward_input(delta, w, dx, rows, inputs, units, scratch) {
      numbers[0] = Operation.denseBackwardInput;
      numbers[1] = delta;
      numbers[2] = w;
      numbers[3] = dx;
      numbers[4] = rows;
      numbers[5] = inputs;
      numbers[6] = units;
      numbers[7] = scratch;
      run();
    },

    dense_backward_weights(x, delta, dw, rows, inputs, units, first, count, scratch) {
      numbers[0] = Operation.denseBackwardWeights;
      numbers[1] = x;
      numbers[2] = delta;
      numbers[3] = dw;
      numbers[4] = rows;
      numbers[5] = inputs;
      numbers[6] = units;
      numbers[7] = first;
      numbers[8] = count;
      numbers[9] = scratch;
      run();
    },

    gather: {
      ...kernels.gather,
      uint8: {
        ...uint8,
        one(features, order, x, rows, cols, high, low, offset) {
          numbers[0] = Operation.gatherBytes;
          numbers[1] = features;
          numbers[2] = order;
          numbers[3] = x;
          numbers[4] = rows;
          numbers[5] = cols;
          numbers[6] = high;
          numbers[7] = low;
          numbers[8] = offset;
          run();
        },
      },
    },

    recorder: () => createRecorder(numbers, run, precision),

    optimizers: {
      ...kernels.optimizers,
      adam: { step: stepOf(numbers, run, Operation.adam) },
      adamw: { step: stepOf(numbers, run, Operation.adam) },
      sgd: {
        step: stepOf(numbers, run, Operation.sgd),
        rank1(x, delta, w, b, inputs, units, rate) {
          numbers[0] = Operation.rank1;
          numbers[1] = x;
          numbers[2] = delta;
          numbers[3] = w;
          numbers[4] = b;
          numbers[5] = inputs;
          numbers[6] = units;
          numbers[7] = rate;
          run();
          return numbers[0] !== 0;
        },
      },
    },
  };
}

/** A step of an optimizer that the addon knows. */
function stepOf(numbers: Float64Array, run: () => void, operation: number): OptimizerOps['step'] {
  return (theta, g, slots, n, factor, rate, scalars) => {
    numbers[0] = operation;
    numbers[1] = theta;
    numbers[2] = g;
    numbers[3] = slots[0] ?? 0;
    numbers[4] = slots[1] ?? 0;
    numbers[5] = n;
    numbers[6] = factor;
    numbers[7] = rate;
    for (let k = 0; k < STEP_SCALARS; k++) numbers[8 + k] = scalars[k];
    run();
    return numbers[0] !== 0;
  };
}
