/** What a user can mend, told in one line. */
import { closest, distance } from 'fastest-levenshtein';
import { shortened, UserError } from './user-error.js';

export { given, isUserError, quoted, shortened, UserError } from './user-error.js';

/** A run that cannot go on: workers fail again and again, or the coordinator's thread died. Exit code 1, no stack. */
export class RunFailure extends Error {
  override name = 'RunFailure';
}

/**
 * A run whose numbers are not finite any more. What it needs is another configuration. Its own name brings it through
 * threads; to a caller it is a UserError by name too.
 */
export class Diverged extends UserError {
  override name = 'Diverged';
}

/** What another of several hosts tells its user: here it is the end of the run, without a word. */
export class ElsewhereTold extends UserError {
  override name = 'ElsewhereTold';
}

const classes: Readonly<Record<string, new (message: string, options?: ErrorOptions) => Error>> = {
  UserError,
  RunFailure,
  Diverged,
  ElsewhereTold,
};

/** What is left of an error in another thread. */
export interface ErrorParts {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** What `revived` makes the error of again: structured cloning keeps neither its class nor its name. */
export function portable(error: unknown): unknown {
  if (!(error instanceof Error && error.name in classes)) return error;
  const { name, message, stack } = error;
  return { name, message, stack } satisfies ErrorParts;
}

/** An error of another thread, of the class that it had there; anything else as it is. */
export function revived(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const { name, message, stack } = error as ErrorParts;
  const Class = Object.hasOwn(classes, String(name)) ? classes[name] : undefined;
  if (Class === undefined || error instanceof Class) return error;
  const made = Object.assign(new Class(message), { stack });
  if (made instanceof UserError && !(made instanceof ElsewhereTold)) made.name = 'UserError';
  return made;
}

/** The code of an error of Node's; undefined for whatever else was thrown, `null` and `undefined` among it. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null | undefined)?.code;
}

const permissions: Readonly<Record<string, readonly [flag: string, what: string]>> = {
  FileSystemRead: ['--allow-fs-read', 'reading'],
  FileSystemWrite: ['--allow-fs-write', 'writing'],
  ChildProcess: ['--allow-child-process', 'processes, which the trials of a sweep run in'],
  WorkerThreads: ['--allow-worker', 'threads, which gradpool computes with'],
};

/** What Node's permission model has refused, with the flag that allows it; undefined for any other error. */
export function forbidden(error: unknown): string | undefined {
  if (codeOf(error) !== 'ERR_ACCESS_DENIED') return undefined;
  const { permission = '', resource = '' } = error as { permission?: string; resource?: string };
  const [flag, what] = permissions[permission] ?? ['the flag that allows it', permission];
  const path = resource === '' ? '' : `=${shortened(resource, 1000)}`;
  return `Node's permission model forbids ${what}; start Node with ${flag}${path}`;
}

/** `; did you mean "relu"?` for a word near one of the candidates, otherwise an empty string. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return '';
  const best = closest(word, candidates);
  // Two letters that changed places count as two slips, and make the usual typing error.
  const near = distance(word, best) <= Math.max(1, Math.floor(best.length / 2));
  return near ? `; did you mean "${best}"?` : '';
}
