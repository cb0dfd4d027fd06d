/** One run in a coordinator thread of its own, from the caller's side. */
import { RunFailure } from '../errors.js';
import { launched, refuseUntold } from '../hosts/launcher.js';
import { cacheFolder } from '../machine/cache-folder.js';
import { type Disk, removeEmpty, seenFrom } from '../machine/disk.js';
import type { RunOptions, TrainEvent, TrainResult } from '../protocol.js';
import { checkpointSteps } from '../runs/checkpoints.js';
import { forgetLock, newToken } from '../runs/lock.js';
import { resumeCommand } from '../runs/resume-command.js';
import { openSubscribers, type Subscriptions } from '../subscribers/index.js';
import type { Subscriber } from '../subscribers/subscriber.js';
import { type Call, inSession } from './call.js';
import { Member } from './hosts.js';
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
  signal,
  cache,
  subscribers: subscriptions,
};

/**
 * Runs what `prepare` comes to, whose work the start of the coordinator's thread does not wait for.
 * @throws UserError for anything that the caller can mend; RunFailure where workers fail again and again, or the
 *   coordinator dies; the signal's reason where it was aborted before training began.
 */
export function runPlan(
  settings: RunSettings,
  prepare: (place: Place) => Promise<Plan>,
): Promise<TrainResult> {
  const { threads = 'auto', nodes, onEvent, signal, cache, subscribers = {} } = settings;
  let beside: Subscriber | undefined;
  let member: Member | undefined;
  const listener = (event: TrainEvent) => {
    if (member !== undefined && member.host > 0) return undefined;
    beside?.tell(event);
    return onEvent?.(event);
  };
  if (nodes === undefined) refuseUntold(launched());
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
    signal?.throwIfAborted();
    const { tell, finished } = untilDone(call);
    const { runDir } = plan.options;
    const context = { config: plan.config, disk, runDir, signal, stop: () => session.stop() };
    const told = member === undefined || member.host === 0 ? subscribers : {};
    beside = await openSubscribers(told, runDir !== null, context);
    call.finally(async () => beside?.end());
    const lock = newToken();
    const sample = Boolean(subscribers.watch);
    const options = { ...plan.options, cwd, lock, threads, cache: cacheFolder(cache), sample };
    const run = session.train(plan.config, options, tell).catch(async (error) => {
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
function untilDone(call: Call<TrainEvent>) {
  let tell = (_: TrainEvent): void => {};
  const finished = new Promise<void>((resolve) => {
    tell = (event) => {
      // The event is the listener's from then on, to change as it likes.
      const { event: name } = event;
      if (name === 'start') call.stopBy(() => call.session.stop());
      call.tell(event);
      if (name === 'done') resolve();
    };
  });
  return { tell, finished };
}
