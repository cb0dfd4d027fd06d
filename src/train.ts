/** `train` as a function: a configuration in, trained parameters out. Knows nothing of terminals or signals. */
import type { Overrides } from './config/load.js';
import type { ConfigInput } from './config/schema.js';
import { UserError } from './errors.js';
import { checkThreads } from './parallel/cores.js';
import type { TrainEvent, TrainResult } from './protocol.js';
import { openSession } from './session.js';
import { version } from './version.js';

export interface TrainOptions {
  /**
   * Worker threads, 1 to 256, or `auto`, the default: as many as pay, up to the cores that this process may use. Does
   * not change the result.
   */
  threads?: number | 'auto';
  /** Folder to write the run to; true: `runs/<name>-<time>`; false, the default: nothing is written. */
  runDir?: string | boolean;
  /** Values to put in place of those of a configuration file; not for a configuration given as an object. */
  overrides?: Overrides;
  /** Called with each event of the run, in order, on the calling thread. What it throws ends the run at once, and `train` with it. */
  onEvent?: (event: TrainEvent) => void;
  /** Ends the run after its current minibatch; what was learned by then is the result, `stopped` is true. */
  signal?: AbortSignal;
}

/**
 * Trains the network that a configuration describes, on threads of its own: the calling thread stays free.
 *
 * @param source a configuration, or the path of a YAML file that holds one.
 * @returns the trained parameters by name, and the summary that the `done` event carries too.
 * @throws an Error named `UserError` for anything that the caller can mend, told in one line; the signal's reason
 *   where it was aborted before training began.
 */
export async function train(source: ConfigInput | string, options: TrainOptions = {}): Promise<TrainResult> {
  const { runDir = false, onEvent, signal } = options;
  const { threads = 'auto' } = options;
  if (threads !== 'auto') checkThreads(threads);
  if (runDir === '') throw new UserError('run folder: expected a path, got ""');
  signal?.throwIfAborted();
  // The coordinator's thread starts while this one reads the configuration.
  const session = openSession();
  const stop = () => session.stop();
  const { forward, finished } = relay(onEvent);
  try {
    const { loadConfig, parseConfig } = await import('./config/load.js');
    const config =
      typeof source === 'string' ? await loadConfig(source, options.overrides) : parseConfig(source);
    const folder =
      runDir === true ? (await import('./runs/folder.js')).defaultRunDir(config.name, new Date()) : runDir;
    signal?.throwIfAborted();
    signal?.addEventListener('abort', stop, { once: true });
    const run = session.train(
      config,
      { threads, runDir: folder === false ? null : folder, version },
      forward,
    );
    const [result] = await Promise.all([run, finished]);
    return result;
  } finally {
    signal?.removeEventListener('abort', stop);
    await session.close();
  }
}

/**
 * Hands events on. `finished` resolves behind the last one, which may arrive later than the run's result: events
 * and results come through different ports. It rejects with what `onEvent` throws.
 */
function relay(onEvent: TrainOptions['onEvent']) {
  let forward = (_: TrainEvent): void => {};
  const finished = new Promise<void>((resolve, reject) => {
    forward = (event) => {
      try {
        onEvent?.(event);
        if (event.event === 'done') resolve();
      } catch (error) {
        reject(error);
      }
    };
  });
  // where the run itself fails, nobody waits for this
  finished.catch(() => {});
  return { forward, finished };
}
