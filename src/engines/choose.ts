/**
 * Which engine a run gets: a written rule on the configuration and on what is installed, never a timing.
 */
import { isUserError, UserError } from '../errors.js';
import type { Network } from '../model/network.js';
import { type Blas, blasIfAny, findBlas } from './blas-library.js';
import type { EngineChoice, engines } from './index.js';

/** What a configuration asks for. */
export interface EngineRequest {
  readonly name: keyof typeof engines;
  /** A BLAS library by its name or path. */
  readonly library?: string;
}

export interface ChosenEngine {
  readonly choice: EngineChoice;
  /** Why, where the rule decided. */
  readonly reason?: string;
}

/**
 * From so many multiplications a row on, in the largest layer after the first, and from so many rows a shard, BLAS is
 * faster as a whole; below, the kernels' skipping of zeros wins (docs/performance.md).
 */
const BLAS_PAYS_FROM = 64 * 64;
const BLAS_ROWS = 16;

/** @throws UserError for a BLAS that was asked for and is not there. */
export function chooseEngine(
  request: EngineRequest,
  net: Network,
  batchSize: number,
  blasHere: () => Blas | undefined = blasIfAny,
): ChosenEngine {
  const { name, library } = request;
  if (name === 'blas') {
    return { choice: { name, blas: asked(library === undefined ? 'engine' : 'engine.library', library) } };
  }
  if (name !== 'auto') return { choice: { name } };
  const wasm = (reason: string): ChosenEngine => ({ choice: { name: 'wasm' }, reason });
  const matrices = net.layers.flatMap(({ tensors }) => tensors.filter(({ shape }) => shape.length === 2));
  const largest = Math.max(0, ...matrices.slice(1).map(({ length }) => length));
  if (batchSize < BLAS_ROWS) return wasm(`minibatches of ${batchSize} are too small for a BLAS`);
  if (largest < BLAS_PAYS_FROM) return wasm('layers too small for a BLAS');
  const blas = blasHere();
  if (blas === undefined) return wasm('no BLAS library here');
  return {
    choice: { name: 'blas', blas },
    reason: `layers of up to ${largest.toLocaleString('en-US')} weights`,
  };
}

/** A BLAS that must be there; where it is not, the error begins with the key that asked for it. */
function asked(key: string, library?: string): Blas {
  try {
    return findBlas(library);
  } catch (error) {
    throw isUserError(error) ? new UserError(`${key}: ${error.message}`) : error;
  }
}
