/** The engine that is always there: SIMD kernels in WebAssembly over the shared memory. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Precision } from '../model/precision.js';
import { type Engine, type EngineType, kernelPrefix } from './engine.js';
import { activationKernels, lossKernels } from './functions.js';
import { kernelGather } from './gather.js';
import { bindLayers } from './layers.js';
import { optimizerOps } from './wasm-optimizers.js';

export const wasm = {
  description: 'SIMD kernels that come with gradpool: the same bits on every machine.',
  usesKernels: true,
  rate: 60e9,
  create: (_choice, { precision, memory, kernels }) =>
    createWasm(bindKernels(kernels, memory, precision), precision),
} as const satisfies EngineType;

const kernelsFile = new URL('../../kernels.wasm', import.meta.url);

/** Compiles the kernels once; the module can be posted to other threads, which then need not compile it. */
export async function compileKernels(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(kernelsFile));
}

/** SHA-256 of the kernels: with the same ones a run has the same bits. */
export async function kernelsHash(): Promise<string> {
  return createHash('sha256')
    .update(await readFile(kernelsFile))
    .digest('hex');
}

/** A kernel by its operation's name in one precision; its signature is the one of the Engine field it is bound to. */
// biome-ignore lint/suspicious/noExplicitAny: a kernel has the signature of the Engine field that it is bound to.
export type Kernels = (name: string) => any;

/** The kernels of one precision, bound to a memory. */
export function bindKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  precision: Precision,
): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const suffix = precision === 'float32' ? 'f32' : 'f64';
  return (name) => {
    const found = exports[`${name}_${suffix}`] ?? exports[name];
    if (found === undefined) throw new Error(`the kernels have no "${name}"; run "npm run build"`);
    return found;
  };
}

/** An engine of kernels alone. */
export function createWasm(op: Kernels, precision: Precision): Engine {
  const copy = op('linear_forward');

  return {
    name: 'wasm',
    precision,
    bytes: precision === 'float32' ? 4 : 8,
    inOrder: true,
    ...kernelGather(op),
    scratchBytes: op('dense_scratch_bytes')(),
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
    optimizers: optimizerOps(op),
  };
}
