/** A column as it grows cell by cell, whose type follows from its cells, or is given. */

import { type Blocks, Growing } from '../../growing.js';
import { dateOf, numberOf } from '../../preprocess/cells.js';
import type { Column, ColumnType } from './column.js';

/** What the cells of a column came to be, where nobody said: why it is no column of numbers. */
export interface Exception {
  /** The row, from 0, and the text of the first cell that is not like those before it. */
  readonly row: number;
  readonly text: string;
}

export interface CellOptions {
  /** Texts that mean a missing value, beside the empty one. */
  readonly missing: ReadonlySet<string>;
  readonly point: '.' | ',';
}

/** Takes the values of a column in place of memory, which keeps the names of its categories alone. */
export interface Spill extends Blocks {
  /** Forgets what was put: it was of another type. */
  forget(): void;
  /** What to throw where there are more names than memory is for. */
  tooMany(names: number): Error;
}

/** The most names that are kept of a column that is not, and the most characters of them all. */
const MOST_NAMES = 1 << 20;
const MOST_CHARACTERS = 1 << 26;

/**
 * Takes the cells of one column. Without a type it is of numbers while all cells are plain decimals, of dates while all
 * are ISO 8601, else of categories. Cells that came before the first exception have lost their text by then (1.0 and 1
 * are one number, and two categories): `redo` says that the table is to be read again with the type that it names.
 */
export class ColumnBuilder {
  /** The first cell that the type does not allow. */
  exception: Exception | undefined;
  /** The type to read it again as. */
  redo: ColumnType | undefined;
  #type: ColumnType | undefined;
  readonly #values: Growing<Float64Array>;
  #codes: Growing<Int32Array> | undefined;
  readonly #places = new Map<string, number>();
  readonly #names: string[] = [];
  #characters = 0;
  /** Whether a text that means a missing value looks like a number: then numbers have to be looked at twice. */
  readonly #missingNumbers: boolean;

  /**
   * @param type undefined: it follows from the cells
   * @param spill where values go as they come; default: they are kept
   */
  constructor(
    private readonly type: ColumnType | undefined,
    private readonly cells: CellOptions,
    private readonly spill?: Spill,
  ) {
    this.#type = type;
    this.#values = new Growing((length) => new Float64Array(length), spill);
    this.#missingNumbers = [...cells.missing].some((text) => !Number.isNaN(numberOf(text, cells.point)));
    if (type === 'category') this.#codes = growingCodes(spill);
  }

  /** Cells that came. */
  get rows(): number {
    return (this.#codes ?? this.#values).length;
  }

  /** The next row's cell as a file of texts has it. */
  text(cell: string): void {
    if (this.#type === 'category') {
      const code = this.#places.get(cell);
      if (code !== undefined) this.#codes?.put(code);
      else if (this.#isMissing(cell)) this.missing();
      else this.#category(cell);
      return;
    }
    if (this.#type === 'number' && !this.#missingNumbers) {
      const value = numberOf(cell, this.cells.point);
      if (!Number.isNaN(value)) {
        this.#put(value);
        return;
      }
    }
    if (this.#isMissing(cell)) this.missing();
    else if (this.#type === 'number') this.#number(cell, numberOf(cell, this.cells.point));
    else if (this.#type === 'date') this.#number(cell, dateOf(cell));
    else this.#first(cell);
  }

  /**
   * The next row's cell as a file of typed values has a text: a date where it looks like one, else a category. "12" is
   * no number there, unless the column's type says so.
   */
  string(cell: string): void {
    if (this.type !== undefined || this.#type === 'category') this.text(cell);
    else if (this.#isMissing(cell)) this.missing();
    else if (this.#type === 'number') this.#number(cell, Number.NaN);
    else if (this.#type === 'date') this.#number(cell, dateOf(cell));
    else {
      const date = dateOf(cell);
      if (Number.isNaN(date)) this.#firstCategory(cell);
      else this.date(date);
    }
  }

  /** The next row's cell as a file of typed values has it. @param value NaN: missing */
  number(value: number): void {
    if (Number.isNaN(value)) this.missing();
    else if (this.#type === 'category') this.#category(String(value));
    else {
      this.#type ??= 'number';
      if (this.#type === 'number') this.#put(value);
      else this.#number(String(value), Number.NaN);
    }
  }

  /** @param ms milliseconds since 1970 */
  date(ms: number): void {
    if (Number.isNaN(ms)) this.missing();
    else if (this.#type === 'category') this.#category(new Date(ms).toISOString());
    else {
      this.#type ??= 'date';
      if (this.#type === 'date') this.#put(ms);
      else this.#number(new Date(ms).toISOString(), Number.NaN);
    }
  }

  missing(): void {
    if (this.#codes) this.#codes.put(-1);
    else this.#put(Number.NaN);
  }

  /** The column, once; one without a single value is of numbers. */
  finish(): Column {
    if (this.#codes) return { type: 'category', names: this.#names, codes: this.#codes.finish() };
    return { type: this.#type === 'date' ? 'date' : 'number', values: this.#values.finish() };
  }

  /** Hands on the last values; then all else that there is to know of a column that was not kept. */
  close(): { readonly type: ColumnType; readonly names: readonly string[] } {
    (this.#codes ?? this.#values).flush();
    return { type: this.#codes ? 'category' : this.#type === 'date' ? 'date' : 'number', names: this.#names };
  }

  #isMissing(cell: string): boolean {
    return cell === '' || this.cells.missing.has(cell);
  }

  /** The first cell that has a value says what the column begins as. */
  #first(cell: string): void {
    const number = numberOf(cell, this.cells.point);
    if (!Number.isNaN(number)) {
      this.#type = 'number';
      this.#put(number);
      return;
    }
    const date = dateOf(cell);
    if (!Number.isNaN(date)) {
      this.#type = 'date';
      this.#put(date);
      return;
    }
    this.#firstCategory(cell);
  }

  #firstCategory(cell: string): void {
    this.#type = 'category';
    this.spill?.forget();
    this.#codes = growingCodes(this.spill);
    // So far nothing but missing values came.
    for (let k = 0; k < this.#values.length; k++) this.#codes.put(-1);
    this.#category(cell);
  }

  #number(cell: string, value: number): void {
    if (Number.isNaN(value) && this.exception === undefined) {
      this.exception = { row: this.rows, text: cell };
      this.redo = 'category';
    }
    this.#put(value);
  }

  #put(value: number): void {
    this.#values.put(value);
  }

  #category(cell: string): void {
    let code = this.#places.get(cell);
    if (code === undefined) {
      code = this.#names.length;
      // A part of a larger text would keep all of that: a copy does not. (This one has any text as it is.)
      const name = JSON.parse(JSON.stringify(cell)) as string;
      this.#places.set(name, code);
      this.#names.push(name);
      this.#characters += name.length;
      if (this.spill && (code === MOST_NAMES || this.#characters > MOST_CHARACTERS)) {
        throw this.spill.tooMany(this.#names.length);
      }
    }
    this.#codes?.put(code);
  }
}

const growingCodes = (spill: Spill | undefined) => new Growing((length) => new Int32Array(length), spill);
