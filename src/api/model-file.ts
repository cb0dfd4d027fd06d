/** The model that a run has left, by the run's folder or by the file. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { codeOf, shortened, UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import { type Disk, openRegular, readAt, unreadable } from '../machine/disk.js';
import { type ModelFile, readModel } from '../predict/file.js';
import { followLatest } from '../runs/latest.js';
import { checkRunDir } from '../runs/name.js';

/** Bytes of a model's file: a run's memory is at most 4 GiB. */
const MOST_BYTES = 2 ** 32;

/** The file of the weights that a path stands for: itself, or that of a run's folder. @throws UserError for neither */
export async function weightsPath(disk: Disk, given: string): Promise<string> {
  const path = await followLatest(disk, checkRunDir(given));
  try {
    if (!(await disk.stat(path)).isDirectory()) return path;
    const file = join(path, 'weights.safetensors');
    await disk.lstat(file);
    return file;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw unreadable(path, error);
    throw new UserError(
      `${path}: expected the folder of a run that has ended, or its weights.safetensors, found neither`,
    );
  }
}

/** @param given a run's folder, `runs/latest`, or a file @throws UserError where there is no model to predict with */
export async function openModel(disk: Disk, given: string): Promise<ModelFile> {
  const path = await weightsPath(disk, given);
  return readModel(await bytesOf(disk, path), shortened(path, 1000), (data) =>
    createHash('sha256').update(data).digest('hex'),
  );
}

async function bytesOf(disk: Disk, path: string): Promise<Uint8Array> {
  try {
    const { handle, size } = await openRegular(disk, path, MOST_BYTES);
    try {
      const bytes = new Uint8Array(size);
      return bytes.subarray(0, await readAt(handle, bytes, 0));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, error);
  }
}

/** The configuration that the model was trained with, as it was recorded; undefined where the file does not say. */
export function recordedRun({ metadata }: Pick<ModelFile, 'metadata'>): Record<string, unknown> | undefined {
  const run = parseJson(metadata.run ?? '');
  return isMapping(run) ? run : undefined;
}
