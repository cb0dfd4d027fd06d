/** A look at a CSV file: how its characters are written, what stands between fields, whether its first line has names. */

import { csvReader } from '../data/table/csv-reader.js';
import { UserError } from '../errors.js';
import { type CsvOptions, eachRecord, enough } from '../formats/csv.js';
import { type TextEncoding, textChunks, WrongEncoding } from '../formats/text-file.js';
import { dateOf, numberOf } from '../preprocess/cells.js';
import type { Finding, Looked, LookFormat } from './looked.js';
import { missingTokens } from './tokens.js';

const delimiters = { ',': ',', ';': ';', '\t': 'tab', '|': '|' } as const;
type Delimiter = keyof typeof delimiters;
/** Records that are looked at for their form. */
const MOST_RECORDS = 1000;

export const csvFormat: LookFormat = {
  endings: ['.csv', '.tsv', '.tab', '.txt', '.dat', '.data'],
  gzip: true,
  look,
};

async function look(path: string): Promise<Looked> {
  const encoding = await encodingOf(path);
  const { delimiter, trim, records } = await recordsOf(path, encoding);
  const usual = /\.tsv(\.gz)?$/i.test(path) ? '\t' : ',';
  const point = delimiter !== ',' && hasDecimalCommas(records) ? ',' : '.';
  const header = hasHeader(records, point)
    ? undefined
    : Array.from({ length: records[0].length }, (_, k) => `column${k + 1}`);
  const findings: Finding[] = [];
  if (header !== undefined) {
    findings.push({ key: 'header', value: header, why: 'the file has no line of names: put your own here' });
  }
  if (delimiter !== usual) findings.push({ key: 'delimiter', value: delimiters[delimiter] });
  if (point === ',') findings.push({ key: 'decimal', value: ',' });
  if (encoding !== undefined) findings.push({ key: 'encoding', value: encoding });
  if (trim) findings.push({ key: 'trim', value: true, why: 'fields have spaces around them' });
  return {
    family: 'csv',
    findings,
    reader: await csvReader(path, { header, delimiter, encoding, trim }),
    point,
  };
}

/** Undefined: UTF-8, or what a byte-order mark says. Reads the whole file: a single letter may stand at its end. */
async function encodingOf(path: string): Promise<TextEncoding | undefined> {
  try {
    await drain(path);
    return undefined;
  } catch (error) {
    if (!(error instanceof WrongEncoding)) throw error;
    // Text in UTF-16 without a mark has a zero byte for each of its Latin letters; read the other way round it is
    // Chinese, so the one with line breaks is right.
    for (const encoding of ['utf-16le', 'utf-16be'] as const) {
      const text = await drain(path, encoding).catch(() => '');
      if (/[\r\n]/.test(text) && /[,;\t|]/.test(text)) return encoding;
    }
    await drain(path, 'latin1').catch(() => {
      throw error;
    });
    return 'latin1';
  }
}

/** Reads all of a text. @returns how it begins */
async function drain(path: string, encoding?: TextEncoding): Promise<string> {
  let beginning = '';
  for await (const chunk of textChunks(path, encoding)) {
    if (beginning === '') beginning = new TextDecoder().decode(chunk);
  }
  return beginning;
}

interface Form {
  readonly delimiter: Delimiter;
  readonly trim: boolean;
  readonly records: readonly string[][];
}

/** The delimiter that cuts the first records into the most fields, as many in each. */
async function recordsOf(path: string, encoding: TextEncoding | undefined): Promise<Form> {
  let best: Form | undefined;
  let failure: unknown;
  for (const delimiter of Object.keys(delimiters) as Delimiter[]) {
    for (const trim of [false, true]) {
      try {
        const records = await firstRecords(path, { delimiter, encoding, trim });
        const form = { delimiter, trim: trim || isPadded(records), records };
        if (records[0].length > (best?.records[0].length ?? 0)) best = form;
        break;
      } catch (error) {
        // A quote after a space is one of a field only where the spaces go.
        failure ??= error;
      }
    }
  }
  // Every file is a column of whole lines; where some delimiter is there, its rows are to be right.
  if (best === undefined || (best.records[0].length === 1 && failure !== undefined)) throw failure;
  if (!best.trim) return best;
  return { ...best, records: await firstRecords(path, { delimiter: best.delimiter, encoding, trim: true }) };
}

async function firstRecords(path: string, options: CsvOptions): Promise<string[][]> {
  const records: string[][] = [];
  await eachRecord(path, options, (fields) => (records.push(fields) === MOST_RECORDS ? enough : undefined));
  if (records.length > 1) return records;
  const got =
    records.length === 0
      ? 'is empty; expected a line of column names, and rows'
      : 'expected a line of column names, and rows, got one line';
  throw new UserError(`${path}: ${got}`);
}

/** Whether some column's fields have spaces around them almost always. */
function isPadded(records: readonly string[][]): boolean {
  const rows = records.slice(1);
  return records[0].some((_, k) => {
    const padded = rows.filter((fields) => fields[k] !== fields[k].trim()).length;
    return padded > 0.9 * rows.length;
  });
}

function hasDecimalCommas(records: readonly string[][]): boolean {
  const fields = records.slice(1).flat();
  return (
    fields.some((field) => /^[+-]?\d+,\d+$/.test(field)) &&
    !fields.some((field) => /^[+-]?\d+\.\d+$/.test(field))
  );
}

/**
 * Whether the first record has names. It has none where columns of numbers have one there too; in a table of texts
 * alone, where most of its fields come again further down.
 */
function hasHeader(records: readonly string[][], point: '.' | ','): boolean {
  const [first, ...rows] = records;
  const plain = (field: string) => !Number.isNaN(numberOf(field, point)) || !Number.isNaN(dateOf(field));
  let names = 0;
  let values = 0;
  let again = 0;
  for (const [k, field] of first.entries()) {
    const cells = rows.map((fields) => fields[k]).filter((cell) => !missingTokens.has(cell) && cell !== '');
    if (cells.includes(field)) again++;
    if (cells.length === 0 || cells.filter(plain).length < 0.9 * cells.length) continue;
    if (plain(field)) values++;
    else if (field !== '' && !missingTokens.has(field)) names++;
  }
  return names + values > 0 ? names >= values : again <= first.length / 2;
}
