/** Arrays that a program hands over, in the forms that programs have them: what they are, checked. */
import { createHash } from 'node:crypto';
import { UserError } from '../../errors.js';
import type { DataWindow } from '../source.js';
import type { Given } from './targets.js';

/** Rows of features, flat or as they came. */
export interface GivenMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly type: 'uint8' | 'int32' | 'float32' | 'float64';
  copyInto(target: DataWindow['features']): void;
  /** SHA-256 of the values as they lie in memory, row by row. */
  hash(): string;
}

type Numbers = ArrayLike<number> & { readonly length: number };

/** The type that holds a typed array's values exactly; undefined for one that there is no place for. */
function typeOf(values: unknown): GivenMatrix['type'] | undefined {
  if (values instanceof Uint8Array || values instanceof Uint8ClampedArray) return 'uint8';
  if (values instanceof Int8Array || values instanceof Int16Array || values instanceof Uint16Array)
    return 'int32';
  if (values instanceof Int32Array) return 'int32';
  if (values instanceof Float32Array) return 'float32';
  return values instanceof Float64Array || values instanceof Uint32Array ? 'float64' : undefined;
}

const makers = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };

/** @param columns values a row, which a flat array needs @throws UserError */
export function givenMatrix(given: unknown, columns: number | undefined, key = 'data.features'): GivenMatrix {
  const flat = typeOf(given);
  if (flat !== undefined) return flatMatrix(given as Numbers, flat, columns, key);
  if (ArrayBuffer.isView(given)) {
    throw new UserError(
      `${key}: expected numbers, got ${given.constructor.name}; convert it, as with Float64Array.from(x, Number)`,
    );
  }
  if (!Array.isArray(given) || given.length === 0) {
    throw new UserError(
      `${key}: expected a typed array with data.width, or an array of rows, got ${what(given)}`,
    );
  }
  const rows = given as readonly unknown[];
  const first = typeOf(rows[0]);
  const width = lengthOf(rows[0]);
  if (width === undefined || width === 0) {
    throw new UserError(
      `${key}[0]: expected a row of numbers, an array or a typed one, got ${what(rows[0])}`,
    );
  }
  if (columns !== undefined && columns !== width) {
    throw new UserError(`data.width: expected ${width}, the values a row of ${key}, got ${columns}`);
  }
  for (const [r, row] of rows.entries()) {
    if (lengthOf(row) !== width) {
      throw new UserError(
        `${key}[${r}]: expected ${width} numbers as in the first row, got ${lengthOf(row) ?? what(row)}`,
      );
    }
    if (typeOf(row) !== first) {
      throw new UserError(`${key}[${r}]: expected ${what(rows[0])} as in the first row, got ${what(row)}`);
    }
    if (first !== undefined) continue;
    const wrong = (row as readonly unknown[]).findIndex((value) => typeof value !== 'number');
    if (wrong >= 0)
      throw new UserError(
        `${key}[${r}][${wrong}]: expected a number, got ${what((row as unknown[])[wrong])}`,
      );
  }
  return matrixOf(rows.length, width, first ?? 'float64', (r) => rows[r] as Numbers);
}

function flatMatrix(
  values: Numbers,
  type: GivenMatrix['type'],
  columns: number | undefined,
  key: string,
): GivenMatrix {
  if (columns === undefined) {
    throw new UserError(`data.width: expected how many values of ${key} are a row, got nothing`);
  }
  if (values.length === 0 || values.length % columns !== 0) {
    throw new UserError(
      `${key}: expected rows of ${columns} values (data.width), got ${values.length} values`,
    );
  }
  const array = values as unknown as Float64Array;
  return matrixOf(values.length / columns, columns, type, (r) =>
    array.subarray(r * columns, (r + 1) * columns),
  );
}

function matrixOf(
  rows: number,
  columns: number,
  type: GivenMatrix['type'],
  rowAt: (row: number) => Numbers,
): GivenMatrix {
  return {
    rows,
    columns,
    type,
    copyInto(target) {
      for (let r = 0; r < rows; r++) target.set(rowAt(r), r * columns);
    },
    hash() {
      const hash = createHash('sha256');
      for (let r = 0; r < rows; r++) hash.update(new Uint8Array(makers[type].from(rowAt(r)).buffer));
      return hash.digest('hex');
    },
  };
}

/**
 * What is to be predicted, a row after another.
 * @param rows as many as there are of features
 * @throws UserError
 */
export function givenTarget(given: unknown, rows: number, key = 'data.target'): Given {
  const place = (width: number) => (at: number) =>
    width === 1 ? `${key}[${at}]` : `${key}[${Math.floor(at / width)}][${at % width}]`;
  const expected = (got: string) =>
    new UserError(`${key}: expected a target for each of ${rows} rows of features, got ${got}`);
  const type = typeOf(given);
  if (type !== undefined) {
    const values = given as Numbers;
    if (values.length === 0 || values.length % rows !== 0) throw expected(`${values.length} values`);
    const width = values.length / rows;
    return { values, rows, width, as: type === 'float32' ? type : 'float64', place: place(width) };
  }
  if (!Array.isArray(given)) throw expected(what(given));
  if (given.length !== rows) throw expected(`${given.length}`);
  if (lengthOf(given[0]) !== undefined) {
    const matrix = givenMatrix(given, undefined, key);
    const values = new Float64Array(rows * matrix.columns);
    matrix.copyInto(values);
    return { values, rows, width: matrix.columns, as: 'float64', place: place(matrix.columns) };
  }
  const labels = (given as readonly unknown[]).map((value) =>
    typeof value === 'boolean' ? String(value) : value,
  );
  const kind = typeof labels[0];
  const odd = labels.findIndex((value) => typeof value !== kind);
  if ((kind !== 'number' && kind !== 'string') || odd >= 0) {
    const at = Math.max(0, odd);
    throw new UserError(
      `${key}[${at}]: expected ${odd > 0 ? `a ${kind} as before` : 'a number or a text'}, got ${what(labels[at])}`,
    );
  }
  return { values: labels as number[] | string[], rows, width: 1, as: 'float64', place: place(1) };
}

function lengthOf(row: unknown): number | undefined {
  return Array.isArray(row) || typeOf(row) !== undefined ? (row as Numbers).length : undefined;
}

function what(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
