/** The choice of an engine by a written rule, which is in choose.ts. */
import type { EngineType } from './engine.js';

export const auto = {
  description: 'blas where it is there and faster, else wasm.',
} as const satisfies EngineType;
