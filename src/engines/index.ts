/** The engines by the names they have in a configuration: a name is its file's name. */
import type { Precision } from '../model/precision.js';
import type { Spec } from '../options.js';
import { auto } from './auto.js';
import type { ChosenEngine, Engine, EngineSizes, EngineType } from './engine.js';
import { native } from './native.js';
import { reference } from './reference.js';
import { wasm } from './wasm.js';

export const engines = { auto, native, wasm, reference } satisfies Record<string, EngineType>;
export const defaultEngine = 'auto';

type Engines = typeof engines;
/** What a run computes with in the end. */
export type EngineName = {
  [Name in keyof Engines]: Engines[Name] extends { readonly create: unknown } ? Name : never;
}[keyof Engines];

/** A member by its name. */
export const engineOf = (name: string): EngineType => (engines as Readonly<Record<string, EngineType>>)[name];

/** What a configuration's engine comes to. @throws UserError for what it needs and is not there */
export function chooseEngine(request: Spec): ChosenEngine {
  return engineOf(request.name).choose?.(request) ?? { choice: request };
}

/** An engine as a plan knows it. */
export interface PlannedEngine extends EngineSizes {
  /** One that has `create`. */
  readonly name: string;
}

/** What is known of an engine before it is created. */
export function plannedEngine(name: string, precision: Precision): PlannedEngine {
  return { name, ...computing(name).sizes(precision) };
}

export function createEngine(
  choice: Spec,
  precision: Precision,
  memory: WebAssembly.Memory,
  kernels: WebAssembly.Module,
): Engine {
  return computing(choice.name).create(choice, { precision, memory, kernels });
}

/** A member that computes: what a choice comes to. */
function computing(name: string): Required<Pick<EngineType, 'sizes' | 'create'>> {
  const { sizes, create } = engineOf(name);
  if (sizes === undefined || create === undefined) throw new Error(`"${name}" chooses an engine and is none`);
  return { sizes, create };
}
