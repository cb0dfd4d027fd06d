/** One run in a coordinator thread of its own, from the caller's side. */
import type { Config } from '../config/schema.js';
import { checkThreads } from '../machine/cores.js';
import type { RunOptions, TrainEvent, TrainResult } from '../protocol.js';
import { checkpointSteps } from '../runs/checkpoints.js';
import { realDisk } from '../runs/disk.js';
import { forgetLock } from '../runs/lock.js';
import { resumeCommand } from '../runs/resume-command.js';
import { openSession } from './session.js';

/** What every run may be told, whatever it is for. */
export interface RunSettings {
  /**
   * Worker threads, 1 to 256, or `auto`, the default: as many as pay, up to the cores that this process may use. Does
   * not change the result.
   */
  threads?: number | 'auto';
  /** Called with each event of the run, in order, on the calling thread. What it throws ends the run at once. */
  onEvent?: (event: TrainEvent) => void;
  /** Ends the run after its current minibatch; what was learned by then is the result, `stopped` is true. */
  signal?: AbortSignal;
}

/** What is to be run, once it is known. */
export interface Plan {
  readonly config: Config;
  readonly options: Omit<RunOptions, 'threads'>;
}

/**
 * Runs what `prepare` comes to, whose work the start of the coordinator's thread does not wait for.
 * @throws an Error named `UserError` for anything that the caller can mend; one named `RunFailure` where workers fail
 *   again and again, or the coordinator dies; the signal's reason where it was aborted before training began.
 */
export async function runPlan(settings: RunSettings, prepare: () => Promise<Plan>): Promise<TrainResult> {
  const { threads = 'auto', onEvent, signal } = settings;
  if (threads !== 'auto') checkThreads(threads);
  signal?.throwIfAborted();
  const session = openSession();
  const stop = () => session.stop();
  const { forward, finished } = relay(onEvent);
  let run: Promise<TrainResult> | undefined;
  try {
    const { config, options } = await prepare();
    signal?.throwIfAborted();
    signal?.addEventListener('abort', stop, { once: true });
    run = session.train(config, { ...options, threads }, forward).catch(async (error) => {
      throw session.died() ? await deathOf(error, options.runDir) : error;
    });
    const [result] = await Promise.all([run, finished]);
    return result;
  } finally {
    signal?.removeEventListener('abort', stop);
    await session.close();
    // Where `onEvent` threw, the thread ended in the middle: its lock goes before the caller hears of it.
    await run?.catch(() => {});
  }
}

/** What the death of the coordinator's thread leaves: its lock, which goes, and its checkpoints, which stay. */
async function deathOf(cause: Error, runDir: string | null): Promise<Error> {
  let kept = 'nothing was written';
  if (runDir !== null) {
    await forgetLock(realDisk, runDir);
    const [newest] = await checkpointSteps(realDisk, runDir).catch(() => []);
    kept = newest === undefined ? 'no checkpoint stands' : `the checkpoint of step ${newest} is kept`;
    kept += `; ${resumeCommand(runDir)}`;
  }
  const error = new Error(`${cause.message}; ${kept}`, { cause });
  error.name = 'RunFailure';
  return error;
}

/**
 * Hands events on. `finished` resolves after the last one, which may arrive later than the run's result: events
 * and results come through different ports. It rejects with what `onEvent` throws.
 */
function relay(onEvent: RunSettings['onEvent']) {
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
