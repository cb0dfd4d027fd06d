/** Text files as chunks of UTF-8: unpacked where they are gzipped, decoded by their byte-order mark or as they are said to be. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { codeOf, UserError } from '../errors.js';
import { refuseAbandoned } from '../machine/abandoned.js';
import { reasonOf } from '../machine/disk.js';
import { atWork, workWatcher } from '../machine/work.js';

export const encodings = ['utf-8', 'latin1', 'utf-16le', 'utf-16be'] as const;
export type TextEncoding = (typeof encodings)[number];

const CHUNK = 1 << 18;

/** A file whose bytes are no text in the encoding that it is said, or taken, to be in. */
export class WrongEncoding extends UserError {}

/**
 * A text file's bytes as UTF-8, without a byte-order mark, one chunk after another; a character may lie in two of them.
 * @param path `-` is standard input
 * @param encoding what it is said to be; a byte-order mark goes first; default UTF-8
 * @throws UserError where it cannot be read, and for bytes that are none of its encoding, or 0, with file and line
 */
export async function* textChunks(path: string, encoding?: TextEncoding): AsyncGenerator<Uint8Array> {
  const where = path === '-' ? 'standard input' : path;
  const file = path === '-' ? undefined : await opened(path);
  const source = file === undefined ? process.stdin : createReadStream('', file);
  const size = file === undefined || workWatcher() === undefined ? undefined : (await file.fd.stat()).size;
  yield* decoded(unpacked(counted(source, where, size)), where, encoding);
}

/** The same chunks; whoever waits for them is told how far they are. */
async function* counted(
  source: Readable,
  where: string,
  total: number | undefined,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  try {
    for await (const chunk of source) {
      done += chunk.length;
      atWork({ what: `reading ${where}`, done, ...(total && { total }), unit: 'bytes' });
      yield chunk;
    }
  } finally {
    source.destroy();
  }
}

/** @throws UserError for what is no file, pipe or device that could be read */
async function opened(path: string): Promise<{ fd: FileHandle; highWaterMark: number }> {
  try {
    const fd = await open(path, 'r');
    if (!(await fd.stat()).isDirectory()) return { fd, highWaterMark: CHUNK };
    await fd.close();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new UserError(`${path}: no such file`);
    const reason = reasonOf(error);
    throw reason === undefined ? error : new UserError(`${path}: ${reason}`);
  }
  throw new UserError(`${path}: is a folder, expected a file`);
}

/** What a gzipped stream holds; any other stream as it is. */
async function* unpacked(source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first: Uint8Array | undefined;
  const chunks = source[Symbol.asyncIterator]();
  try {
    const { value, done } = await chunks.next();
    if (done) return;
    first = value as Uint8Array;
    const isGzip = first[0] === 0x1f && first[1] === 0x8b;
    const rest = { [Symbol.asyncIterator]: () => chunks };
    if (!isGzip) {
      yield first;
      yield* rest as AsyncIterable<Uint8Array>;
      return;
    }
    const gunzip = createGunzip({ chunkSize: CHUNK });
    const feeding = feed(first, rest as AsyncIterable<Uint8Array>, gunzip);
    feeding.catch((error) => gunzip.destroy(error as Error));
    yield* gunzip as AsyncIterable<Uint8Array>;
    await feeding;
  } finally {
    await source.return(undefined);
  }
}

async function feed(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
  into: NodeJS.WritableStream,
): Promise<void> {
  const write = (chunk: Uint8Array) =>
    into.write(chunk) ? undefined : new Promise((resolve) => into.once('drain', resolve));
  await write(first);
  for await (const chunk of rest) await write(chunk);
  into.end();
}

const marks: readonly { readonly bytes: readonly number[]; readonly encoding: TextEncoding }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
];

async function* decoded(
  chunks: AsyncIterable<Uint8Array>,
  where: string,
  given: TextEncoding | undefined,
): AsyncGenerator<Uint8Array> {
  let encoding = given;
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let begun = false;
  let lines = 1;
  /** Of UTF-8: the bytes of a character that the next chunk ends. */
  let rest: Uint8Array = new Uint8Array();
  const encoder = new TextEncoder();
  try {
    for await (const chunk of chunks) {
      refuseAbandoned();
      let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      rest = new Uint8Array();
      if (!begun) {
        const mark = marks.find((one) => one.bytes.every((byte, k) => bytes[k] === byte));
        if (mark) {
          encoding = mark.encoding;
          bytes = bytes.subarray(mark.bytes.length);
        }
        encoding ??= 'utf-8';
        if (encoding !== 'utf-8') decoder = new TextDecoder(encoding, { fatal: true });
        begun = true;
      }
      if (decoder) bytes = encoder.encode(decoder.decode(bytes, { stream: true }));
      else {
        const end = wholeCharacters(bytes);
        rest = bytes.slice(end);
        bytes = bytes.subarray(0, end);
      }
      const zero = bytes.indexOf(0);
      if (zero >= 0) {
        throw new WrongEncoding(
          `${where}:${lines + newlines(bytes.subarray(0, zero))}: expected text, got a byte 0; ` +
            'if the file is UTF-16, set data.encoding: utf-16le (or utf-16be)',
        );
      }
      if (!decoder && !isUtf8(bytes)) throw notUtf8(where, lines, bytes);
      lines += newlines(bytes);
      if (bytes.length > 0) yield bytes;
    }
    if (rest.length > 0) throw notUtf8(where, lines, rest);
    decoder?.decode();
  } catch (error) {
    throw readable(error, where, encoding);
  }
}

function notUtf8(where: string, lines: number, bytes: Uint8Array): WrongEncoding {
  let [low, high] = [0, bytes.length];
  // The longest beginning that is whole UTF-8, to within a character.
  while (high - low > 4) {
    const middle = (low + high) >> 1;
    if (isUtf8(bytes.subarray(0, middle - tail(bytes.subarray(0, middle))))) low = middle;
    else high = middle;
  }
  return new WrongEncoding(
    `${where}:${lines + newlines(bytes.subarray(0, low))}: expected UTF-8, got other bytes; if the file is Latin-1 ` +
      '(or Windows-1252), set data.encoding: latin1',
  );
}

function readable(error: unknown, where: string, encoding: TextEncoding | undefined): unknown {
  if (error instanceof UserError) return error;
  const code = codeOf(error);
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return new WrongEncoding(`${where}: expected ${encoding}, got bytes that are none`);
  }
  if (code?.startsWith('Z_')) return new UserError(`${where}: is damaged: ${(error as Error).message}`);
  const reason = reasonOf(error);
  return reason === undefined ? error : new UserError(`${where}: ${reason}`);
}

/** Where the last character that is whole ends. */
function wholeCharacters(bytes: Uint8Array): number {
  return bytes.length - tail(bytes);
}

/** Bytes at the end that begin a character of UTF-8 and do not end it. */
function tail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

function newlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
