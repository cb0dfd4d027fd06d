/** A look at a file of JSON objects, one a line: its types are in it, so that nothing has to be said of how it is written. */
import { jsonlReader } from '../data/table/jsonl-reader.js';
import type { LookFormat } from './looked.js';

export const jsonlFormat: LookFormat = {
  endings: ['.jsonl', '.ndjson', '.json'],
  gzip: true,
  look: async (path) => ({ family: 'jsonl', findings: [], reader: await jsonlReader(path), point: '.' }),
};
