/** Tables in files of JSON objects, one a line. */
import type { Options } from '../options.js';
import type { DataFamily } from './source.js';
import { fileOptions, openFiles } from './table/files.js';
import { jsonlReader } from './table/jsonl-reader.js';
import { tableOptions } from './table/options.js';
import { tableSource } from './table/source.js';

const options = {
  ...fileOptions,
  missing: {
    type: 'texts',
    default: [],
    description:
      'Texts that mean a missing value, such as NA; null, "" and a key that is not there always do.',
  },
  ...tableOptions,
} as const satisfies Options;

/**
 * A row is an object, a column a key. Numbers are numbers, texts are dates (ISO 8601) or categories, true and false are
 * categories. Numbers that float64 does not hold are texts. Lists and mappings are refused where they are not ignored.
 */
export const jsonl: DataFamily<typeof options> = {
  description: 'A table in a file of JSON objects, one a line, gzipped or not.',
  options,
  async open(given, context) {
    const cache = context?.cache === undefined ? undefined : { folder: context.cache };
    const readerOf = (path: string) => jsonlReader(path, cache);
    return tableSource(
      { ...(await openFiles(given.path, readerOf)), missing: given.missing },
      given,
      context,
    );
  },
};
