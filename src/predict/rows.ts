/** Rows as programs hand them over, as a network's inputs. */
import { dateOf, numberOf } from '../preprocess/cells.js';
import {
  CellProblem,
  encodeCategory,
  encodeDate,
  encodeNumber,
  type FittedColumn,
  type FittedMatrix,
  inputsOf,
  type Preprocessing,
  type Slot,
  slotsOf,
} from '../preprocess/fitted.js';
import { given, quoted, UserError } from '../user-error.js';

/** A cell that is not as it should be: says which column, and what is wrong. */
export class CellError extends UserError {
  constructor(column: string, what: string) {
    super(`column ${quoted(column)} ${what}`);
  }
}

/** Makes inputs of rows. */
export interface Encoder {
  readonly inputs: number;
  /**
   * Writes a row's inputs.
   * @param cells the row's cells in the order of the model's columns, or its numbers
   * @throws UserError, the row left half written
   */
  encode(cells: ArrayLike<unknown>, into: { [at: number]: number }, at: number): void;
}

export function encoderOf({ columns, matrix, texts }: Preprocessing): Encoder {
  if (columns === undefined) return matrixEncoder(matrix as FittedMatrix);
  const missing = new Set(texts?.missing);
  const point = texts?.point ?? '.';
  const places = columns.map((column) => ({ column, slots: slotsOf(column) }));
  const all = places.flatMap(({ slots }) => slots);
  const row = new Float64Array(all.length);
  return {
    inputs: inputsOf(all),
    encode(cells, into, at) {
      let slot = 0;
      for (const [k, { column, slots }] of places.entries()) {
        encodeCell(column, cells[k], missing, point, row, slot);
        slot += slots.length;
      }
      expand(all, row, into, at);
    },
  };
}

/** Each slot as the inputs that it stands for: what `gather_slots` makes of rows in memory. */
function expand(
  slots: readonly Slot[],
  row: Float64Array,
  into: { [at: number]: number },
  first: number,
): void {
  let at = first;
  for (const [k, { codes }] of slots.entries()) {
    if (codes === 0) into[at++] = row[k];
    else {
      for (let code = 0; code < codes; code++) into[at + code] = 0;
      if (row[k] >= 0) into[at + row[k]] = 1;
      at += codes;
    }
  }
}

/**
 * A cell of any kind, as a reader of files would have taken it: null, undefined, NaN, an empty text and those that mean
 * a missing value are missing.
 */
function encodeCell(
  column: FittedColumn,
  value: unknown,
  missing: ReadonlySet<string>,
  point: '.' | ',',
  into: Float64Array,
  at: number,
): void {
  const isText = typeof value === 'string';
  const cell = value === undefined || (isText && (value === '' || missing.has(value))) ? null : value;
  const refuse = (what: string): never => {
    throw new CellError(column.name, `expected ${what}, got ${given(cell)}`);
  };
  try {
    if (column.type === 'category') encodeCategory(column, textIn(cell, refuse), into, at);
    else if (column.type === 'number') encodeNumber(column, numberIn(cell, point, refuse), into, at);
    else encodeDate(column, instantIn(cell, refuse), into, at);
  } catch (error) {
    if (!(error instanceof CellProblem)) throw error;
    const isMissing = cell === null || Number.isNaN(cell);
    throw new CellError(
      column.name,
      isMissing
        ? 'is missing, and the model has no rule for that'
        : `${error.message}, and the model refuses such ones`,
    );
  }
}

type Refuse = (what: string) => never;

function numberIn(cell: unknown, point: '.' | ',', refuse: Refuse): number {
  if (cell === null) return Number.NaN;
  if (typeof cell === 'string') {
    const value = numberOf(cell, point);
    return Number.isNaN(value) ? refuse('a plain number, such as 12 or -0.5') : value;
  }
  const value = typeof cell === 'bigint' ? Number(cell) : cell;
  if (typeof value !== 'number' || Math.abs(value) === Number.POSITIVE_INFINITY) return refuse('a number');
  return value;
}

function textIn(cell: unknown, refuse: Refuse): string | null {
  if (cell === null || typeof cell === 'string') return cell;
  if (typeof cell === 'number') return Number.isNaN(cell) ? null : String(cell);
  if (typeof cell === 'boolean' || typeof cell === 'bigint') return String(cell);
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? null : cell.toISOString();
  return refuse('a text');
}

/** Milliseconds since 1970. */
function instantIn(cell: unknown, refuse: Refuse): number {
  if (cell === null) return Number.NaN;
  if (cell instanceof Date) return cell.getTime();
  if (typeof cell === 'number') return cell;
  const instant = typeof cell === 'string' ? dateOf(cell) : Number.NaN;
  return Number.isNaN(instant) ? refuse('a date of ISO 8601, such as 2024-02-29, or a Date') : instant;
}

function matrixEncoder({ features, scales, offsets }: FittedMatrix): Encoder {
  const of = (list: readonly number[], k: number) => list[list.length === 1 ? 0 : k];
  return {
    inputs: features,
    encode(cells, into, at) {
      if (cells.length !== features) {
        throw new UserError(`expected ${features} numbers a row, got ${cells.length}`);
      }
      for (let k = 0; k < features; k++) {
        const cell = cells[k];
        const value = typeof cell === 'string' ? numberOf(cell) : cell;
        if (typeof value !== 'number' || !Number.isFinite(value)) {
          throw new UserError(`expected numbers, got ${given(cell)} at place ${k}`);
        }
        into[at + k] = value * of(scales, k) + of(offsets, k);
      }
    },
  };
}
