/** The search for a learning rate as a function. */
import type { Overrides } from '../config/load.js';
import type { ConfigInput } from '../config/schema.js';
import { given, UserError } from '../errors.js';
import { cacheFolder } from '../machine/cache-folder.js';
import type { FindRateProgress } from '../protocol.js';
import type { RateFinding } from '../rate-finding.js';
import { inSession } from './call.js';
import {
  cache,
  checkSettings,
  configOf,
  listener,
  overrides,
  signal,
  threads,
  wholeFrom,
} from './settings.js';

/** How a learning rate is searched for. */
export interface FindRateSettings {
  /** The rate of the first minibatch, above 0; default 1e-7. */
  from?: number;
  /** That of the last one, above `from`; default 10. */
  to?: number;
  /** Minibatches, at least 10; default 100. */
  steps?: number;
  /** Worker threads, 1 to 256, or `auto`, the default: as many as pay. They do not change the result. */
  threads?: number | 'auto';
  /** Values to put in place of those of the configuration. */
  overrides?: Overrides;
  /** Called with the progress, on the calling thread. What it throws ends the search, as does a promise that rejects. */
  onProgress?: (progress: FindRateProgress) => unknown;
  /** Ends the search at once; the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** As of `train`. */
  cache?: boolean | string;
}

const LEAST_STEPS = 10;
const MOST_STEPS = 100_000;

const positive = (value: unknown, name: string) => {
  if (typeof value === 'number' && value > 0 && value <= 1e6) return;
  throw new UserError(`${name}: expected a number above 0, up to 1000000, got ${given(value)}`);
};

/**
 * Looks for a learning rate (Smith 2017): makes the first steps of a run with a rate that rises exponentially from `from` to
 * `to`, until the loss is four times the best or not finite. Suggested is the rate where the smoothed loss falls fastest, over
 * the logarithm of the rate. Nothing is written, and the schedule of the configuration is left out. The same result for any
 * number of threads.
 *
 * @param source a configuration, or the path of a YAML file that holds one.
 * @throws UserError for anything that the caller can mend, told in one line.
 */
export function findLearningRate(
  source: ConfigInput | string,
  settings: FindRateSettings = {},
): Promise<RateFinding> {
  return findAnnounced(source, settings, () => {});
}

/** As `findLearningRate`. @param begin called once the configuration has been read and is right */
export async function findAnnounced(
  source: ConfigInput | string,
  settings: FindRateSettings,
  begin: () => void,
): Promise<RateFinding> {
  checkSettings<FindRateSettings>('findLearningRate', settings, {
    from: positive,
    to: positive,
    steps: wholeFrom(LEAST_STEPS),
    threads,
    overrides,
    onProgress: listener,
    signal,
    cache,
  });
  const { from = 1e-7, to = 10, steps = 100, threads: wanted = 'auto' } = settings;
  if (!(from < to)) throw new UserError(`to: expected more than from, ${from}, got ${to}`);
  if (steps > MOST_STEPS) throw new UserError(`steps: expected at most ${MOST_STEPS}, got ${steps}`);
  return inSession(
    settings.onProgress,
    settings.signal,
    async ({ session, cwd, tell, settled, finally: atEnd }) => {
      const reading = configOf(source, settings.overrides, cwd);
      atEnd(() => reading.catch(() => {}));
      const config = await reading;
      settings.signal?.throwIfAborted();
      begin();
      const options = { from, to, steps, threads: wanted, cache: cacheFolder(settings.cache) };
      const finding = await session.findRate(config, options, tell);
      await settled();
      return finding;
    },
  );
}
