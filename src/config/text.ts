/** The text of a small file that a user named. */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { shortened, UserError } from '../errors.js';
import { aboutHome } from './home.js';
import { suggestion } from './wording.js';
import { lineAndColumn, maxBytes } from './yaml.js';

const reasons: Record<string, string> = {
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
};

/**
 * The text of a file in UTF-8, of at most `maxBytes`. Waits for nothing but a disk: a pipe or a device is refused.
 * `-` is standard input, which is waited for, but not where it is a terminal.
 * @throws UserError in one line, with the names of files that may have been meant where there is no such file.
 */
export async function readText(file: string): Promise<string> {
  if (file === '-') return readStream(process.stdin);
  const fail = (what: string): never => {
    throw new UserError(`${shortened(file, 1000) || '""'}: ${what}`);
  };
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await handle.stat();
    if (stat.isDirectory()) fail('is a folder, expected a configuration file');
    if (!stat.isFile()) fail('is not a regular file, expected a configuration file, or - for standard input');
    const bytes = await firstBytes(handle, maxBytes + 1);
    if (bytes.length > maxBytes) fail(tooLong);
    return decoded(bytes, fail);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return fail(aboutHome(file) ?? `no such file${await meantFiles(file)}`);
    return fail(reasons[code] ?? `cannot be read (${code || message})`);
  } finally {
    await handle?.close();
  }
}

const tooLong = `expected at most ${maxBytes / 1024} KiB, got more`;

/** All of a stream, which ends the process's reading of it. */
async function readStream(stream: NodeJS.ReadStream): Promise<string> {
  const fail = (what: string): never => {
    throw new UserError(`standard input: ${what}`);
  };
  if (stream.isTTY) {
    fail(
      'is a terminal, expected a configuration from a file or a pipe, e.g. gradpool train - < config.yaml',
    );
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) fail(tooLong);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    return fail(`cannot be read (${code || message})`);
  }
  return decoded(Buffer.concat(chunks), fail);
}

async function firstBytes(handle: FileHandle, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  for (;;) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, filled);
    filled += bytesRead;
    if (bytesRead === 0 || filled === length) return bytes.subarray(0, filled);
  }
}

function decoded(bytes: Uint8Array, fail: (what: string) => never): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const readable = new TextDecoder().decode(bytes);
    return fail(
      `expected UTF-8 text, got other bytes at ${lineAndColumn(readable, readable.indexOf('\ufffd'))}`,
    );
  }
}

/** `; did you mean config/mnist.yaml?`: YAML files in the same folder or in `config/` with much the same name. */
async function meantFiles(file: string): Promise<string> {
  const { name } = parse(file);
  if (name === '') return '';
  const folders = [...new Set([dirname(file), 'config'])];
  const near = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder).catch(() => []);
      return entries
        .filter((entry) => /\.ya?ml$/.test(entry) && suggestion(name, [parse(entry).name]) !== '')
        .map((entry) => shortened(join(folder, entry), 200));
    }),
  );
  const found = near.flat().slice(0, 3);
  return found.length > 0 ? `; did you mean ${found.join(' or ')}?` : '';
}
