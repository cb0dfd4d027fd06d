/**
 * Columns of a table that is larger than memory, looked at whole, one after another in the same memory: to fit what becomes
 * of them, and to find every cell that has no place before anything is learned.
 */

import { Bits } from '../../bits.js';
import { UserError } from '../../errors.js';
import type { StoredTable } from '../../formats/table-rows.js';
import { pauseForMessages } from '../../machine/abandoned.js';
import { release } from '../../machine/release.js';
import type { FittedColumn } from '../../preprocess/fitted.js';
import { strays } from '../notes.js';
import type { TrainingFacts } from '../source.js';
import type { DrawnParts } from '../streaming.js';
import { type Column, isMissing, type RowList, type Table } from './column.js';
import { checkCells } from './encode.js';
import { fitColumn } from './fit.js';
import { optionsOf, type TableOptions } from './options.js';
import type { TableReader } from './reader.js';
import { trainingFacts } from './training-facts.js';
import { eachWeight } from './weights.js';

/** Rows that are read at once on the way through all of them. */
const PASS_ROWS = 1 << 16;

/** Rows with a missing value in one of some columns. */
export async function rowsWithout(
  stored: StoredTable,
  names: readonly string[],
): Promise<{ rows: Bits; count: number }> {
  const rows = new Bits(stored.rows);
  let count = 0;
  for (const name of names) {
    for (let first = 0; first < stored.rows; first += PASS_ROWS) {
      const part = Math.min(PASS_ROWS, stored.rows - first);
      const column = await stored.read(name, first, part);
      for (let k = 0; k < part; k++) {
        if (!isMissing(column, k) || rows.has(first + k)) continue;
        rows.add(first + k);
        count++;
      }
      await pauseForMessages();
    }
  }
  return { rows, count };
}

export class Fitting {
  readonly kept: RowList;
  readonly train: RowList;
  /** Rows without a value, of those that are kept, by column. */
  readonly missing = new Map<string, number>();
  /** Of the training rows, by column. */
  readonly training = new Map<string, TrainingFacts>();
  /** What somebody should know of columns that nobody said the type of. */
  readonly notes: string[] = [];
  readonly #memory: ArrayBuffer;

  constructor(
    private readonly stored: StoredTable,
    private readonly reader: TableReader,
    { parts, rows, isTrain }: DrawnParts,
    without: Bits,
    private readonly point: '.' | ',',
  ) {
    const all = stored.rows;
    this.#memory = new ArrayBuffer(8 * all);
    this.train = {
      length: parts.train,
      each(use) {
        for (let row = 0; row < rows; row++) if (isTrain(row)) use(row);
      },
    };
    this.kept = {
      length: parts.train + parts.validation + parts.test,
      each(use) {
        for (let row = 0; row < all; row++) if (!without.has(row)) use(row);
      },
    };
  }

  /** What is to be predicted: its columns together, the first in the common memory. */
  async target<T>(names: readonly string[], use: (table: Table) => Promise<T>): Promise<T> {
    const columns: [string, Column][] = [];
    for (const [k, name] of names.entries()) {
      const column = await this.#column(name, k === 0 ? this.#memory : undefined);
      this.training.set(name, trainingFacts(column, this.train));
      columns.push([name, column]);
    }
    return use(this.#table(columns));
  }

  async input(name: string, options: TableOptions): Promise<FittedColumn> {
    const column = await this.#column(name, this.#memory);
    const missing = this.#count(name, column);
    this.training.set(name, trainingFacts(column, this.train));
    const fitted = fitColumn(name, column, this.train, optionsOf(options, name, column.type), true);
    const table = this.#table([[name, column]]);
    await checkCells(table, fitted, this.kept, missing);
    const isGuessed = optionsOf(options, name, column.type).type === undefined;
    if (isGuessed) this.notes.push(...(await strays(table, [name], this.point)));
    return fitted;
  }

  /** @throws UserError where none is above 0, of the rows that are learned from */
  async weight(name: string): Promise<void> {
    const column = await this.#column(name, this.#memory);
    this.#count(name, column);
    this.training.set(name, trainingFacts(column, this.train));
    const table = this.#table([[name, column]]);
    await eachWeight(table, name, this.kept, () => {});
    let most = 0;
    await eachWeight(table, name, this.train, (weight) => {
      most = Math.max(most, weight);
    });
    if (most > 0) return;
    throw new UserError('data.weight: every weight of the training rows is 0; expected some above 0');
  }

  /** Whoever sizes a run next looks how much memory there is. */
  close(): void {
    release(this.#memory);
  }

  async #column(name: string, memory: ArrayBuffer | undefined): Promise<Column> {
    await pauseForMessages();
    return this.stored.read(name, 0, this.stored.rows, memory);
  }

  /** Remembers how many values are missing. @returns the first row of these; −1: none */
  #count(name: string, column: Column): number {
    let count = 0;
    let first = -1;
    this.kept.each((row) => {
      if (!isMissing(column, row)) return;
      if (count++ === 0) first = row;
    });
    this.missing.set(name, count);
    return first;
  }

  #table(columns: readonly (readonly [string, Column])[]): Table {
    const { reader, stored } = this;
    return {
      where: reader.where,
      rows: stored.rows,
      columns: new Map(columns),
      place: (row) => reader.place(row),
    };
  }
}
