/** What gradpool needs of the Node that it runs in: told at once where that is missing, with what is in the way. */
import { forbidden, UserError } from '../errors.js';

/** Node's permission model, which its types for version 20 do not have. */
interface Permission {
  has(scope: string, reference?: string): boolean;
}

/** @throws UserError where Node was started so that gradpool cannot compute */
export function checkEnvironment(
  permission = (process as { permission?: Permission }).permission,
  hasWebAssembly = typeof WebAssembly === 'object',
): void {
  if (!hasWebAssembly) {
    throw new UserError(
      'gradpool: expected WebAssembly, which Node lacks where it was started with --jitless; start it without',
    );
  }
  if (permission !== undefined && !permission.has('worker')) {
    const denied = { code: 'ERR_ACCESS_DENIED', permission: 'WorkerThreads' };
    throw new UserError(`gradpool: ${forbidden(denied)}`);
  }
}

/** What a call has failed with, as its caller is to hear it. */
export function asTold(error: unknown): unknown {
  const refused = forbidden(error);
  return refused === undefined ? error : new UserError(`gradpool: ${refused}`);
}
