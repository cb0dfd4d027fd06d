/**
 * A table that is larger than memory as a data source: its columns lie in a file. Each is looked at whole once, one after
 * another, to fit what becomes of it and to find every cell that has no place; from then on rows are read block by block.
 */
import { UserError } from '../../errors.js';
import { pauseForMessages } from '../../machine/abandoned.js';
import { release } from '../../machine/release.js';
import { type FittedColumn, slotsOf } from '../../preprocess/fitted.js';
import { Bits } from '../bits.js';
import type { DataContext, DataSource, DataWindow } from '../source.js';
import { checkStream, type DrawnParts, drawParts, type StreamSpec, windowsOf } from '../stream.js';
import { type Column, isMissing, type RowList, type SeenTable, type Table } from './column.js';
import { checkCells, encodeRows } from './encode.js';
import { facts } from './facts.js';
import { fitColumn } from './fit.js';
import { optionsOf, type TableOptions } from './options.js';
import type { TableReader } from './reader.js';
import { dropping, type Roles, refuseDropped, refuseNone, type TableGiven, withTypes } from './roles.js';
import type { StoredTable } from './stored.js';
import { type PlannedTarget, planTarget } from './target.js';
import { fillTargets, targetColumns } from './target-columns.js';
import { storedTable } from './to-stored.js';
import { eachWeight, fillWeights } from './weights.js';

/** Rows that are read at once on the way through all of them. */
const PASS_ROWS = 1 << 16;

/** @throws UserError as `tableSource`, and for a split that cannot be streamed */
export async function streamedTable(
  given: TableGiven,
  roles: Roles,
  options: TableOptions,
  stream: StreamSpec,
  context: DataContext,
): Promise<DataSource> {
  checkStream(stream, roles.split, given.parts !== undefined);
  const { cache } = context;
  const stored = await storedTable(
    given.reader,
    roles.wanted,
    cache === undefined ? undefined : { folder: cache },
  );
  try {
    return await sourceOf(stored, given, roles, options, stream, context);
  } catch (error) {
    await stored.close();
    throw error;
  }
}

async function sourceOf(
  stored: StoredTable,
  given: TableGiven,
  roles: Roles,
  options: TableOptions,
  stream: StreamSpec,
  { seed, targets: takes }: DataContext,
): Promise<DataSource> {
  const { reader } = given;
  const { target, split, inputs, weights } = roles;
  const { where, names } = reader;
  const own = given.parts?.();
  const without = await rowsWithout(
    stored,
    dropping(roles, options, (name) => stored.columns.get(name)?.type ?? 'number'),
  );
  refuseNone(where, stored.rows, stored.rows - without.count);
  refuseDropped(where, without.count, own ?? { validation: 0, test: 0 });
  const drawn = drawParts(split, {
    rows: stored.rows,
    seed,
    where,
    ...(without.count > 0 && { without }),
    own,
  });
  const fit = new Fitting(stored, reader, drawn, without.rows);
  const planned = await fit.target(target.columns, (table) => planTarget(table, fit.kept, target, takes));
  const fitted = planned.fit(fit.train);
  const columns: FittedColumn[] = [];
  for (const name of inputs) columns.push(await fit.input(name, options));
  for (const name of weights) await fit.weight(name);
  fit.close();
  const slots = columns.flatMap(slotsOf);
  const hasWeights = options.weight !== undefined;
  const windows = windowsOf(stream, drawn, rowBytes(planned, slots.length, hasWeights));
  const read = readerOf(stored, reader, { columns, width: slots.length, weight: options.weight }, fitted);
  const { block, perWindow, isTrain, trainRowsOf, held, resident } = windows;
  return {
    rows: resident,
    features: slots.length,
    slots,
    outputs: planned.outputs,
    featureType: 'float64',
    targets: planned.targets,
    parts: drawn.parts,
    split: windows.split,
    preprocessing: {
      columns,
      texts: { missing: given.missing, point: given.point ?? '.' },
      target: fitted,
    },
    table: seen(stored),
    spec: withTypes(options, inputs, stored),
    columns: facts(names, stored, fit.missing, columns, target.columns, options),
    ...(without.count > 0 && { dropped: without.count }),
    ...(hasWeights && { hasWeights: true as const }),
    async read(into) {
      await readHeld(held.subarray(0, drawn.parts.validation), into, resident - held.length, read);
      const test = resident - drawn.parts.test;
      await readHeld(held.subarray(drawn.parts.validation), into, test, read);
    },
    stream: {
      rows: drawn.rows,
      block,
      perWindow,
      isTrain,
      trainRowsOf,
      async read(first, rows, into, place) {
        // In the place of a row that was left out, which nobody looks at, stands one that was not.
        const picked = Uint32Array.from({ length: rows }, (_, k) => k);
        let last = -1;
        for (let k = 0; k < rows; k++) if (!without.rows.has(first + k)) last = k;
        if (last < 0) return;
        for (let k = rows - 1; k >= 0; k--) {
          if (without.rows.has(first + k)) picked[k] = last;
          else last = k;
        }
        await read(first, rows, picked, into, place);
      },
      fingerprint: async () => stored.digest,
      close: () => stored.close(),
    },
  };
}

/** Rows with a missing value in one of some columns. */
async function rowsWithout(
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

/** Columns whole, one after another in the same memory. */
class Fitting {
  readonly kept: RowList;
  readonly train: RowList;
  /** Rows without a value, of those that are kept, by column. */
  readonly missing = new Map<string, number>();
  readonly #memory: ArrayBuffer;

  constructor(
    private readonly stored: StoredTable,
    private readonly reader: TableReader,
    { parts, rows, isTrain }: DrawnParts,
    without: Bits,
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
      columns.push([name, await this.#column(name, k === 0 ? this.#memory : undefined)]);
    }
    return use(this.#table(columns));
  }

  async input(name: string, options: TableOptions): Promise<FittedColumn> {
    const column = await this.#column(name, this.#memory);
    const missing = this.#count(name, column);
    const fitted = fitColumn(name, column, this.train, optionsOf(options, name, column.type), true);
    await checkCells(this.#table([[name, column]]), fitted, this.kept, missing);
    return fitted;
  }

  /** @throws UserError where none is above 0, of the rows that are learned from */
  async weight(name: string): Promise<void> {
    const column = await this.#column(name, this.#memory);
    this.#count(name, column);
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

const rowBytes = ({ targets }: PlannedTarget, slots: number, hasWeights: boolean) =>
  8 * slots +
  (targets.kind === 'class' ? (targets.type === 'uint8' ? 1 : 2) : 8 * targets.outputs) +
  (hasWeights ? 8 : 0);

/** Reads neighbouring rows and puts some of them, by their places among these, into a window, from a place of it on. */
type ReadRows = (
  first: number,
  rows: number,
  picked: Uint32Array,
  into: DataWindow,
  place: number,
) => Promise<void>;

function readerOf(
  stored: StoredTable,
  reader: TableReader,
  { columns, width, weight }: { columns: readonly FittedColumn[]; width: number; weight?: string },
  target: Parameters<typeof targetColumns>[0],
): ReadRows {
  const wanted = targetColumns(target);
  const names = [...columns, ...wanted].map(({ name }) => name);
  if (weight !== undefined) names.push(weight);
  return async (first, rows, picked, into, place) => {
    const read = await Promise.all(names.map((name) => stored.read(name, first, rows)));
    const table: Table = {
      where: reader.where,
      rows,
      columns: new Map(read.map((column, k) => [names[k], column])),
      place: (row) => reader.place(first + row),
      whole: async (name) => ({
        column: await stored.read(name, 0, stored.rows),
        place: (row) => reader.place(row),
      }),
    };
    const features = into.features as Float64Array;
    await encodeRows(table, columns, picked, width, features.subarray(place * width));
    await fillTargets(table, wanted, picked, into.targets.subarray(place * wanted.length));
    if (weight !== undefined && into.weights) {
      await fillWeights(table, weight, picked, into.weights.subarray(place));
    }
  };
}

/** Rows from all over the table: read as neighbours with all that lie between them, which is one way through it. */
async function readHeld(rows: Uint32Array, into: DataWindow, place: number, read: ReadRows): Promise<void> {
  for (let from = 0; from < rows.length; ) {
    const first = rows[from];
    let to = from + 1;
    while (to < rows.length && rows[to] - first < PASS_ROWS) to++;
    const picked = Uint32Array.from(rows.subarray(from, to), (row) => row - first);
    await read(first, rows[to - 1] - first + 1, picked, into, place + from);
    from = to;
  }
}

function seen(stored: StoredTable): SeenTable {
  const names = [...stored.columns.keys()];
  return {
    rows: stored.rows,
    names,
    async column(name) {
      return stored.columns.has(name) ? stored.read(name, 0, stored.rows) : undefined;
    },
    async first(most) {
      const rows = Math.min(most, stored.rows);
      const columns = await Promise.all(
        names.map(async (name) => [name, await stored.read(name, 0, rows)] as const),
      );
      return { rows, columns: new Map(columns) };
    },
  };
}
