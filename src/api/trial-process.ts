/**
 * A process that trains trials of a sweep, one after another, as its parent tells it: what crashes in a trial ends this
 * process and no other. It ends with its parent, however that ends.
 */
import { Diverged, isUserError, RunFailure } from '../errors.js';
import type { TrainEvent } from '../events.js';
import { runTrial, type TrialOrder } from './trial.js';

export type ToTrial = { readonly order: TrialOrder } | { readonly stop: true };

/**
 * How a trial's run came to its end. `ended`: as far as it was to go, or it was stopped: its folder tells. `invalid`: it could
 * not begin. `failed`: something that is not the trial's fault, or a bug.
 */
export type TrialEnd =
  | { readonly kind: 'ended' | 'stopped' }
  | {
      readonly kind: 'diverged' | 'invalid' | 'failed';
      readonly message: string;
      readonly mendable?: boolean;
    };

export type FromTrial = { readonly event: TrainEvent } | { readonly end: TrialEnd };

let stop: AbortController | undefined;

const tell = (message: FromTrial) => process.send?.(message);

async function perform(order: TrialOrder): Promise<TrialEnd> {
  const controller = new AbortController();
  stop = controller;
  let resumed = false;
  let begun = false;
  const onEvent = (event: TrainEvent) => {
    begun ||= event.event === 'start';
    resumed ||= event.event === 'resume';
    if (['start', 'resume', 'progress', 'epoch', 'done'].includes(event.event)) tell({ event });
  };
  try {
    await runTrial(order, onEvent, controller.signal);
    return { kind: controller.signal.aborted ? 'stopped' : 'ended' };
  } catch (error) {
    if (controller.signal.aborted && error === controller.signal.reason) return { kind: 'stopped' };
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof Diverged) return { kind: 'diverged', message };
    if (isUserError(error)) return { kind: begun || resumed ? 'failed' : 'invalid', message, mendable: true };
    const stack = error instanceof Error && !(error instanceof RunFailure) ? error.stack : undefined;
    return { kind: 'failed', message: stack ?? message };
  } finally {
    stop = undefined;
  }
}

/** Makes this process one that trains what its parent tells it. */
export function serveTrials(): void {
  process.on('message', (message: ToTrial) => {
    if ('stop' in message) stop?.abort(new Error('stopped'));
    else perform(message.order).then((end) => tell({ end }));
  });
  process.on('disconnect', () => process.exit());
  // Ctrl-C reaches every process at the terminal: the parent decides what comes of it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
}
