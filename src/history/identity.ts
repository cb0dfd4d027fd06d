/** What tells a run's data from other data: as its weights or its newest checkpoint have recorded it. */
import { join } from 'node:path';
import { codeOf, isUserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import { readMetadata } from '../formats/safetensors.js';
import type { Disk } from '../machine/disk.js';
import { checkpointPath, checkpointSteps } from '../runs/checkpoints.js';
import { WEIGHTS_FILE } from '../runs/weights.js';

/**
 * SHA-256 over the data as the run had them in memory; null where nothing says so yet.
 * @param folder the run's
 */
export async function dataHashOf(folder: string, disk: Disk): Promise<string | null> {
  const weights = await metadataIn(disk, join(folder, WEIGHTS_FILE));
  const run = parseJson(weights?.run ?? '');
  const found = hashIn(isMapping(run) ? run.data : undefined);
  if (found !== null) return found;
  const steps = await checkpointSteps(disk, folder).catch(() => []);
  for (const step of steps) {
    const metadata = await metadataIn(disk, checkpointPath(folder, step));
    const hash = hashIn(parseJson(metadata?.data ?? ''));
    if (hash !== null) return hash;
  }
  return null;
}

function hashIn(data: unknown): string | null {
  return isMapping(data) && typeof data.sha256 === 'string' ? data.sha256 : null;
}

/** Undefined where there is no such file, or one that is damaged: then it says nothing. */
async function metadataIn(disk: Disk, path: string): Promise<Readonly<Record<string, string>> | undefined> {
  return readMetadata(disk, path).catch((error) => {
    if (isUserError(error) || codeOf(error) !== undefined) return undefined;
    throw error;
  });
}
