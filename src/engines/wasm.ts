/** The engine that is always there: SIMD kernels in WebAssembly over the shared memory. */
import { bytesOf, type Precision } from '../model/precision.js';
import type { Engine, EngineType } from './engine.js';
import { activationKernels, lossKernels } from './functions.js';
import { kernelGather } from './gather.js';
import { bindKernels, bitsHere, type Kernels, kernelPrefix } from './kernels.js';
import { bindLayers } from './layers.js';
import { optimizerOps } from './wasm-optimizers.js';

/** What a worker's products pack into: `dense_scratch_bytes` of the kernels. */
const SCRATCH_BYTES = 2_225_472;

export const wasm = {
  description:
    'SIMD kernels that come with gradpool: the same bits on every machine whose processor fuses a multiplication with an addition.',
  usesKernels: true,
  bits: bitsHere,
  rate: 60e9,
  sizes: (precision) => ({ precision, bytes: bytesOf(precision), scratchBytes: SCRATCH_BYTES }),
  create: (_choice, { precision, memory, kernels }) =>
    createWasm(bindKernels(kernels, memory, precision), precision),
} as const satisfies EngineType;

/** An engine of kernels alone. */
export function createWasm(op: Kernels, precision: Precision): Engine {
  const copy = op('linear_forward');
  const clamp = op('clamp');

  return {
    name: 'wasm',
    ...wasm.sizes(precision),
    ...kernelGather(op),
    dense_forward: op('dense_forward'),
    dense_backward_input: op('dense_backward_input'),
    dense_backward_weights: op('dense_backward_weights'),
    dense_backward_biases: op('dense_backward_biases'),
    activations: activationKernels(op),
    losses: lossKernels(op),
    layers: bindLayers((layer, operation) => op(`${kernelPrefix(layer)}_${operation}`)),
    shards_sum: op('shards_sum'),
    copy: (from, to, n) => copy(from, to, 1, n),
    scale: op('scale'),
    squares: op('squares'),
    clamp: (x, n, limit) => clamp(x, n, limit) === 0,
    average: op('average'),
    halves_pack: op('halves_pack'),
    halves_unpack: op('halves_unpack'),
    optimizers: optimizerOps(op),
  };
}
