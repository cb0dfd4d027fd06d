/** Tables in Parquet files. */
import type { Options } from '../options.js';
import type { DataFamily } from './source.js';
import { fileOptions, openFiles } from './table/files.js';
import { tableOptions } from './table/options.js';
import { tableSource } from './table/source.js';

const options = {
  ...fileOptions,
  missing: {
    type: 'texts',
    default: [],
    description: 'Texts that mean a missing value, such as NA; null, NaN and "" always do.',
  },
  ...tableOptions,
} as const satisfies Options;

/**
 * Columns have the types of the file: numbers, dates and timestamps, texts and truth values as categories. 64-bit integers
 * and decimals that float64 does not hold are texts. Nested columns are refused where they are not ignored. Columns that
 * are ignored are not read.
 */
export const parquet: DataFamily<typeof options> = {
  description: 'A table in a Parquet file.',
  options,
  async open(given, context) {
    // A configuration of other data loads no decoder of Parquet.
    const { parquetReader } = await import('./table/parquet-reader.js');
    return tableSource(
      { ...(await openFiles(given.path, parquetReader)), missing: given.missing },
      given,
      context,
    );
  },
};
