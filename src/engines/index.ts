/** Opens an engine over a shared memory. choose.ts chooses one. */
import type { Precision } from '../model/precision.js';
import { createBlas } from './blas.js';
import type { Blas } from './blas-library.js';
import type { Engine } from './engine.js';
import { createReference } from './reference.js';
import { bindKernels, createWasm } from './wasm.js';

export type EngineName = 'wasm' | 'blas' | 'reference';

/** What a run computes with, as it is posted to its workers. */
export type EngineChoice =
  | { readonly name: 'wasm' | 'reference' }
  | { readonly name: 'blas'; readonly blas: Blas };

export function createEngine(
  choice: EngineChoice,
  precision: Precision,
  memory: WebAssembly.Memory,
  kernels: WebAssembly.Module,
): Engine {
  if (choice.name === 'reference') return createReference(memory);
  const op = bindKernels(kernels, memory, precision);
  return choice.name === 'blas' ? createBlas(choice.blas, memory, op, precision) : createWasm(op, precision);
}
