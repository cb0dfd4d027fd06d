/**
 * ZIP archives (APPNOTE 6.3.10), as NPZ files are: their directory, and one member's content as it is asked for, stored or
 * deflated. Sizes and the checksum are those of the directory; what a member's own header repeats of them is not believed.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { shortened, UserError } from '../errors.js';
import { type Content, contentError, LARGEST_EXPANSION } from './content.js';

/** An open archive. */
interface Archive {
  readonly path: string;
  readonly handle: FileHandle;
  readonly size: number;
}

/** One file of an archive. */
interface Member {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Where its own header begins. */
  readonly at: number;
}

const END_BYTES = 22;
/** A comment of 65,535 bytes may follow the end record. */
const MOST_TAIL = END_BYTES + 65_535 + 20;
const MOST_DIRECTORY = 1 << 26;
const CHUNK = 1 << 18;
const STORED = 0;
const DEFLATED = 8;

/** Names of an archive's members. @throws UserError naming the file */
export function zipNames(path: string): Promise<string[]> {
  return withArchive(path, async (members) => members.map(({ name }) => name));
}

/**
 * Opens an archive, gives a member's content to `use`, and closes it.
 * @throws UserError naming the file, where it is no archive, has no such member, or is damaged; the checksum is compared
 *   once the content was read to its end
 */
export function withMember<T>(path: string, name: string, use: (content: Content) => Promise<T>): Promise<T> {
  return withArchive(path, async (members, archive) => {
    const member = members.find((one) => one.name === name);
    if (member === undefined) {
      throw new UserError(
        `${path}: has no member ${JSON.stringify(shortened(name))}; it has ${listed(members)}`,
      );
    }
    return use(await contentOf(archive, member));
  });
}

const listed = (members: readonly Member[]) =>
  members.length === 0
    ? 'none'
    : members
        .slice(0, 12)
        .map(({ name }) => shortened(name))
        .join(', ') + (members.length > 12 ? ', …' : '');

async function withArchive<T>(
  path: string,
  use: (members: Member[], archive: Archive) => Promise<T>,
): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const status = await handle.stat();
    if (!status.isFile()) throw new UserError(`${path}: expected a file, got something else`);
    const archive = { path, handle, size: status.size };
    return await use(await readDirectory(archive), archive);
  } catch (error) {
    throw contentError(path, error, 'deflated');
  } finally {
    await handle?.close();
  }
}

async function readDirectory(archive: Archive): Promise<Member[]> {
  const { path, size } = archive;
  const tail = await bytesAt(archive, Math.max(0, size - MOST_TAIL), Math.min(size, MOST_TAIL));
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== 0x0605_4b50) end--;
  if (end < 0)
    throw new UserError(
      `${path}: expected a ZIP archive (NPZ), found no directory at its end: truncated, or something else`,
    );
  let count = tail.readUInt16LE(end + 10);
  let bytes = tail.readUInt32LE(end + 12);
  let start = tail.readUInt32LE(end + 16);
  // Where a number does not fit, a record before this one has it.
  if (end >= 20 && tail.readUInt32LE(end - 20) === 0x0706_4b50) {
    const at = Number(tail.readBigUInt64LE(end - 12));
    const wide = await bytesAt(archive, at, 56);
    if (wide.readUInt32LE(0) !== 0x0606_4b50) throw damaged(path, 'its directory is not where it says');
    count = Number(wide.readBigUInt64LE(32));
    bytes = Number(wide.readBigUInt64LE(40));
    start = Number(wide.readBigUInt64LE(48));
  }
  if (bytes > MOST_DIRECTORY) throw damaged(path, `its directory declares ${bytes} bytes`);
  const directory = await bytesAt(archive, start, bytes);
  const members: Member[] = [];
  let at = 0;
  while (members.length < count) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x0201_4b50) {
      throw damaged(path, `its directory declares ${count} members and has ${members.length}`);
    }
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((k) => directory.readUInt16LE(at + k));
    const next = at + 46 + nameBytes + extraBytes + commentBytes;
    if (next > directory.length) throw damaged(path, 'its directory is cut off');
    if (directory.readUInt16LE(at + 8) & 1) throw new UserError(`${path}: is encrypted, which is not read`);
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
    const extra = directory.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes);
    const wide = wideSizes(extra);
    // Those that do not fit stand in the extra field, in this order.
    const number = (k: number) => {
      const value = directory.readUInt32LE(at + k);
      return value === 0xffff_ffff ? (wide.shift() ?? value) : value;
    };
    const size = number(24);
    const packed = number(20);
    const own = number(42);
    members.push({
      name,
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      packed,
      size,
      at: own,
    });
    at = next;
  }
  return members;
}

function wideSizes(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1 && end <= extra.length) {
      const count = Math.floor((end - at - 4) / 8);
      return Array.from({ length: count }, (_, k) => Number(extra.readBigUInt64LE(at + 4 + 8 * k)));
    }
    at = end;
  }
  return [];
}

async function contentOf(archive: Archive, member: Member): Promise<Content> {
  const { path } = archive;
  const { name, method, packed, size, at } = member;
  const own = await bytesAt(archive, at, 30);
  if (own.readUInt32LE(0) !== 0x0403_4b50) throw damaged(path, `member ${name} is not where it says`);
  const start = at + 30 + own.readUInt16LE(26) + own.readUInt16LE(28);
  if (start + packed > archive.size)
    throw damaged(path, `member ${name} ends after the file does: truncated`);
  if (method !== STORED && method !== DEFLATED) {
    throw new UserError(`${path}: member ${name} is packed by method ${method}; expected stored or deflated`);
  }
  if (method === STORED ? size !== packed : size > packed * LARGEST_EXPANSION) {
    throw damaged(path, `member ${name} declares ${size} bytes, packed in ${packed}`);
  }
  const stored = Readable.from(storedChunks(archive, start, packed));
  const source = method === STORED ? stored : inflated(stored);
  const chunks: AsyncIterator<Buffer> = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let read = 0;
  let crc = 0;
  return {
    gzipped: method === DEFLATED,
    size: method === STORED ? size : packed,
    surplus: () => 0,
    async fill(target) {
      let filled = 0;
      while (filled < target.length) {
        if (rest.length === 0) {
          const next = await chunks.next();
          if (next.done) {
            if (read !== size || crc !== member.crc) throw damaged(path, `member ${name} fails its checksum`);
            break;
          }
          rest = next.value;
          read += rest.length;
          if (read > size)
            throw damaged(path, `member ${name} is longer than the ${size} bytes that it declares`);
          crc = crc32(rest, crc);
        }
        const part = rest.subarray(0, target.length - filled);
        target.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
      }
      return filled;
    },
  };
}

function inflated(stored: Readable): Readable {
  const inflate = createInflateRaw({ chunkSize: CHUNK });
  stored.on('error', (error) => inflate.destroy(error));
  return stored.pipe(inflate);
}

async function* storedChunks(archive: Archive, start: number, length: number) {
  for (let at = 0; at < length; at += CHUNK) {
    yield await bytesAt(archive, start + at, Math.min(CHUNK, length - at));
  }
}

async function bytesAt({ path, handle, size }: Archive, start: number, length: number): Promise<Buffer> {
  if (!(start + length <= size)) throw damaged(path, 'it says that something is beyond its end');
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, start + filled);
    if (bytesRead === 0) throw damaged(path, 'it says that something is beyond its end: truncated');
    filled += bytesRead;
  }
  return bytes;
}

const damaged = (path: string, what: string) =>
  new UserError(`${path}: damaged ZIP archive: ${shortened(what, 200)}; fetch it again`);
