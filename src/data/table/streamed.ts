/**
 * A table that is larger than memory as a data source: its columns lie in a file. Each is looked at whole once, one after
 * another, to fit what becomes of it and to find every cell that has no place; from then on rows are read block by block.
 */

import type { StoredTable } from '../../formats/table-rows.js';
import { type FittedColumn, slotsOf } from '../../preprocess/fitted.js';
import type { DataContext, DataSource, DataWindow } from '../source.js';
import { checkStream, drawParts, type StreamSpec, windowsOf } from '../streaming.js';
import type { Table } from './column.js';
import { encodeRows } from './encode.js';
import { facts } from './facts.js';
import { Fitting, rowsWithout } from './fitting.js';
import type { TableOptions } from './options.js';
import type { TableReader } from './reader.js';
import {
  dropping,
  type Roles,
  refuseDropped,
  refuseEmpty,
  refuseNoInputs,
  refuseNone,
  type TableGiven,
  withTypes,
} from './roles.js';
import { type PlannedTarget, planTarget } from './target.js';
import { fillTargets, targetColumns } from './target-columns.js';
import { storedTable } from './to-stored.js';
import { fillWeights } from './weights.js';

/** Rows that are read at once on the way to rows from all over the table. */
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
  refuseNoInputs(given.reader.where, roles);
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
  { seed, targets: takes, minibatches }: DataContext,
): Promise<DataSource> {
  const { reader } = given;
  const { target, split, inputs, weights } = roles;
  const { where, names } = reader;
  const own = given.parts?.();
  refuseEmpty(where, stored.rows);
  const without = await rowsWithout(
    stored,
    dropping(roles, options, (name) => stored.columns.get(name)?.type ?? 'number'),
  );
  refuseNone(where, stored.rows - without.count);
  refuseDropped(where, without.count, own ?? { validation: 0, test: 0 });
  const drawn = drawParts(split, {
    rows: stored.rows,
    seed,
    where,
    ...(without.count > 0 && { without }),
    own,
  });
  const fit = new Fitting(stored, reader, drawn, without.rows, given.point ?? '.');
  const planned = await fit.target(target.columns, (table) => planTarget(table, fit.kept, target, takes));
  const fitted = planned.fit(fit.train);
  const columns: FittedColumn[] = [];
  for (const name of inputs) columns.push(await fit.input(name, options));
  for (const name of weights) await fit.weight(name);
  fit.close();
  const slots = columns.flatMap(slotsOf);
  const hasWeights = options.weight !== undefined;
  const windows = windowsOf(stream, drawn, rowBytes(planned, slots.length, hasWeights), minibatches);
  const read = readerOf(stored, reader, { columns, width: slots.length, weight: options.weight }, fitted);
  const { block, perWindow, lanes, isTrain, trainRowsOf, held, resident } = windows;
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
    table: stored,
    spec: withTypes(options, inputs, stored),
    columns: facts(names, stored, fit.missing, fit.training, columns, target.columns, options),
    ...(fit.notes.length > 0 && { notes: fit.notes }),
    ...(without.count > 0 && { dropped: without.count }),
    numberOf: (row) => held[row - resident + held.length],
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
      ...(lanes && { lanes }),
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
