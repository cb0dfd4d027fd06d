/**
 * CSV as RFC 4180 has it, and TSV and the like with another delimiter: every record with its fields, strictly. Quoted
 * line breaks are part of their field; lines end with CRLF, LF or CR, mixed or not.
 */
import { parse } from 'csv-parse';
import { UserError } from '../errors.js';
import { type TextEncoding, textChunks } from './text-file.js';

export interface CsvOptions {
  /** One character; default a comma. */
  readonly delimiter?: string;
  readonly encoding?: TextEncoding;
  /** Whether spaces around fields go; those within quotes stay. */
  readonly trim?: boolean;
}

/** Most characters of a record: a quote that is never closed does not fill memory. */
const MOST_RECORD = 1 << 24;

/** What ends the reading where somebody has seen enough. */
export const enough = Symbol('enough');

/**
 * Calls `use` with each record's fields and the line that it ends in, from 1 on. Records have as many fields as the
 * first one has; empty lines at the end are none.
 * @param use may return `enough`
 * @param pause what is waited for before more is read
 * @throws UserError with file and line
 */
export async function eachRecord(
  path: string,
  options: CsvOptions,
  use: (fields: string[], line: number) => typeof enough | undefined,
  pause?: () => Promise<void>,
): Promise<void> {
  const where = path === '-' ? 'standard input' : path;
  let fields = 0;
  /** The first empty line after the last record. */
  let empty = 0;
  let failure: unknown;
  let seen = false;
  const parser = parse({
    delimiter: options.delimiter ?? ',',
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    trim: options.trim ?? false,
    max_record_size: MOST_RECORD,
    on_record: (record: string[], { lines }) => {
      if (seen || failure !== undefined) return null;
      try {
        if (fields === 0 && !(record.length === 1 && record[0] === '')) fields = record.length;
        if (record.length === 1 && record[0] === '' && fields !== 1) {
          empty ||= lines;
          return null;
        }
        if (empty > 0 || record.length !== fields) throw wrongRecord(where, record, fields, lines, empty);
        seen = use(record, lines) === enough;
      } catch (error) {
        failure = error;
      }
      return null;
    },
  });
  // Every record goes to `on_record`: nothing is to be read here, and then the end comes.
  parser.resume();
  const ended = new Promise<void>((resolve, reject) => {
    parser.on('end', resolve);
    parser.on('error', reject);
  });
  ended.catch(() => {});
  try {
    for await (const chunk of textChunks(path, options.encoding)) {
      if (!parser.write(chunk)) {
        await Promise.race([ended, new Promise((resolve) => parser.once('drain', resolve))]);
      }
      if (failure !== undefined) throw failure;
      if (seen) return;
      await pause?.();
    }
    parser.end();
    await ended;
    if (failure !== undefined) throw failure;
    await pause?.();
  } catch (error) {
    throw wrongText(error, where, options.delimiter ?? ',');
  } finally {
    parser.destroy();
  }
}

function wrongRecord(
  where: string,
  record: string[],
  fields: number,
  line: number,
  empty: number,
): UserError {
  if (empty > 0) return new UserError(`${where}:${empty}: expected ${fields} fields, got an empty line`);
  return new UserError(
    `${where}:${line}: expected ${fields} fields as in the first line, got ${record.length}; a field that holds the ` +
      'delimiter must be in quotes',
  );
}

/** What the parser has to say, in our words. */
function wrongText(error: unknown, where: string, delimiter: string): unknown {
  const { code, lines } = error as { code?: string; lines?: number };
  const at = `${where}:${lines}`;
  switch (code) {
    case 'INVALID_OPENING_QUOTE':
      return new UserError(
        `${at}: a quote within a field that does not begin with one; put the field in quotes and double its own: "a ""b"" c"`,
      );
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
      return new UserError(
        `${at}: expected ${delimiter === '\t' ? 'a tab' : `"${delimiter}"`} or the line's end after a closing quote; ` +
          'double a quote that is part of the field: "a ""b"" c"',
      );
    case 'CSV_QUOTE_NOT_CLOSED':
      return new UserError(`${at}: a quote is opened and never closed`);
    case 'CSV_MAX_RECORD_SIZE':
      return new UserError(
        `${at}: a record of more than ${MOST_RECORD} characters; is a quote opened and never closed?`,
      );
    default:
      return error;
  }
}
