/** The choice of an engine by a written rule on what there is here, never by a timing. */
import type { ChosenEngine, EngineType } from './engine.js';
import { findNative, type Native } from './native-library.js';

export const auto = {
  description: 'native where it is there, else wasm.',
  choose: () => choose(),
} as const satisfies EngineType;

/** @param nativeHere the addon that would be used, or why there is none */
export function choose(nativeHere: () => Pick<Native, 'set'> | string = findNative): ChosenEngine {
  const addon = nativeHere();
  return typeof addon === 'string'
    ? { choice: { name: 'wasm' }, reason: `without native, since ${addon}` }
    : { choice: { name: 'native' }, reason: `products for ${addon.set}` };
}
