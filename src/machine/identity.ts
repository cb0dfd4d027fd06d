/** What a file is known by: its content, not its name or its time. */
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { atWork } from './work.js';

export interface FileIdentity {
  /** SHA-256 of its bytes, in hex. */
  readonly hash: string;
  readonly size: number;
  /** Whether it is still the file that was hashed, as far as the system says: not written to, not replaced. */
  unchanged(): Promise<boolean>;
}

const CHUNK = 1 << 20;

/**
 * Reads a file for its hash. Times and sizes would be quicker to compare, and can stay the same while the content does not:
 * two writes within one tick of the clock, a copy with its time kept.
 * @param least the fewest bytes that are worth it
 * @returns undefined for a smaller one and for what is no regular file @throws the system's errors
 */
export async function identify(path: string, least = 0): Promise<FileIdentity | undefined> {
  // A pipe would be waited for, and what it gives is gone then.
  const before = await stat(path, { bigint: true });
  if (!before.isFile() || before.size < least) return undefined;
  const hash = createHash('sha256');
  const handle = await open(path, 'r');
  try {
    const chunk = new Uint8Array(CHUNK);
    for (let done = 0; ; done += CHUNK) {
      atWork({
        what: `looking whether ${path} was read before`,
        done,
        total: Number(before.size),
        unit: 'bytes',
      });
      const { bytesRead } = await handle.read(chunk, 0, CHUNK);
      if (bytesRead === 0) break;
      hash.update(chunk.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
  return {
    hash: hash.digest('hex'),
    size: Number(before.size),
    async unchanged() {
      const after = await stat(path, { bigint: true }).catch(() => undefined);
      const facts = ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const;
      return after !== undefined && facts.every((fact) => after[fact] === before[fact]);
    },
  };
}
