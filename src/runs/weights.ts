/** The file of the weights that a run leaves: `weights.safetensors`, the best ones, and in its metadata what they came of. */
import { createHash } from 'node:crypto';

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
