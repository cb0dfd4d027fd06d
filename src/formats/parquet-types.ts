/** What Parquet's types become: which columns can be columns of a table, and how their values arrive. */
import type { ParquetParsers, SchemaTree } from 'hyparquet/src/types.js';

/** A column at the top of the schema. */
export interface ParquetColumn {
  readonly name: string;
  /**
   * How its values arrive. value: numbers, bigints, texts, true and false. date: milliseconds since 1970. decimal:
   * numbers, bigints or big-endian bytes, which are `scale` decimal places too large.
   */
  readonly kind: 'value' | 'date' | 'decimal';
  readonly scale: number;
  /** Whether rows may lack a value. */
  readonly optional: boolean;
  /** Why it can be no column of a table: what it is; undefined: it can. */
  readonly refused?: string;
}

/** So many decimal digits a float64 holds exactly, and hyparquet rounds to it once. */
const EXACT_DIGITS = 15;

/** What an element of the schema is; it may be changed so that more of it is decoded exactly. */
export function prepare({ element, children }: SchemaTree): ParquetColumn {
  const { name, type, repetition_type, converted_type, logical_type } = element;
  const plain = { name, kind: 'value', scale: 0, optional: repetition_type !== 'REQUIRED' } as const;
  const refused = (what: string) => ({ ...plain, refused: what });
  const logical = logical_type?.type;
  if (logical === 'LIST' || converted_type === 'LIST' || repetition_type === 'REPEATED')
    return refused('a list');
  if (logical === 'MAP' || converted_type === 'MAP') return refused('a map');
  if (children.length > 0) return refused('nested');
  if (logical === 'DECIMAL' || converted_type === 'DECIMAL') return decimal(element, plain);
  if (
    type === 'INT96' ||
    logical === 'DATE' ||
    logical === 'TIMESTAMP' ||
    ['DATE', 'TIMESTAMP_MILLIS', 'TIMESTAMP_MICROS'].includes(converted_type ?? '')
  ) {
    return { ...plain, kind: 'date' };
  }
  for (const each of [logical, converted_type]) {
    if (each && ['BSON', 'INTERVAL', 'GEOMETRY', 'GEOGRAPHY', 'VARIANT', 'FILE'].includes(each)) {
      return refused(`of the type ${each}`);
    }
  }
  if (type === 'FIXED_LEN_BYTE_ARRAY' && logical !== 'UUID' && logical !== 'FLOAT16') {
    return refused('of bytes that are no text');
  }
  return plain;
}

function decimal(element: SchemaTree['element'], plain: ParquetColumn): ParquetColumn {
  const { type, logical_type } = element;
  const precision = (logical_type?.type === 'DECIMAL' ? logical_type.precision : element.precision) ?? 38;
  const scale = (logical_type?.type === 'DECIMAL' ? logical_type.scale : element.scale) ?? 0;
  if (precision <= EXACT_DIGITS) {
    element.converted_type = 'DECIMAL';
    element.scale = scale;
    return plain;
  }
  if (type === 'BYTE_ARRAY') return { ...plain, refused: 'of decimals of any length' };
  // Without its type it arrives as it is stored, and nothing is rounded.
  delete element.converted_type;
  delete element.logical_type;
  return { ...plain, kind: 'decimal', scale };
}

/** The decimal, all digits of it. @param value whole, as it is stored */
export function decimalText(value: number | bigint | Uint8Array, scale: number): string {
  let whole: bigint;
  if (typeof value === 'object') {
    const hex = Buffer.from(value.buffer, value.byteOffset, value.length).toString('hex');
    whole = BigInt.asIntN(8 * value.length, BigInt(`0x${hex || '0'}`));
  } else whole = BigInt(value);
  const sign = whole < 0n ? '-' : '';
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, '0');
  const point = digits.length - scale;
  const fraction = digits.slice(point).replace(/0+$/, '');
  return `${sign}${digits.slice(0, point)}${fraction === '' ? '' : `.${fraction}`}`;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Error('a text is not UTF-8');
  }
}

/** Dates as milliseconds, texts that are texts, JSON as its text. */
export const parsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (millis) => instant(Number(millis)),
  timestampFromMicroseconds: (micros) => instant(Math.floor(Number(micros) / 1e3)),
  timestampFromNanoseconds: (nanos) =>
    instant(Number(nanos / 1_000_000n) - (nanos % 1_000_000n < 0n ? 1 : 0)),
  dateFromDays: (days) => instant(days * 86_400_000),
  stringFromBytes: (bytes) => bytes && text(bytes),
  jsonFromBytes: (bytes) => bytes && text(bytes),
};

/** What a date can be, in milliseconds from 1970 (ECMA-262). */
const LATEST = 8.64e15;

function instant(ms: number): number {
  if (Math.abs(ms) <= LATEST) return ms;
  throw new Error(`expected dates within 275,760 years, got one of ${ms} ms since 1970`);
}
