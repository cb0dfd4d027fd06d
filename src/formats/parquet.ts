/**
 * Parquet files, row group by row group, column by column: what is in memory at a time is one column of one group. What
 * the file says of sizes is held against the file, and against what memory is for, before anybody allocates for it.
 * hyparquet decodes the pages.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type RowGroup,
} from 'hyparquet';
import { codeOf, shortened, UserError } from '../errors.js';
import { pauseForMessages } from '../machine/abandoned.js';
import { reasonOf } from '../machine/disk.js';
import { atWork } from '../machine/work.js';
import { checkedPages } from './parquet-pages.js';
import { type ParquetColumn, parsers, prepare } from './parquet-types.js';

export type { ParquetColumn } from './parquet-types.js';

/** Rows of a group, all of whose values of a column are in memory at a time. */
const MOST_GROUP_ROWS = 1 << 26;
const MAGIC = 'PAR1';

/** A file whose footer was read. */
export interface ParquetFile {
  readonly path: string;
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
  /**
   * Hands over the values of the columns wanted, in order: for each group, each column's, an array or several. Missing
   * ones are null or undefined. 64-bit integers are bigints, dates and timestamps milliseconds since 1970.
   * @param wanted places in `columns`
   * @throws UserError for damage, and for what no column of a table can be
   */
  read(
    wanted: readonly number[],
    use: (column: number, values: ArrayLike<unknown>, firstRow: number) => void,
  ): Promise<void>;
  /**
   * Hands over a group of rows at a time, of each column wanted all values, and waits for `use` before it reads on.
   * @throws as `read`
   */
  readGroups(
    wanted: readonly number[],
    use: (columns: readonly ArrayLike<unknown>[], firstRow: number, rows: number) => Promise<void>,
  ): Promise<void>;
}

type File = { readonly byteLength: number; slice(start: number, end?: number): Promise<ArrayBuffer> };

/** @throws UserError for a file that is none */
export async function openParquet(path: string): Promise<ParquetFile> {
  const metadata = await withFile(path, async (file) => {
    await checkMagic(path, file);
    return decoding(path, () => parquetMetadataAsync(file, { geoparquet: false }));
  });
  const columns = decodingNow(path, () => parquetSchema(metadata).children.map(prepare));
  const rows = checkRows(path, metadata);
  /** Goes through the groups. */
  const each = (
    use: (
      column: (k: number) => Promise<ArrayLike<unknown>[]>,
      firstRow: number,
      count: number,
    ) => Promise<void>,
  ) =>
    withFile(path, async (file) => {
      let firstRow = 0;
      for (const group of metadata.row_groups) {
        const count = Number(group.num_rows);
        await use(
          async (k) => {
            await pauseForMessages();
            atWork({ what: `reading ${path}`, done: firstRow, total: rows, unit: 'rows' });
            return readChunk(path, file, metadata, group, columns[k], firstRow, count);
          },
          firstRow,
          count,
        );
        firstRow += count;
      }
    });
  return {
    path,
    rows,
    columns,
    read: (wanted, use) =>
      each(async (column, firstRow) => {
        for (const k of wanted) {
          let at = firstRow;
          for (const values of await column(k)) {
            use(k, values, at);
            at += values.length;
          }
        }
      }),
    readGroups: (wanted, use) =>
      each(async (column, firstRow, count) => {
        const all: ArrayLike<unknown>[] = [];
        for (const k of wanted) {
          const chunks = await column(k);
          all.push(chunks.length === 1 ? chunks[0] : chunks.flatMap((chunk) => Array.from(chunk)));
        }
        await use(all, firstRow, count);
      }),
  };
}

/** The values of a column in a group of rows. */
async function readChunk(
  path: string,
  file: File,
  metadata: FileMetaData,
  group: RowGroup,
  { name, optional }: ParquetColumn,
  firstRow: number,
  rows: number,
): Promise<ArrayLike<unknown>[]> {
  if (rows === 0) return [];
  const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data;
  if (chunk === undefined) throw damaged(path, `column ${name} is not in every group of rows`);
  const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
  const bytes = await file.slice(start, start + Number(chunk.total_compressed_size));
  const compressors = decodingNow(path, () => checkedPages(bytes, chunk, rows, optional));
  const kept: File = {
    byteLength: file.byteLength,
    slice: async (from, to = file.byteLength) => {
      const [first, last] = [from - start, to - start];
      if (first === 0 && last === bytes.byteLength) return bytes;
      return first >= 0 && last <= bytes.byteLength ? bytes.slice(first, last) : file.slice(from, to);
    },
  };
  const chunks: ArrayLike<unknown>[] = [];
  await decoding(path, () =>
    parquetRead({
      file: kept,
      metadata,
      columns: [name],
      rowStart: firstRow,
      rowEnd: firstRow + rows,
      compressors,
      parsers,
      geoparquet: false,
      onChunk: ({ columnData }) => chunks.push(columnData),
    }),
  );
  const got = chunks.reduce((sum, { length }) => sum + length, 0);
  if (got !== rows) throw damaged(path, `column ${name} has ${got} values in a group of ${rows} rows`);
  return chunks;
}

/** The rows of all groups. */
function checkRows(path: string, { num_rows, row_groups }: FileMetaData): number {
  let rows = 0;
  for (const { num_rows: own } of row_groups) {
    const count = Number(own);
    if (!(count >= 0 && count <= MOST_GROUP_ROWS)) {
      throw new UserError(
        `${path}: expected groups of at most ${MOST_GROUP_ROWS} rows, which memory can hold, got one of ${count}; ` +
          'write it anew in smaller groups',
      );
    }
    rows += count;
  }
  if (rows !== Number(num_rows)) throw damaged(path, `its groups have ${rows} rows, it declares ${num_rows}`);
  return rows;
}

async function checkMagic(path: string, file: File): Promise<void> {
  const { byteLength } = file;
  const textAt = async (start: number) =>
    Buffer.from(await file.slice(Math.max(0, start), Math.min(byteLength, start + 4))).toString('latin1');
  if (byteLength === 0) throw new UserError(`${path}: is empty; expected a Parquet file`);
  const first = await textAt(0);
  if (first === 'PARE') throw new UserError(`${path}: is encrypted Parquet, which is not read`);
  if (first !== MAGIC) {
    throw new UserError(`${path}: expected a Parquet file, which begins with PAR1, got something else`);
  }
  if (byteLength < 12 || (await textAt(byteLength - 4)) !== MAGIC) {
    throw new UserError(`${path}: truncated: a Parquet file ends with PAR1; fetch it again`);
  }
}

async function withFile<T>(path: string, use: (file: File) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const status = await handle.stat();
    if (!status.isFile()) throw new UserError(`${path}: expected a file, got something else`);
    return await use(fileOf(path, handle, status.size));
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new UserError(`${path}: no such file`);
    const reason = reasonOf(error);
    throw reason === undefined ? error : new UserError(`${path}: ${reason}`);
  } finally {
    await handle?.close();
  }
}

function fileOf(path: string, handle: FileHandle, byteLength: number): File {
  return {
    byteLength,
    async slice(start, end = byteLength) {
      if (!(start >= 0 && start <= end && end <= byteLength)) {
        throw damaged(path, `it says that something is at bytes ${start} to ${end} of ${byteLength}`);
      }
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) throw damaged(path, 'it became shorter while it was read');
        filled += bytesRead;
      }
      return bytes.buffer;
    },
  };
}

const damaged = (path: string, what: string) =>
  new UserError(`${path}: damaged Parquet: ${shortened(what, 200)}; fetch it again`);

/** What a decoder throws over bytes that make no sense may be anything. */
function readable(path: string, error: unknown): unknown {
  if (error instanceof UserError || (error as NodeJS.ErrnoException).syscall !== undefined) return error;
  const { message } = error as Error;
  return /unsupported|not supported/.test(message)
    ? new UserError(`${path}: holds what is not read yet: ${shortened(message, 200)}`)
    : damaged(path, message);
}

async function decoding<T>(path: string, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    throw readable(path, error);
  }
}

function decodingNow<T>(path: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw readable(path, error);
  }
}
