/** A run's events.jsonl from any place on: what a viewer has missed is read again, so nobody has to remember it. */
import { isBlank, splitLines } from '../history/event-lines.js';
import { type Disk, openRegular, readAt } from '../machine/disk.js';

/** Bytes that are read at a time, and the most that one line may have. */
const CHUNK = 1 << 18;
const LONGEST = 1 << 25;
const NEWLINE = 10;

/** Lines that follow a place. */
export interface Part {
  readonly lines: readonly string[];
  /** The place after them; it says which file it is in. */
  readonly cursor: string;
  /** The place that was asked for is in no such file: these are the first lines. */
  readonly anew: boolean;
  /** How many lines beside these were passed over, as they are damaged; undefined: nobody has looked. */
  readonly damaged?: number;
}

/**
 * Whole lines after `cursor`, at most some 256 KiB of them; none where there are none yet. A line that is longer than
 * 32 MiB is passed over.
 * @param cursor as `Part` has it, of anybody's making; empty: from the beginning
 * @throws the disk's errors as they are, UserError for what is no file
 */
export async function linesAfter(disk: Disk, path: string, cursor: string): Promise<Part> {
  const [, file, digits] = /^([0-9a-z]{1,20})-(\d{1,15})$/.exec(cursor) ?? [];
  const { ino, size } = await disk.stat(path);
  const id = Math.abs(ino).toString(36);
  const known = file === id && Number(digits) <= size;
  const from = known ? Number(digits) : 0;
  const anew = cursor !== '' && !known;
  if (from === size) return { lines: [], cursor: `${id}-${from}`, anew };
  const { handle } = await openRegular(disk, path, Number.MAX_SAFE_INTEGER);
  try {
    for (let length = CHUNK; ; length *= 4) {
      const bytes = Buffer.allocUnsafe(Math.min(length, size - from));
      const filled = await readAt(handle, bytes, from);
      const end = bytes.subarray(0, filled).lastIndexOf(NEWLINE) + 1;
      const isAll = filled < length;
      if (end === 0 && !isAll && length < LONGEST) continue;
      const next = end === 0 && !isAll ? from + filled : from + end;
      const lines = splitLines(bytes.toString('utf8', 0, end)).filter((line) => !isBlank(line));
      return { lines, cursor: `${id}-${next}`, anew };
    }
  } finally {
    await handle.close();
  }
}
