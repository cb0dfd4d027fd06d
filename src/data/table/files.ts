/** Where the files of a table are: one, or one for each part. Every family of tables in files says it in these words. */
import { UserError } from '../../errors.js';
import type { Options } from '../../options.js';
import { streamOption } from '../streaming.js';
import { type JoinedReader, joined } from './joined.js';
import type { TableReader } from './reader.js';

const file = (description: string) => ({ type: 'text', path: true, description }) as const;

export const fileOptions = {
  path: {
    type: 'either',
    description: 'The file; or files for the parts.',
    of: [
      file('The file.'),
      {
        type: 'group',
        description: 'A file for each part.',
        options: {
          train: file('Training rows.'),
          validation: { ...file('Validation rows.'), optional: true },
          test: { ...file('Test rows.'), optional: true },
        },
      },
    ],
  },
  stream: streamOption,
} as const satisfies Options;

/** A value of `path`. */
export type FilePaths =
  | string
  | { readonly train?: string; readonly validation?: string; readonly test?: string };

/** What `tableSource` takes of files: the reader, and how many of its rows are of which file, where these are parts. */
export interface OpenedFiles {
  readonly reader: TableReader;
  readonly parts?: JoinedReader['parts'];
}

/** @param open opens one file @throws UserError as `open`, and where the files have not the same columns */
export async function openFiles(
  path: unknown,
  open: (path: string) => Promise<TableReader>,
): Promise<OpenedFiles> {
  const given = path as FilePaths;
  if (typeof given === 'string') return { reader: await open(given) };
  const { train, validation, test } = given;
  if (train === undefined) throw new UserError('data.path.train: expected a file, got nothing');
  const reader = joined(
    await open(train),
    validation === undefined ? undefined : await open(validation),
    test === undefined ? undefined : await open(test),
  );
  return { reader, parts: reader.parts };
}

/** The paths themselves, for what depends on their names. */
export function pathsIn(path: unknown): string[] {
  const given = path as FilePaths;
  return typeof given === 'string' ? [given] : Object.values(given).filter((one) => one !== undefined);
}
