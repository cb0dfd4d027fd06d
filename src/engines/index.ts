/** The engines by the names they have in a configuration, and how one is opened over a shared memory. */
import type { Precision } from '../model/precision.js';
import { auto } from './auto.js';
import { blasType as blas, createBlas } from './blas.js';
import type { Blas } from './blas-library.js';
import type { Engine, EngineSizes, EngineType } from './engine.js';
import { bindKernels } from './kernels.js';
import { createReference, reference } from './reference.js';
import { createWasm, wasm } from './wasm.js';

export const engines = { auto, wasm, blas, reference } satisfies Record<string, EngineType>;

/** What a run computes with in the end. */
export type EngineName = Exclude<keyof typeof engines, 'auto'>;

/** What a run computes with, as it is posted to its workers. */
export type EngineChoice =
  | { readonly name: 'wasm' | 'reference' }
  | { readonly name: 'blas'; readonly blas: Blas };

/** The precision that an engine computes in, where it has no choice. */
export function onlyPrecision(name: keyof typeof engines): Precision | undefined {
  const type: EngineType = engines[name];
  return type.precision;
}

/** An engine as a plan knows it. */
export interface PlannedEngine extends EngineSizes {
  readonly name: EngineName;
}

/** What is known of an engine before it is created. */
export function plannedEngine(name: EngineName, precision: Precision): PlannedEngine {
  return { name, ...engines[name].sizes(precision) };
}

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
