/** Rows of a Parquet file, of which one group lies in memory at a time. */
import { quoted, UserError } from '../../errors.js';
import { openParquet, type ParquetColumn } from '../../formats/parquet.js';
import { decimalText } from '../../formats/parquet-types.js';
import { numberOf } from '../../preprocess/cells.js';
import type { FittedColumn } from '../../preprocess/fitted.js';
import { type FileRow, none, placesOf, type RowFile } from './file.js';

/** Rows that are handed over at once. */
const AT_ONCE = 4096;

/** @param fitted what the cells of the model's columns are taken for */
export async function parquetRows(path: string, fitted: readonly FittedColumn[] = []): Promise<RowFile> {
  const { columns, readGroups } = await openParquet(path);
  const names = columns.map(({ name }) => name);
  const numbers = new Set(fitted.flatMap(({ name, type }) => (type === 'number' ? [name] : [])));
  return {
    where: path,
    isTold: true,
    placeOf: (row) => `${path}: row ${row}`,
    async each({ columns: wanted = names, keep }, use) {
      const own = placesOf(names, wanted, path);
      const kept = placesOf(names, keep, path);
      const read = [...new Set([...own, ...kept])];
      for (const { name, refused } of read.map((k) => columns[k])) {
        if (refused !== undefined)
          throw new UserError(`${path}: column ${quoted(name)}: expected single values, it is ${refused}`);
      }
      const places = (of: readonly number[]) => of.map((k) => ({ k: read.indexOf(k), column: columns[k] }));
      const [cells, others] = [places(own), places(kept)];
      await readGroups(read, async (values, firstRow, count) => {
        for (let first = 0; first < count; first += AT_ONCE) {
          const rows: FileRow[] = [];
          const end = Math.min(first + AT_ONCE, count);
          for (let r = first; r < end; r++) {
            const of = ({ k, column }: (typeof cells)[number]) =>
              cellOf(values[k][r], column, numbers.has(column.name));
            rows.push({
              at: firstRow + r + 1,
              cells: cells.map(of),
              kept: others.length === 0 ? none : others.map(of),
            });
          }
          await use(rows);
        }
      });
    },
  };
}

/** A value as a cell of a row. */
function cellOf(value: unknown, { kind, scale }: ParquetColumn, isNumber: boolean): unknown {
  if (value === null || value === undefined) return null;
  if (kind === 'date') return new Date(value as number);
  if (kind === 'value') return value;
  const text = decimalText(value as number | bigint | Uint8Array, scale);
  const number = isNumber ? numberOf(text) : Number.NaN;
  return Number.isNaN(number) ? text : number;
}
