/** A column as it grows cell by cell, whose type follows from its cells, or is given. */

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

const FIRST_CAPACITY = 1024;

/**
 * Takes the cells of one column. Without a type it is of numbers while all cells are plain decimals, of dates while all
 * are ISO 8601, else of categories. Cells that came before the first exception have lost their text by then (1.0 and 1
 * are one number, and two categories): `redo` says that the table is to be read again with the type that it names.
 */
export class ColumnBuilder {
  rows = 0;
  /** The first cell that the type does not allow. */
  exception: Exception | undefined;
  /** The type to read it again as. */
  redo: ColumnType | undefined;
  #type: ColumnType | undefined;
  #values = new Float64Array(FIRST_CAPACITY);
  #codes: Int32Array | undefined;
  readonly #places = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #longestMissing: number;

  /** @param type undefined: it follows from the cells */
  constructor(
    type: ColumnType | undefined,
    private readonly cells: CellOptions,
  ) {
    this.#type = type;
    this.#longestMissing = Math.max(0, ...[...cells.missing].map((text) => text.length));
    if (type === 'category') this.#codes = new Int32Array(FIRST_CAPACITY);
  }

  /** The next row's cell as a file of texts has it. */
  text(cell: string): void {
    if (cell.length <= this.#longestMissing && (cell === '' || this.cells.missing.has(cell))) {
      this.missing();
      return;
    }
    if (this.#type === 'number') this.#number(cell, numberOf(cell, this.cells.point));
    else if (this.#type === 'category') this.#category(cell);
    else if (this.#type === 'date') this.#number(cell, dateOf(cell));
    else this.#first(cell);
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
    if (this.#codes) this.#code(-1);
    else this.#put(Number.NaN);
  }

  /** The column; one without a single value is of numbers. */
  finish(): Column {
    const { rows } = this;
    if (this.#codes) return { type: 'category', names: this.#names, codes: this.#codes.slice(0, rows) };
    return { type: this.#type === 'date' ? 'date' : 'number', values: this.#values.slice(0, rows) };
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
    this.#type = 'category';
    this.#codes = new Int32Array(this.#values.length).fill(-1, 0, this.rows);
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
    if (this.rows === this.#values.length) {
      const larger = new Float64Array(2 * this.rows);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.rows++] = value;
  }

  #category(cell: string): void {
    let code = this.#places.get(cell);
    if (code === undefined) {
      code = this.#names.length;
      this.#places.set(cell, code);
      this.#names.push(cell);
    }
    this.#code(code);
  }

  #code(code: number): void {
    let codes = this.#codes as Int32Array;
    if (this.rows === codes.length) {
      const larger = new Int32Array(2 * this.rows);
      larger.set(codes);
      codes = larger;
      this.#codes = larger;
    }
    codes[this.rows++] = code;
  }
}
