/** Opens an engine by its name over a shared memory. */
import type { Precision } from '../model/network.js';
import type { Engine } from './engine.js';
import { createReference } from './reference.js';
import { createWasm } from './wasm.js';

export type EngineName = 'wasm' | 'reference';

export function createEngine(
  name: EngineName,
  precision: Precision,
  memory: WebAssembly.Memory,
  kernels: WebAssembly.Module,
): Engine {
  return name === 'reference' ? createReference(memory) : createWasm(kernels, memory, precision);
}
