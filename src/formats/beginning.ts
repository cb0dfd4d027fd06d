/** The first bytes of a text file, for whoever has to see what it is before it is read. */
import { open, stat } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import { readAt } from '../machine/disk.js';

/** Bytes looked at. */
const LOOKED_AT = 4096;

/**
 * What a text begins with, unpacked where it is gzipped, without a byte-order mark; the file is read from its beginning
 * all the same afterwards. Empty where that cannot be told: of a pipe that has a name, or of what cannot be read.
 * @param path `-` is standard input
 */
export async function beginningOf(path: string): Promise<string> {
  const bytes = path === '-' ? await firstOfInput() : await firstOfFile(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return textOf(bytes);
  try {
    return textOf(gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }));
  } catch {
    return '';
  }
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function firstOfFile(path: string): Promise<Uint8Array> {
  const isFile = await stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
  const handle = isFile ? await open(path, 'r').catch(() => undefined) : undefined;
  if (handle === undefined) return new Uint8Array();
  try {
    const bytes = new Uint8Array(LOOKED_AT);
    return bytes.subarray(0, await readAt(handle, bytes, 0));
  } catch {
    return new Uint8Array();
  } finally {
    await handle.close();
  }
}

/** What comes first is put back. */
async function firstOfInput(): Promise<Uint8Array> {
  const { stdin } = process;
  for (;;) {
    const chunk = stdin.read() as Buffer | string | null;
    if (chunk !== null) {
      stdin.unshift(chunk);
      return Buffer.from(chunk as Buffer).subarray(0, LOOKED_AT);
    }
    if (stdin.readableEnded || stdin.destroyed) return new Uint8Array();
    await new Promise<void>((resolve) => {
      const events = ['readable', 'end', 'error', 'close'] as const;
      const done = () => {
        for (const event of events) stdin.off(event, done);
        resolve();
      };
      for (const event of events) stdin.on(event, done);
    });
  }
}
