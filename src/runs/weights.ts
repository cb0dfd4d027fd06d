/** The file of the weights that a run leaves: `weights.safetensors`, the best ones, and in its metadata what they came of. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { codeOf, UserError } from '../errors.js';
import { type Disk, unreadable } from '../machine/disk.js';
import { followLatest } from './latest.js';

/** Names what the metadata holds: `bestHash` of these weights, `best`, `weightsHash` of the last ones, `run`. */
export const WEIGHTS_FORMAT = 'gradpool-weights-2';

/** SHA-256 over the bytes of one array after another. */
export function bytesHash(...arrays: readonly ArrayBufferView[]): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of arrays) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return `sha256:${hash.digest('hex')}`;
}

/** The file of the weights that a run left. */
export const WEIGHTS_FILE = 'weights.safetensors';

/**
 * The file of weights that somebody means by a run's folder, `runs/latest`, or the file itself.
 * @throws UserError where there is none
 */
export async function weightsPath(disk: Disk, given: string): Promise<string> {
  const path = await followLatest(disk, given);
  const isFolder = async (at: string): Promise<boolean | undefined> => {
    try {
      return (await disk.stat(at)).isDirectory();
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw unreadable(at, error);
    }
  };
  const found = await isFolder(path);
  if (found === undefined) throw new UserError(`${path}: no such file or folder`);
  if (!found) return path;
  const file = join(path, WEIGHTS_FILE);
  if ((await isFolder(file)) === undefined) {
    throw new UserError(`${path}: holds no finished run (no ${WEIGHTS_FILE})`);
  }
  return file;
}
