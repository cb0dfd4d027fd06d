/** Typed values, as JSON, Parquet and programs have them, as cells of a column. */
import { quoted } from '../../errors.js';
import type { ColumnBuilder } from './builder.js';

/**
 * Hands a value over. Null, undefined and NaN are missing; true and false are categories; an integer that a float64 does
 * not hold is a text, never rounded.
 * @returns what is wrong with it, in words: `a finite number, got Infinity`; undefined: nothing
 */
export function putValue(builder: ColumnBuilder, value: unknown): string | undefined {
  switch (typeof value) {
    case 'number':
      if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
        return `expected a finite number, got ${value}`;
      }
      builder.number(value);
      return undefined;
    case 'string':
      builder.string(value);
      return undefined;
    case 'boolean':
      builder.string(String(value));
      return undefined;
    case 'bigint':
      if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) builder.number(Number(value));
      else builder.string(String(value));
      return undefined;
    case 'undefined':
      builder.missing();
      return undefined;
    default:
      return putObject(builder, value);
  }
}

function putObject(builder: ColumnBuilder, value: unknown): string | undefined {
  if (value === null) builder.missing();
  else if (value instanceof Date) builder.date(value.getTime());
  else {
    const what = Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'a mapping'
        : `a ${typeof value}`;
    return `expected a number, a text, true, false or nothing, got ${what}`;
  }
  return undefined;
}

/** The end of a message on what `putValue` found. */
export const leaveOut = (name: string): string =>
  `; leave the column out (data.ignore: [${quoted(name)}]), or flatten it`;
