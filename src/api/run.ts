/** One run in a coordinator thread of its own, from the caller's side. */
import { RunFailure, UserError } from '../errors.js';
import { launched, refuseUntold } from '../hosts/launcher.js';
import { cacheFolder } from '../machine/cache-folder.js';
import { type Disk, removeEmpty, seenFrom } from '../machine/disk.js';
import type { EpochEvent, RunOptions, StepEvent, TrainEvent, TrainResult } from '../protocol.js';
import { checkpointSteps } from '../runs/checkpoints.js';
import { forgetLock, newToken } from '../runs/lock.js';
import { resumeCommand } from '../runs/resume-command.js';
import { openSubscribers, type Subscriptions } from '../subscribers/index.js';
import type { Subscriber } from '../subscribers/subscriber.js';
import { type Call, inSession } from './call.js';
import { Member } from './hosts.js';
import { Iteration } from './iteration.js';
import type { Place, Plan } from './plan.js';
import { cache, listener, signal, subscriptions, threads, wholeFrom } from './settings.js';

/** What every run may be told, whatever it is for. */
export interface RunSettings {
  /**
   * Worker threads, 1 to 256, or `auto`, the default: as many as pay, up to the cores that this process may use. Does
   * not change the result.
   */
  threads?: number | 'auto';
  /**
   * Processes that train together, one a host, this one among them: mpirun has started so many. A power of two. Host 0 alone
   * plans the run, tells its events and writes its folder; on every host the call comes to the same. Default: this process
   * trains alone.
   */
  nodes?: number;
  /**
   * Called with each event of the run, in order, on the calling thread. What it throws ends the run at once, and so
   * does a promise that it returns and that rejects; the run's result waits for such promises.
   */
  onEvent?: (event: TrainEvent) => unknown;
  /**
   * Called after each step, with its loss. The next step waits for it, and for a promise that it returns: an abort in it ends
   * the run after this very step. Does not change the result; only a run that has one pays for it. What it throws, or its
   * promise rejects with, ends the run at once. Does not go with `nodes`.
   */
  onStep?: (event: StepEvent) => unknown;
  /**
   * Called after each validation (`train.validate.every`, an epoch by default) with the event that `onEvent` is told too. The
   * run waits for it, and for a promise that it returns. Failures as of `onStep`.
   */
  onEpoch?: (event: EpochEvent) => unknown;
  /**
   * Ends the run after its current minibatch; what was learned by then is the result, `stopped` is true. Before the
   * run has begun: ends the call at once, which rejects with the signal's reason.
   */
  signal?: AbortSignal;
  /**
   * Whether tables that were read are kept, so that they are read sooner the next time, or the folder for them. Default:
   * in the folder that GRADPOOL_CACHE names, else in the user's folder for caches. Does not change the result.
   */
  cache?: boolean | string;
  /**
   * What else the events go to, by name: `report` leaves report.html in the run's folder, and is there by default where
   * there is such a folder; `watch` shows the run in a browser while it lasts. Does not change the result; what fails is
   * told by `process.emitWarning`.
   */
  subscribers?: Subscriptions;
}

/** How these are checked. */
export const runChecks = {
  threads,
  nodes: wholeFrom(1),
  onEvent: listener,
  onStep: listener,
  onEpoch: listener,
  signal,
  cache,
  subscribers: subscriptions,
};

/** A run under way: a promise of what it comes to, which is also its events, one after another. */
export interface TrainRun extends Promise<TrainResult> {
  /**
   * The events for one `for await`, begun at once. At a validation the run waits until its event was taken and the next one
   * is asked for; events of progress that nobody has taken in time are left out. Leaving the loop (`break`, or an error in
   * it) ends the run after its current minibatch, with a checkpoint where it has a folder, and waits for that; the promise
   * then has what was learned. What goes wrong is thrown in the loop.
   */
  [Symbol.asyncIterator](): AsyncIterator<TrainEvent, undefined>;
}

/**
 * Runs what `prepare` comes to, whose work the start of the coordinator's thread does not wait for.
 * @param check throws what is wrong with the settings
 * @throws UserError for anything that the caller can mend; RunFailure where workers fail again and again, or the
 *   coordinator dies; the signal's reason where it was aborted before training began. All as rejections.
 */
export function runPlan(
  settings: RunSettings,
  prepare: (place: Place) => Promise<Plan>,
  check: () => void = () => {},
): TrainRun {
  const leaving = new AbortController();
  const { signal } = leaving;
  const iteration: Iteration = new Iteration(
    () => leaving.abort(),
    () =>
      result.catch((error) => {
        // Left before there was anything to keep.
        if (error !== signal.reason) throw error;
      }),
  );
  signal.addEventListener('abort', () => iteration.letGo());
  const run = async (): Promise<TrainResult> => {
    check();
    const given = settings.signal;
    const onAbort = () => leaving.abort(given?.reason);
    if (given?.aborted) onAbort();
    given?.addEventListener('abort', onAbort, { once: true });
    try {
      return await planned(settings, prepare, signal, iteration);
    } finally {
      given?.removeEventListener('abort', onAbort);
    }
  };
  const result = run();
  result.then(
    () => iteration.end({}),
    (error) => iteration.end({ error }),
  );
  return Object.assign(result, {
    [Symbol.asyncIterator]: () => {
      // Whoever takes events is told by them what goes wrong, and need not wait for the result too.
      result.catch(() => {});
      return iteration.start();
    },
  });
}

function planned(
  settings: RunSettings,
  prepare: (place: Place) => Promise<Plan>,
  signal: AbortSignal,
  iteration: Iteration,
): Promise<TrainResult> {
  const { threads = 'auto', nodes, onEvent, onStep, onEpoch, cache, subscribers = {} } = settings;
  let beside: Subscriber | undefined;
  let member: Member | undefined;
  const isTold = () => member === undefined || member.host === 0;
  const listener = (event: TrainEvent) => {
    if (!isTold()) return undefined;
    beside?.tell(event);
    return onEvent?.(event);
  };
  if (nodes === undefined) refuseUntold(launched());
  else if (onStep) {
    throw new UserError('onStep: does not go with nodes, whose steps no host ends alone; expected onEpoch');
  }
  const result = inSession<TrainEvent, TrainResult>(listener, signal, async (call) => {
    const { session, cwd } = call;
    const disk = seenFrom(cwd);
    let folders: readonly string[] = [];
    call.finally(() => removeEmpty(disk, folders));
    member = nodes === undefined ? undefined : await Member.join(nodes);
    const own = () => prepare({ cwd, disk });
    const preparing = member ? member.planned(own) : own();
    call.finally(() => preparing.catch(() => {}));
    const plan = await preparing;
    folders = plan.folders ?? [];
    signal.throwIfAborted();
    /** @returns what the run waits for after a validation */
    const heard = (event: TrainEvent) => {
      if (!isTold()) return undefined;
      const asked = event.event === 'epoch' && onEpoch ? call.ask(() => onEpoch(event)) : undefined;
      const taken = iteration.tell(event);
      return asked && taken ? Promise.all([asked, taken]).then(() => {}) : (asked ?? taken);
    };
    const { tell, finished } = untilDone(call, heard);
    const { runDir } = plan.options;
    const context = { config: plan.config, disk, runDir, signal, stop: () => session.stop() };
    beside = await openSubscribers(isTold() ? subscribers : {}, runDir !== null, context);
    call.finally(async () => beside?.end());
    const lock = newToken();
    const sample = Boolean(subscribers.watch);
    const waits = onEpoch !== undefined || onStep !== undefined || iteration.begun;
    const options = { ...plan.options, cwd, lock, threads, cache: cacheFolder(cache), sample, waits };
    const stepped = onStep && ((event: StepEvent) => call.ask(() => onStep(event)));
    const run = session.train(plan.config, options, tell, stepped).catch(async (error) => {
      throw session.died() ? await deathOf(error, options, disk) : error;
    });
    // A thread that was ended in the middle leaves its lock.
    call.finally(() => run.catch(() => {}));
    const [result] = await Promise.all([run, finished]);
    await call.settled();
    return result;
  });
  return result
    .catch(async (error) => {
      throw member ? await member.asTold(error) : error;
    })
    .finally(() => member?.ended());
}

/** What the death of the coordinator's thread leaves: its lock, which goes, and its checkpoints, which stay. */
async function deathOf(cause: Error, { runDir, lock = '' }: RunOptions, disk: Disk): Promise<Error> {
  let kept = 'nothing was written';
  if (runDir !== null) {
    await forgetLock(disk, runDir, lock);
    const [newest] = await checkpointSteps(disk, runDir).catch(() => []);
    kept = newest === undefined ? 'no checkpoint stands' : `the checkpoint of step ${newest} is kept`;
    kept += `; ${resumeCommand(runDir)}`;
  }
  return new RunFailure(`${cause.message}; ${kept}`, { cause });
}

/**
 * Hands events on. `finished` resolves after the last one, which may arrive later than the run's result: events
 * and results come through different ports. Once the run has begun an abort is a stop, after which something is kept.
 */
function untilDone(call: Call<TrainEvent>, heard: (event: TrainEvent) => Promise<void> | undefined) {
  let tell: (event: TrainEvent) => Promise<void> | undefined = () => undefined;
  const finished = new Promise<void>((resolve) => {
    tell = (event) => {
      // The event is the listener's from then on, to change as it likes.
      const { event: name } = event;
      if (name === 'start') call.stopBy(() => call.session.stop());
      call.tell(event);
      const waiting = heard(event);
      if (name === 'done') resolve();
      return waiting;
    };
  });
  return { tell, finished };
}
