/** Tables in CSV files, and in TSV and the like. */
import { UserError } from '../errors.js';
import { encodings } from '../formats/text-file.js';
import type { Options } from '../options.js';
import type { DataFamily } from './source.js';
import { fileOptions, openFiles, pathsIn } from './table/files.js';
import { tableOptions } from './table/options.js';
import { tableSource } from './table/source.js';

const options = {
  ...fileOptions,
  header: {
    type: 'texts',
    least: 1,
    description: 'Names of the columns, where the file does not begin with them.',
    optional: true,
  },
  delimiter: {
    type: 'choice',
    of: [',', ';', 'tab', '|'],
    description: 'What stands between fields. Default: a tab in files named .tsv, else a comma.',
    optional: true,
  },
  decimal: { type: 'choice', of: ['.', ','], default: '.', description: 'The decimal point of its numbers.' },
  encoding: {
    type: 'choice',
    of: encodings,
    description: 'How its characters are written. Default: by a byte-order mark, else UTF-8.',
    optional: true,
  },
  trim: { type: 'boolean', default: false, description: 'Whether spaces around fields go.' },
  missing: {
    type: 'texts',
    default: [],
    description: 'Fields that mean a missing value, such as NA or "?"; an empty one always does.',
  },
  ...tableOptions,
} as const satisfies Options;

/** A row is a record. Columns are told apart by name; see docs/data.md. */
export const csv: DataFamily<typeof options> = {
  description: 'A table in a CSV file, or one with another delimiter.',
  options,
  async open(given, context) {
    // A configuration of other data loads no parser of CSV.
    const { csvReader } = await import('./table/csv-reader.js');
    const { header, delimiter, encoding, trim } = given;
    const readerOf = (path: string) =>
      csvReader(path, {
        header,
        delimiter: delimiter === 'tab' ? '\t' : (delimiter ?? (/\.tsv(\.gz)?$/i.test(path) ? '\t' : ',')),
        encoding,
        trim,
      });
    const point = given.decimal;
    const tabbed = pathsIn(given.path).every((path) => /\.tsv(\.gz)?$/i.test(path));
    if (point === ',' && (delimiter ?? (tabbed ? 'tab' : ',')) === ',') {
      throw new UserError(
        'data.decimal: "," stands between fields already; set data.delimiter too, such as ";"',
      );
    }
    const { missing } = given;
    return tableSource({ ...(await openFiles(given.path, readerOf)), missing, point }, given, context);
  },
};
