/**
 * Backpropagation checked against numeric derivatives: the rule that decides, and the check of a whole configuration
 * as a function.
 */
import type { Overrides } from '../config/load.js';
import type { ConfigInput } from '../config/schema.js';
import { UserError } from '../errors.js';
import { availableCores, checkThreads, maxThreads } from '../machine/cores.js';
import type { GradcheckProgress, LayerCheck } from '../protocol.js';
import { openSession } from './session.js';

/** The largest relative difference between backpropagation and the numeric gradient that counts as right. */
export const threshold = 1e-7;

/**
 * The derivative of f at x by the central difference (f(x+h) − f(x−h)) / 2h: its error is h²/6·f‴ + O(h⁴), plus
 * rounding of the order of 1e-16·|f(x)|/h.
 */
export function numericDerivative(f: (x: number) => number, x: number, h = 1e-5): number {
  return (f(x + h) - f(x - h)) / (2 * h);
}

/** Whether a layer's gradients are right; a difference that is not a number never is. */
export function layerPasses(layer: LayerCheck): boolean {
  return layer.numericVsBackprop <= threshold && layer.singleVsThreaded === 0;
}

export interface GradcheckSettings {
  /** Worker threads, 1 to 256; default: the cores that this process may use. */
  threads?: number;
  /** Training rows that the gradients are computed on, at least 1, default 32; all of them if there are fewer. */
  rows?: number;
  /** Check at most so many parameters of each layer, chosen by the seed; default: all. */
  sample?: number;
  /** Values to put in place of those of a configuration file; not for a configuration given as an object. */
  overrides?: Overrides;
  /** Called with the progress, on the calling thread. What it throws ends the check. */
  onProgress?: (progress: GradcheckProgress) => void;
  /** Ends the check at once; the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

export interface GradcheckResult {
  /** Whether every layer's gradients are right. */
  pass: boolean;
  layers: LayerCheck[];
  seconds: number;
}

/**
 * Compares, layer by layer, backpropagation with numeric derivatives (h = 1e-5) at the initial weights, and the
 * gradients of one thread with those of all. Always in float64, whatever the configuration says: float32 has
 * too few digits for a difference of losses.
 *
 * @param source a configuration, or the path of a YAML file that holds one.
 * @throws an Error named `UserError` for anything that the caller can mend, told in one line.
 */
export async function gradcheck(
  source: ConfigInput | string,
  settings: GradcheckSettings = {},
): Promise<GradcheckResult> {
  const { rows = 32, sample = null, overrides = {}, onProgress, signal } = settings;
  const threads = checkThreads(settings.threads ?? Math.min(maxThreads, availableCores()));
  for (const [name, value] of Object.entries({ rows, sample: sample ?? 1 })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new UserError(`${name}: expected a whole number, at least 1, got ${value}`);
    }
  }
  signal?.throwIfAborted();
  const started = performance.now();
  const session = openSession();
  let done = false;
  try {
    const { loadConfig, parseConfig } = await import('../config/load.js');
    const config =
      typeof source === 'string'
        ? await loadConfig(source, {
            ...overrides,
            set: [...(overrides.set ?? []), 'model.precision=float64'],
          })
        : parseConfig({ ...source, model: { ...source?.model, precision: 'float64' } });
    signal?.throwIfAborted();
    let forward = (_: GradcheckProgress): void => {};
    const failed = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      forward = (progress) => {
        try {
          // progress may arrive after the result: they come through different ports
          if (!done) onProgress?.(progress);
        } catch (error) {
          reject(error);
        }
      };
    });
    const checks = session.gradcheck(config, { threads, rows, sample }, forward);
    const layers = await Promise.race([checks, failed]);
    return { pass: layers.every(layerPasses), layers, seconds: (performance.now() - started) / 1000 };
  } finally {
    done = true;
    await session.close();
  }
}
