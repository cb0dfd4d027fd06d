/**
 * What the data of a sweep are known by: the files that its base reads. Figures of trials are only compared where all of
 * them have learned from the same ones. What a trial makes of them, its precision too, is no part of it.
 */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Config } from '../config/schema.js';
import { UserError } from '../errors.js';
import { isMapping } from '../formats/json.js';
import { type FileIdentity, identify } from '../machine/identity.js';
import { dataPaths } from '../runs/provenance.js';

/** Of a folder with more files their names and sizes are taken, in place of what is in them. */
const MOST_FILES = 64;

export interface DataFiles {
  /** Hashes by the keys of the configuration that name files: `data.path`. */
  readonly hashes: Readonly<Record<string, string>>;
  /** @throws UserError where a file is not any more what it was when it was hashed */
  check(): Promise<void>;
}

/** Hashes the files that a configuration names. What cannot be read has no hash: whoever opens the data says why. */
export async function dataFilesOf(config: Config): Promise<DataFiles> {
  const hashes: Record<string, string> = {};
  const known: { path: string; identity: FileIdentity }[] = [];
  for (const key of new Set(dataPaths)) {
    const path = valueAt(config, key.split('.'));
    if (typeof path !== 'string') continue;
    const found = await identitiesAt(path).catch(() => undefined);
    if (found === undefined) continue;
    hashes[key] = found.hash;
    known.push(...found.files);
  }
  return {
    hashes,
    async check() {
      for (const one of known) {
        if (await one.identity.unchanged()) continue;
        const now = await identify(one.path).catch(() => undefined);
        if (now?.hash !== one.identity.hash) {
          throw new UserError(
            `${one.path}: has changed since the sweep began, and figures of trials with other data cannot be compared; put ` +
              'back what was there and go on, or give the sweep a name of its own (name: …)',
          );
        }
        one.identity = now;
      }
    },
  };
}

async function identitiesAt(path: string) {
  const whole = await stat(path);
  if (!whole.isDirectory()) {
    const identity = await identify(path);
    return identity && { hash: identity.hash, files: [{ path, identity }] };
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => join(parentPath, name));
  const files: { path: string; identity: FileIdentity }[] = [];
  const hash = createHash('sha256');
  for (const each of paths.sort()) {
    const identity = paths.length <= MOST_FILES ? await identify(each) : undefined;
    if (identity) files.push({ path: each, identity });
    hash.update(JSON.stringify([relative(path, each), identity?.hash ?? (await stat(each)).size]));
  }
  return { hash: hash.digest('hex'), files };
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((at, key) => (isMapping(at) ? at[key] : undefined), value);
}
