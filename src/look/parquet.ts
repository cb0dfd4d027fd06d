/** A look at a Parquet file: its types are in it, so that nothing has to be said of how it is written. */
import { parquetReader } from '../data/table/parquet-reader.js';
import type { LookFormat } from './looked.js';

export const parquetFormat: LookFormat = {
  endings: ['.parquet', '.pq'],
  look: async (path) => ({ family: 'parquet', findings: [], reader: await parquetReader(path), point: '.' }),
};
