/** Files that a caller has asked for: what is in the way is told in one line. */
import { UserError } from '../errors.js';
import { reasonOf } from '../machine/disk.js';

/** @throws UserError where `work` could not write */
export async function writing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new UserError(`${path}: cannot be written (${reason})`);
  }
}
