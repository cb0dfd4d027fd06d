/** Rows as the text of a file: what was kept of a row in front, then what the model makes of it. */
import type { Precision } from '../model/precision.js';

export const rowFormats = ['csv', 'jsonl', 'npy'] as const;
export type RowFormat = (typeof rowFormats)[number];
export type TextFormat = Exclude<RowFormat, 'npy'>;

/** A row's text is what `kept` gives and what `values` gives, one after the other. */
export interface RowText {
  /** What the file begins with. */
  readonly begin: string;
  /** @param cells of the input; null is missing */
  kept(cells: readonly unknown[]): string;
  /** @param values of the model, or nulls */
  values(values: readonly (string | number | null)[]): string;
}

/**
 * @param kept names of the columns that are kept @param names those of the model
 * @param precision of the numbers: float32 has 9 digits that tell any two apart
 */
export function rowText(
  format: TextFormat,
  kept: readonly string[],
  names: readonly string[],
  precision: Precision,
): RowText {
  const rounded = (value: string | number | null) =>
    typeof value === 'number' && precision === 'float32' ? Number(value.toPrecision(9)) : value;
  if (format === 'csv') {
    const line = (cells: readonly unknown[]) => `${cells.map(field).join(',')}\n`;
    return {
      begin: line([...kept, ...names]),
      kept: (cells) => cells.map((cell) => `${field(cell)},`).join(''),
      values: (values) => line(values.map(rounded)),
    };
  }
  const keys = (of: readonly string[]) => of.map((name) => `${JSON.stringify(name)}:`);
  const [front, own] = [keys(kept), keys(names)];
  const json = (value: unknown) =>
    typeof value === 'bigint' ? String(value) : (JSON.stringify(value ?? null) ?? 'null');
  return {
    begin: '',
    kept: (cells) => `{${front.map((key, k) => `${key}${json(cells[k])},`).join('')}`,
    values: (values) => `${own.map((key, k) => key + json(rounded(values[k]))).join(',')}}\n`,
  };
}

const SPECIAL = /[",\r\n]/;

/** A field of CSV, in quotes where it must be (RFC 4180). */
function field(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (value === null || value === undefined) return '';
  const text =
    typeof value === 'string'
      ? value
      : value instanceof Date
        ? value.toISOString()
        : typeof value === 'object'
          ? JSON.stringify(value)
          : String(value);
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
