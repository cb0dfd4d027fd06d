/** Backpropagation checked against numeric derivatives: the check of a whole configuration as a function. */
import type { Overrides } from '../config/load.js';
import type { ConfigInput } from '../config/schema.js';
import { UserError } from '../errors.js';
import { availableCores, checkThreads, maxThreads } from '../machine/cores.js';
import type { GradcheckProgress, LayerCheck } from '../protocol.js';
import { openSession } from './session.js';

export { threshold } from '../coordinator/verdict.js';

/**
 * The derivative of f at x by the central difference (f(x+h) − f(x−h)) / 2h: its error is h²/6·f‴ + O(h⁴), plus
 * rounding of the order of 1e-16·|f(x)|/h.
 */
export function numericDerivative(f: (x: number) => number, x: number, h = 1e-5): number {
  return (f(x + h) - f(x - h)) / (2 * h);
}

export interface GradcheckSettings {
  /** Worker threads, 1 to 256; default: the cores that this process may use. */
  threads?: number;
  /** Training rows that the gradients are computed on, at least 1, default 32; all of them if there are fewer. */
  rows?: number;
  /**
   * Check at most so many parameters of each layer, chosen by the seed; default: all. For those that lie at kinks others
   * are drawn.
   */
  sample?: number;
  /** Values to put in place of those of a configuration file; not for a configuration given as an object. */
  overrides?: Overrides;
  /** Called with the progress, on the calling thread. What it throws ends the check. */
  onProgress?: (progress: GradcheckProgress) => void;
  /** Ends the check at once; the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

export interface GradcheckResult {
  /** Whether no layer's gradients are wrong; those of a layer may also be too small to compare, or not checked. */
  pass: boolean;
  layers: LayerCheck[];
  seconds: number;
}

/**
 * Compares, layer by layer, backpropagation with numeric derivatives at the initial weights, and the gradients of one
 * thread with those of all. The derivatives are differences with h = 1e-5, extrapolated from larger steps where these are
 * not exact enough. Always in float64, whatever the configuration says: float32 has too few digits for a difference of
 * losses.
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
    const pass = layers.every(({ verdict }) => verdict !== 'wrong');
    return { pass, layers, seconds: (performance.now() - started) / 1000 };
  } finally {
    done = true;
    await session.close();
  }
}
