/** A Parquet file as a table. */
import { quoted, UserError } from '../../errors.js';
import { openParquet, type ParquetColumn } from '../../formats/parquet.js';
import { decimalText } from '../../formats/parquet-types.js';
import { identify } from '../../machine/identity.js';
import type { ColumnBuilder } from './builder.js';
import { LEAST_KEPT, type TableReader } from './reader.js';
import { leaveOut, putValue } from './values.js';

/** Opens it: reads its footer. @throws UserError for a file that is none, or is empty */
export async function parquetReader(path: string): Promise<TableReader> {
  const { columns, read } = await openParquet(path);
  return {
    where: path,
    names: columns.map(({ name }) => name),
    refused: new Map(
      columns.flatMap(({ name, refused }) => (refused === undefined ? [] : [[name, `is ${refused}`]])),
    ),
    async read(into) {
      const wanted = into.flatMap((builder, k) => (builder === undefined ? [] : [k]));
      for (const { name, refused } of wanted.map((k) => columns[k])) {
        if (refused === undefined) continue;
        throw new UserError(
          `${path}: column ${quoted(name)}: expected single values, it is ${refused}${leaveOut(name)}`,
        );
      }
      await read(wanted, (k, values, firstRow) => {
        const builder = into[k] as ColumnBuilder;
        for (let r = 0; r < values.length; r++) {
          const wrong = put(builder, columns[k], values[r]);
          if (wrong === undefined) continue;
          throw new UserError(
            `${path}: row ${firstRow + r + 1}: column ${quoted(columns[k].name)}: ${wrong}`,
          );
        }
      });
    },
    async identity() {
      const file = await identify(path, LEAST_KEPT);
      return file && { key: JSON.stringify(['parquet', file.hash]), unchanged: file.unchanged };
    },
    place: async (row) => `${path}: row ${row + 1}`,
  };
}

/** @returns what is wrong with the value */
function put(builder: ColumnBuilder, { kind, scale }: ParquetColumn, value: unknown): string | undefined {
  if (value === null || value === undefined) builder.missing();
  else if (kind === 'date') builder.date(value as number);
  else if (kind === 'decimal') builder.text(decimalText(value as number | bigint | Uint8Array, scale));
  else return putValue(builder, value);
  return undefined;
}
