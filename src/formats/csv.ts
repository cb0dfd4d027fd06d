/**
 * CSV as RFC 4180 has it, and TSV and the like with another delimiter: every record with its fields, strictly. Quoted
 * line breaks are part of their field; lines end with CRLF, LF or CR, mixed or not.
 */
import { isAscii } from 'node:buffer';
import { type Options, Parser } from 'csv-parse';
import { UserError } from '../errors.js';
import { PlainText } from './plain-text.js';
import { type TextEncoding, textChunks } from './text-file.js';

export interface CsvOptions {
  /** One character; default a comma. */
  readonly delimiter?: string;
  readonly encoding?: TextEncoding;
  /** Whether spaces around fields go; those within quotes stay. */
  readonly trim?: boolean;
  /** Whether all records are left to csv-parse, which sees the same in them more slowly: tests compare. */
  readonly parserAlone?: boolean;
  /** Whether records of another length are handed on too, and empty lines between others, as one empty field. */
  readonly ragged?: boolean;
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
  const { delimiter = ',', trim = false, ragged = false } = options;
  let fields = 0;
  /** The first empty line after the last record. */
  let empty = 0;
  let empties = 0;
  /** The line that the last record ended in. */
  let last = 0;
  const take = (record: string[], line: number): boolean => {
    last = line;
    const isEmpty = record.length === 1 && record[0] === '';
    if (isEmpty && fields !== 1) {
      empty ||= line;
      empties++;
      return true;
    }
    const isFirst = fields === 0;
    if (isFirst) fields = record.length;
    if (ragged && !isFirst) {
      for (let k = 0; k < empties; k++) if (use([''], empty + k) === enough) return false;
      [empty, empties] = [0, 0];
    } else if (empty > 0) {
      throw new UserError(`${where}:${empty}: expected ${fields} fields, got an empty line`);
    } else if (record.length !== fields) {
      throw new UserError(`${where}:${line}: ${otherLength(record.length, fields)}`);
    }
    return use(record, line) !== enough;
  };
  const plain = new PlainText(delimiter, trim, take);
  /** From the first record on whose quotes are unusual, whatever comes. */
  const parserOfRest = () => new QuotedText(delimiter, trim, plain.line, take);
  let quoted = options.parserAlone ? parserOfRest() : undefined;
  try {
    for await (const chunk of textChunks(path, options.encoding)) {
      if (quoted !== undefined) {
        if (!(await quoted.push(chunk))) return;
      } else {
        if (!plain.push(textOf(chunk))) return;
        if (plain.unusual) {
          quoted = parserOfRest();
          if (!(await quoted.push(Buffer.from(plain.rest)))) return;
        } else if (plain.rest.length > MOST_RECORD) throw tooLong(where, plain.line);
      }
      await pause?.();
    }
    if (quoted === undefined) {
      plain.end();
      if (plain.unusual) {
        quoted = parserOfRest();
        await quoted.push(Buffer.from(plain.rest));
      }
    }
    await quoted?.end();
    await pause?.();
  } catch (error) {
    throw wrongText(error, where, delimiter, plain.line - (quoted?.doubled ?? 0), last + 1);
  } finally {
    quoted?.destroy();
  }
}

const RETURN = 0x0d;

/** Whole characters of UTF-8 as text. */
function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  const bytes = Buffer.from(buffer, byteOffset, length);
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
}

/** The parser of text whose quotes may be anything, as `PlainText` is used. */
class QuotedText {
  readonly #parser: RecordParser;
  #written = 0;

  constructor(
    delimiter: string,
    trim: boolean,
    line: number,
    take: (fields: string[], line: number) => boolean,
  ) {
    this.#parser = new RecordParser(
      {
        delimiter,
        record_delimiter: ['\r\n', '\n', '\r'],
        relax_column_count: true,
        trim,
      },
      line - 1,
      take,
    );
    // Errors reach whoever has written.
    this.#parser.on('error', () => {});
  }

  get doubled(): number {
    return this.#parser.doubled;
  }

  async push(chunk: Uint8Array): Promise<boolean> {
    this.#written += chunk.length;
    this.#parser.hasReturns ||= chunk.includes(RETURN);
    await new Promise<void>((resolve, reject) =>
      this.#parser.write(chunk, (error) => (error ? reject(error) : resolve())),
    );
    // Its own limit takes a look at every byte.
    if (this.#written - this.#parser.taken > MOST_RECORD + chunk.length) {
      throw Object.assign(new Error(), { code: 'CSV_MAX_RECORD_SIZE', lines: this.#parser.info.lines });
    }
    return this.#parser.going;
  }

  async end(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#parser.once('error', reject);
      this.#parser.end(resolve);
    });
  }

  destroy(): void {
    this.#parser.destroy();
  }
}

/** Hands on records as it has them: to call `on_record` with all that there is to know takes as long as the parsing. */
class RecordParser extends Parser {
  going = true;
  /** Whether its text has a carriage return. */
  hasReturns = false;
  /** Lines that it has counted twice: a line end of two characters within quotes is two to it. */
  doubled = 0;
  /** Bytes that records were in so far. */
  taken = 0;
  readonly #before: number;
  readonly #take: (fields: string[], line: number) => boolean;

  /** @param before lines before its text */
  constructor(options: Options, before: number, take: (fields: string[], line: number) => boolean) {
    super(options);
    this.#before = before;
    this.#take = take;
  }

  /** Where the parser leaves a record; null is its end. */
  override push(record: string[] | null): boolean {
    if (record === null) return super.push(null);
    this.taken = this.info.bytes;
    if (!this.going) return true;
    if (this.hasReturns) for (const field of record) this.doubled += field.split('\r\n').length - 1;
    this.going = this.#take(record, this.#before + this.info.lines - this.doubled);
    return true;
  }
}

/** What is wrong with a record of so many fields, in words. */
export const otherLength = (got: number, expected: number): string =>
  `expected ${expected} fields as in the first line, got ${got}; a field that holds the delimiter must be in quotes`;

/** What the parser has to say, in our words. */
function wrongText(error: unknown, where: string, delimiter: string, begun: number, record: number): unknown {
  const { code, lines = 1 } = error as { code?: string; lines?: number };
  const line = begun - 1 + lines;
  const at = `${where}:${line}`;
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
      // The end of the file says nothing of where that is.
      return new UserError(`${where}:${record}: a quote is opened and never closed`);
    case 'CSV_MAX_RECORD_SIZE':
      return tooLong(where, line);
    default:
      return error;
  }
}

function tooLong(where: string, line: number): UserError {
  return new UserError(
    `${where}:${line}: a record of more than ${MOST_RECORD} characters; is a quote opened and never closed?`,
  );
}
