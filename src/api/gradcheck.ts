/** Backpropagation checked against numeric derivatives: the check of a whole configuration as a function. */

import type { Overrides } from '../config/load.js';
import type { ConfigInput } from '../config/schema.js';
import { cacheFolder } from '../machine/cache-folder.js';
import { availableCores, checkThreads, maxThreads } from '../machine/cores.js';
import type { GradcheckProgress } from '../protocol.js';
import type { GradcheckResult } from '../results.js';
import { inSession } from './call.js';
import { cache, checkSettings, configOf, listener, overrides, signal, wholeFrom } from './settings.js';

/**
 * The derivative of f at x by the central difference (f(x+h) − f(x−h)) / 2h: its error is h²/6·f‴ + O(h⁴), plus
 * rounding of the order of 1e-16·|f(x)|/h.
 */
export function numericDerivative(f: (x: number) => number, x: number, h = 1e-5): number {
  return (f(x + h) - f(x - h)) / (2 * h);
}

/** How gradients are checked. */
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
  /** Values to put in place of those of the configuration. */
  overrides?: Overrides;
  /** Called with the progress, on the calling thread. What it throws ends the check, as does a promise that rejects. */
  onProgress?: (progress: GradcheckProgress) => unknown;
  /** Ends the check at once; the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** As of `train`. */
  cache?: boolean | string;
}

/**
 * Compares, layer by layer, backpropagation with numeric derivatives at the initial weights, and the gradients of one
 * thread with those of all. The derivatives are differences with h = 1e-5, extrapolated from larger steps where these are
 * not exact enough. Always in float64, whatever the configuration says: float32 has too few digits for a difference of
 * losses.
 *
 * @param source a configuration, or the path of a YAML file that holds one.
 * @throws UserError for anything that the caller can mend, told in one line.
 */
export function gradcheck(
  source: ConfigInput | string,
  settings: GradcheckSettings = {},
): Promise<GradcheckResult> {
  return checkAnnounced(source, settings, () => {});
}

/** As `gradcheck`. @param begin called once the configuration has been read and is right */
export async function checkAnnounced(
  source: ConfigInput | string,
  settings: GradcheckSettings,
  begin: () => void,
): Promise<GradcheckResult> {
  checkSettings<GradcheckSettings>('gradcheck', settings, {
    threads: (value) => checkThreads(value as number),
    rows: wholeFrom(1),
    sample: wholeFrom(1),
    overrides,
    onProgress: listener,
    signal,
    cache,
  });
  const { rows = 32, sample = null, onProgress } = settings;
  const threads = settings.threads ?? Math.min(maxThreads, availableCores());
  const changes = {
    ...settings.overrides,
    set: [...(settings.overrides?.set ?? []), 'model.precision=float64'],
  };
  const started = performance.now();
  return inSession(onProgress, settings.signal, async ({ session, cwd, tell, settled, finally: atEnd }) => {
    const reading = configOf(source, changes, cwd);
    atEnd(() => reading.catch(() => {}));
    const config = await reading;
    settings.signal?.throwIfAborted();
    begin();
    const layers = await session.gradcheck(
      config,
      { threads, rows, sample, cache: cacheFolder(settings.cache) },
      tell,
    );
    await settled();
    const pass = layers.every(({ verdict }) => verdict !== 'wrong');
    return { pass, layers, seconds: (performance.now() - started) / 1000 };
  });
}
