/** What is to be run, before it runs. Types only. */
import type { Config } from '../config/schema.js';
import type { Disk } from '../machine/disk.js';
import type { RunOptions } from '../protocol.js';

/** What is to be run, once it is known. */
export interface Plan {
  readonly config: Config;
  readonly options: Omit<RunOptions, 'threads' | 'cwd' | 'lock' | 'cache'>;
  /** Folders that were made for the run, or will be, outermost first: those that stay empty go away again. */
  readonly folders?: readonly string[];
}

/** Where a plan is made: the disk as it is seen from where the process was when it was asked for. */
export interface Place {
  readonly cwd: string;
  readonly disk: Disk;
}
