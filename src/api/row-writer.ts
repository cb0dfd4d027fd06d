/** Rows as the text of a file, and where that goes. */
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { reasonOf, TEMPORARY } from '../machine/disk.js';
import type { Precision } from '../model/precision.js';

export const rowFormats = ['csv', 'jsonl'] as const;
export type RowFormat = (typeof rowFormats)[number];

/** A value of a row; null is missing. */
type Cell = unknown;

export interface RowWriter {
  /** What the file begins with. */
  readonly begin: string;
  /** A row's text. @param kept cells of the input @param values of the model, or nulls */
  row(kept: readonly Cell[], values: readonly (string | number | null)[]): string;
}

/** @param names of all columns @param precision of the numbers: float32 has 9 digits that tell any two apart */
export function writerOf(format: RowFormat, names: readonly string[], precision: Precision): RowWriter {
  const number = (value: number) => (precision === 'float32' ? Number(value.toPrecision(9)) : value);
  const rounded = (value: string | number | null) => (typeof value === 'number' ? number(value) : value);
  if (format === 'csv') {
    const line = (cells: readonly Cell[]) => `${cells.map(field).join(',')}\n`;
    return { begin: line(names), row: (kept, values) => line([...kept, ...values.map(rounded)]) };
  }
  return {
    begin: '',
    row(kept, values) {
      const cells = [...kept, ...values.map(rounded)];
      return `${JSON.stringify(Object.fromEntries(names.map((name, k) => [name, cells[k] ?? null])))}\n`;
    },
  };
}

/** A field of CSV, in quotes where it must be (RFC 4180). */
function field(value: Cell): string {
  if (value === null || value === undefined) return '';
  const text =
    value instanceof Date
      ? value.toISOString()
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Where text goes. */
export interface TextOutput {
  /** Resolves once there is room for more. */
  write(text: string): Promise<void>;
  /** The text is whole. */
  close(): Promise<void>;
  /** It is not, and is to leave nothing behind. */
  abandon(): Promise<void>;
}

/** @param path `-` is standard output @throws UserError for a file that cannot be written */
export async function outputOf(path: string): Promise<TextOutput> {
  if (path === '-') return { write: toStandardOutput, close: async () => {}, abandon: async () => {} };
  // What is no file, such as /dev/null, is written to as it is.
  const isFile = await stat(path).then(
    (status) => status.isFile(),
    () => true,
  );
  const temporary = isFile ? `${path}${TEMPORARY}` : path;
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const reason = reasonOf(error);
      throw reason === undefined ? error : new UserError(`${path}: cannot be written (${reason})`);
    }
  };
  const handle: FileHandle = await told(open(temporary, 'w'));
  return {
    write: async (text) => {
      await told(handle.writeFile(text));
    },
    async close() {
      await handle.close();
      if (isFile) await told(rename(temporary, path));
    },
    async abandon() {
      await handle.close().catch(() => {});
      if (isFile) await unlink(temporary).catch(() => {});
    },
  };
}

/** Waits where the reader is slower; where it went away, nothing is to be waited for. */
async function toStandardOutput(text: string): Promise<void> {
  const { stdout } = process;
  if (stdout.destroyed || stdout.write(text)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'error']) stdout.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) stdout.on(event, done);
  });
}
