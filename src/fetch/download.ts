/**
 * A file fetched so that its name stands for all of it or for nothing: it grows as `<name>.part`, from where an earlier
 * try left off, is held against its hash, and only then gets its name.
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { codeOf, UserError } from '../errors.js';
import { type Disk, reasonOf, syncFolder, writeAll } from '../machine/disk.js';
import type { WantedFile } from './sets.js';
import { type Answer, ask, Cut } from './transfer.js';

export interface Download {
  readonly url: string;
  /** Where it is to be. */
  readonly path: string;
  readonly wanted: WantedFile;
}

export interface DownloadContext {
  readonly disk: Disk;
  readonly signal?: AbortSignal;
  /** @param total undefined where the server does not say */
  progress(done: number, total: number | undefined): void;
  /** Milliseconds before the second try; doubled before each other. */
  readonly pause?: number;
  /** Milliseconds that a server may send nothing. */
  readonly quiet?: number;
}

/** Tries in a row that bring nothing. */
const MOST_TRIES = 4;
/** What is no gzip may be so much larger than what it holds. */
const SLACK = 1 << 16;

/**
 * @returns whether it was fetched, or was there already
 * @throws UserError where it is not to be had, is another file, or cannot be written; the signal's reason. What has
 *   arrived by then stays as `<name>.part`, unless it is wrong.
 */
export async function download(file: Download, context: DownloadContext): Promise<'fetched' | 'there'> {
  const { path, wanted, url } = file;
  const { disk } = context;
  const part = `${path}.part`;
  if (await exists(disk, path)) {
    const found = await contentOf(path, wanted.bytes);
    if (found.sha256 === wanted.sha256) return 'there';
    throw new UserError(
      `${path}: is there, and is another file than expected (SHA-256 ${wanted.sha256}, got ${found.sha256}); ` +
        'remove it, or name another folder with --to',
    );
  }
  try {
    for (let again = false; ; again = true) {
      const begun = await sizeOf(disk, part);
      await arrive(file, part, context);
      const found = await contentOf(part, wanted.bytes);
      if (found.sha256 === wanted.sha256) break;
      await disk.unlink(part);
      // What an earlier try left may have been of another file: once more, from the beginning.
      if (begun > 0 && !again) continue;
      throw new UserError(
        `${url}: is not the file that was expected: SHA-256 of its content ${found.sha256}, expected ` +
          `${wanted.sha256}; nothing was kept; try another mirror`,
      );
    }
    await disk.rename(part, path);
    await syncFolder(disk, dirname(path));
    return 'fetched';
  } catch (error) {
    if (error instanceof UserError || context.signal?.aborted) throw error;
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new UserError(
      `${part}: cannot be written (${reason}); what has arrived is kept: the same command goes on from there`,
    );
  }
}

/** Has the part grow to its end, with several tries. */
async function arrive(file: Download, part: string, context: DownloadContext): Promise<void> {
  const { disk, signal, pause = 500, quiet } = context;
  let most = await sizeOf(disk, part);
  for (let tries = 1; ; tries++) {
    const before = await sizeOf(disk, part);
    try {
      signal?.throwIfAborted();
      const answer = await ask(file.url, before, signal, quiet);
      // No bytes beyond those that are there: all of them, or too many, which the hash tells.
      if (answer === undefined) return;
      await received(file, part, answer, context);
      return;
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
      const now = await sizeOf(disk, part);
      // A server without ranges begins anew each time: only what is more than ever before is a step forward.
      if (now > most) tries = 1;
      most = Math.max(most, now);
      if (tries >= MOST_TRIES) {
        const kept = now > 0 ? `; ${now} bytes are kept: the same command goes on from there` : '';
        throw new UserError(`${file.url}: ${error.message}, in ${MOST_TRIES} tries${kept}`);
      }
      await sleep(pause * 2 ** (tries - 1), undefined, { signal }).catch(() => {
        throw signal?.reason;
      });
    }
  }
}

async function received(
  { url, wanted }: Download,
  part: string,
  { from, total, body }: Answer,
  { disk, progress }: DownloadContext,
): Promise<void> {
  const most = wanted.bytes + SLACK;
  const tooLarge = () =>
    new UserError(`${url}: expected a file of at most ${most} bytes, got a larger one; try another mirror`);
  if ((total ?? 0) > most) throw tooLarge();
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW = 0 } = constants;
  const handle = await disk.open(part, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW);
  try {
    if (from === 0) await handle.truncate(0);
    let done = from;
    for await (const chunk of body) {
      done += chunk.length;
      if (done > most) throw tooLarge();
      await writeAll(handle, chunk);
      progress(done, total);
    }
    if (total !== undefined && done < total)
      throw new Cut(`the connection was cut after ${done} of ${total} bytes`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** SHA-256 of what a file holds, unpacked where it is gzipped; it is not read beyond so many bytes. */
async function contentOf(path: string, most: number): Promise<{ sha256: string }> {
  const hash = createHash('sha256');
  const source = createReadStream(path);
  const content = (await isGzip(path)) ? pipeline(source, createGunzip(), () => {}) : source;
  let bytes = 0;
  try {
    for await (const chunk of content as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > most) return { sha256: `of more than ${most} bytes` };
      hash.update(chunk);
    }
    return { sha256: hash.digest('hex') };
  } catch (error) {
    if (codeOf(error)?.startsWith('Z_')) return { sha256: 'of a damaged file' };
    throw error;
  } finally {
    source.destroy();
  }
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

const exists = (disk: Disk, path: string) =>
  disk.lstat(path).then(
    () => true,
    () => false,
  );

async function sizeOf(disk: Disk, path: string): Promise<number> {
  try {
    return (await disk.stat(path)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}
