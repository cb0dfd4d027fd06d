/** The choice of an engine by a written rule on the configuration and on what is installed. */
import type { Network } from '../model/network.js';
import { type Blas, blasIfAny } from './blas-library.js';
import type { ChosenEngine, EngineType } from './engine.js';
import { findNative, type Native } from './native-library.js';

export const auto = {
  description: 'native where it is there; else blas where that is there and faster, else wasm.',
  choose: (_request, net, batchSize) => chooseFor(net, batchSize),
} as const satisfies EngineType;

/**
 * From so many multiplications a row on, in the largest layer after the first, and from so many rows a shard, BLAS is
 * faster than the kernels as a whole; below, their skipping of zeros wins (docs/performance.md).
 */
const BLAS_PAYS_FROM = 64 * 64;
const BLAS_ROWS = 16;

/**
 * @param nativeHere the addon that would be used, or why there is none
 * @param blasHere the library that would be used
 */
export function chooseFor(
  net: Network,
  batchSize: number,
  nativeHere: () => Pick<Native, 'set'> | string = findNative,
  blasHere: () => Blas | undefined = blasIfAny,
): ChosenEngine {
  const addon = nativeHere();
  if (typeof addon !== 'string') return { choice: { name: 'native' }, reason: `products for ${addon.set}` };
  const wasm = (reason: string): ChosenEngine => ({
    choice: { name: 'wasm' },
    reason: `without native, since ${addon}; ${reason}`,
  });
  const matrices = net.layers.flatMap(({ tensors }) => tensors.filter(({ shape }) => shape.length === 2));
  const largest = Math.max(0, ...matrices.slice(1).map(({ length }) => length));
  if (batchSize < BLAS_ROWS) return wasm(`minibatches of ${batchSize} are too small for a BLAS`);
  if (largest < BLAS_PAYS_FROM) return wasm('layers too small for a BLAS');
  const library = blasHere();
  if (library === undefined) return wasm('no BLAS library here');
  return {
    choice: { name: 'blas', library },
    reason: `without native, since ${addon}; layers of up to ${largest.toLocaleString('en-US')} weights`,
  };
}
