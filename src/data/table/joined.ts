/** Tables of the same columns one after another, as one: files of their own for training, validation and test. */
import { quoted, UserError } from '../../errors.js';
import type { ColumnBuilder } from './builder.js';
import type { TableReader } from './reader.js';

/** A reader of several tables, and after it has read how many rows the later ones had. */
export interface JoinedReader extends TableReader {
  readonly parts: () => { readonly validation: number; readonly test: number };
}

/** @throws UserError where the columns are not the same, in any order */
export function joined(
  train: TableReader,
  validation: TableReader | undefined,
  test: TableReader | undefined,
): JoinedReader {
  const all = [train, validation, test].filter((reader) => reader !== undefined);
  for (const other of all) {
    const missing = train.names.find((name) => !other.names.includes(name));
    const more = other.names.find((name) => !train.names.includes(name));
    if (missing !== undefined || more !== undefined) {
      throw new UserError(
        `${other.where}: expected the columns of ${train.where}, ` +
          (missing === undefined ? `got one more, ${quoted(String(more))}` : `${quoted(missing)} is missing`),
      );
    }
  }
  const ends: number[] = [];
  return {
    where: train.where,
    names: train.names,
    async read(into) {
      ends.length = 0;
      for (const reader of all) {
        const order = reader.names.map((name): ColumnBuilder | undefined => into[train.names.indexOf(name)]);
        await reader.read(order);
        ends.push(into.find((builder) => builder !== undefined)?.rows ?? 0);
      }
    },
    async identity() {
      const each = await Promise.all(all.map((reader) => reader.identity?.()));
      const known = each.filter((one) => one !== undefined);
      if (known.length < all.length) return undefined;
      return {
        key: JSON.stringify(known.map(({ key }, k) => [key, all[k].names])),
        unchanged: async () => (await Promise.all(known.map((one) => one.unchanged()))).every(Boolean),
      };
    },
    ends,
    async place(row) {
      const k = Math.max(
        0,
        ends.findIndex((end) => row < end),
      );
      return all[k].place(row - (k === 0 ? 0 : ends[k - 1]));
    },
    parts() {
      const rowsOf = (reader: TableReader | undefined) => {
        if (reader === undefined) return 0;
        const k = all.indexOf(reader);
        return ends[k] - (k === 0 ? 0 : ends[k - 1]);
      };
      return { validation: rowsOf(validation), test: rowsOf(test) };
    },
  };
}
