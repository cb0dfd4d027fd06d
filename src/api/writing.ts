/** Files that a caller has asked for: what is in the way is told in one line. */
import { dirname } from 'node:path';
import { UserError } from '../errors.js';
import { makeFolder, realDisk, reasonOf, writeDurably } from '../machine/disk.js';

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

/** Writes a text whole, in a folder that is made if need be. @throws as `writing` */
export function writeText(path: string, text: string): Promise<void> {
  return writing(path, async () => {
    await makeFolder(realDisk, dirname(path));
    await writeDurably(realDisk, path, [Buffer.from(text)]);
  });
}
