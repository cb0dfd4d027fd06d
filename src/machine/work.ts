/**
 * What this thread is at while somebody waits: for a live line at a terminal. Told only where somebody watches, in the
 * process of a command and in the threads that it has started; nothing else depends on it.
 */
export interface Work {
  /** `reading big.csv`. */
  readonly what: string;
  /** Of `total`; undefined where nobody counts. */
  readonly done?: number;
  /** Undefined: how much there is nobody knows. */
  readonly total?: number;
  readonly unit?: 'bytes' | 'rows';
}

/** The least time between two that are told. */
const EVERY_MS = 100;

let watcher: ((work: Work | undefined) => void) | undefined;
let next = 0;
let name: string | null | undefined;
let last: string | undefined;

/** @param told called with what begins or goes on, at most ten times a second, and with undefined where it is over */
export function watchWork(told: ((work: Work | undefined) => void) | undefined): void {
  watcher = told;
  next = 0;
  last = undefined;
}

/**
 * What all that is told from now on is part of: that is what is told then. @param as null: nothing is told; undefined: each
 * as it is
 */
export function renameWork(as: string | null | undefined): void {
  name = as;
}

/** Who watches, for threads that are started here. */
export function workWatcher(): typeof watcher {
  return watcher;
}

/** Says what this thread is at now; undefined: at nothing that one waits for. Costs next to nothing where nobody watches. */
export function atWork(work: Work | undefined): void {
  if (watcher === undefined || name === null) return;
  const now = performance.now();
  const what = work && (name ?? work.what);
  if (what === last && now < next) return;
  last = what;
  next = now + EVERY_MS;
  watcher(work && { ...work, what: name ?? work.what });
}
