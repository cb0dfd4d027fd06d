/** What a subscriber is: something beside the terminal that a run's events go to, on the caller's thread. */
import type { TrainEvent } from '../events.js';
import type { Disk } from '../machine/disk.js';

export interface Subscriber {
  /** One event after another. Costs the run nothing: workers and their coordinator are other threads. */
  tell(event: TrainEvent): void;
  /** After the last event, or after the run has failed. Resolves once everything is written and closed. */
  end(): Promise<void>;
}

/** What a subscriber may know beside the events. */
export interface Context {
  /** The configuration with all defaults. */
  readonly config: unknown;
  /** As it is seen from where the process was when the run was asked for. */
  readonly disk: Disk;
  /** The run's folder, as its events name it; null: nothing is written. */
  readonly runDir: string | null;
  /** The caller's: whoever waits at the end waits no longer once it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the run after its current minibatch. */
  stop(): void;
}

/** A member of the family; its module is loaded where it is asked for. */
export interface Offer<Settings = unknown> {
  /** One line of help for its option: what it does, or for one that is there by default what is then left out. */
  readonly describe: string;
  /** Whether a run that is written to a folder has it unless told otherwise. */
  readonly byDefault: boolean;
  /** Where it ends before the run's first event, `tell` is never called. */
  open(context: Context, settings: Settings): Promise<Subscriber>;
}
