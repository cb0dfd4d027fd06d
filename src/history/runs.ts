/**
 * The runs of a folder, each in one line: of each only what that line needs is read, the first and the last lines of its
 * events. What is damaged is a line too, and says so.
 */
import { join } from 'node:path';
import { codeOf, isUserError, UserError } from '../errors.js';
import type { DoneEvent, EpochEvent, StartEvent, TrainEvent } from '../events.js';
import { parseJson } from '../formats/json.js';
import { type Disk, openRegular, readAt, realDisk, unreadable } from '../machine/disk.js';
import { isBusy } from '../runs/lock.js';
import { direction } from './compared-run.js';
import { eventsIn, type RunState } from './record.js';

/** `broken`: its files are not what gradpool writes. */
export type RowState = RunState | 'broken';

/** A run of a folder, in short. */
export interface RunRow {
  /** Below the folder: the run's own folder, or of runs that belong together theirs and it, `cv/fold-1`. */
  readonly name: string;
  /** Whether it goes on, or how it ended. */
  readonly state: RowState;
  /** What is wrong with a broken one. */
  readonly problem?: string;
  /** When it was begun: ISO 8601, UTC; of a run that does not say, when its configuration was written. */
  readonly at: string | null;
  /** Epochs that are done, and those that it is to have. */
  readonly epochs: number | null;
  /** Epochs that it is to have. */
  readonly of: number | null;
  /** The figure that decided which weights were left. */
  readonly best: {
    readonly figure: string;
    readonly value: number;
    readonly split: 'validation' | 'test';
  } | null;
  /** Of the weights that it left. */
  readonly hash: string | null;
}

/** Folders that are looked at together. */
const AT_ONCE = 32;
/** Bytes of the end of the events that are read first, and most of all: before, and where a line is longer. */
const TAIL = 1 << 13;
const MOST_TAIL = 1 << 22;
/** Bytes of the first line: it names the columns of a table. */
const HEAD = 1 << 13;
const MOST_HEAD = 1 << 24;
const MOST_BYTES = 2 ** 40;

/**
 * All runs in a folder, in the order in which they were begun.
 * @throws UserError where there is no such folder
 */
export async function runRows(folder: string, disk: Disk = realDisk): Promise<RunRow[]> {
  const names = await foldersIn(disk, folder);
  const rows: RunRow[] = [];
  let next = 0;
  const work = async () => {
    while (next < names.length) {
      const name = names[next++];
      rows.push(...(await rowsOf(disk, folder, name)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return rows.sort((a, b) => compare(a.at ?? '', b.at ?? '') || compare(a.name, b.name));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

async function foldersIn(disk: Disk, folder: string): Promise<string[]> {
  try {
    const entries = await disk.readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') throw new UserError(`${folder}: no such folder; gradpool train makes runs/`);
    if (code === 'ENOTDIR') throw new UserError(`${folder}: expected a folder of runs, got a file`);
    throw unreadable(folder, error);
  }
}

/** The run in a folder, or those of a cross-validation or a sweep in it; none where it holds something else. */
async function rowsOf(disk: Disk, folder: string, name: string): Promise<RunRow[]> {
  const at = join(folder, name);
  try {
    const own = await rowOf(disk, at, name);
    if (own !== undefined) return [own];
    const below = await disk.readdir(at, { withFileTypes: true });
    const rows: RunRow[] = [];
    for (const entry of below) {
      if (!entry.isDirectory()) continue;
      const inner = `${name}/${entry.name}`;
      const row = await rowOf(disk, join(at, entry.name), inner).catch((error) => broken(inner, error));
      if (row !== undefined) rows.push(row);
    }
    return rows;
  } catch (error) {
    return [broken(name, error)];
  }
}

function broken(name: string, error: unknown): RunRow {
  if (!isUserError(error) && codeOf(error) === undefined) throw error;
  const problem = (error as Error).message;
  return { name, state: 'broken', problem, at: null, epochs: null, of: null, best: null, hash: null };
}

/** @returns undefined for a folder that holds no run */
async function rowOf(disk: Disk, folder: string, name: string): Promise<RunRow | undefined> {
  const path = join(folder, 'events.jsonl');
  const written = await disk.lstat(join(folder, 'config.json')).catch(() => undefined);
  const read = await endsOf(disk, path);
  if (read === undefined) {
    if (written === undefined) return undefined;
    // It was begun, and has told nothing yet.
    const state = (await isBusy(disk, folder)) ? 'running' : 'killed';
    const at = written.mtime.toISOString();
    return { name, state, at, epochs: 0, of: null, best: null, hash: null };
  }
  const first = parseJson(read.first) as TrainEvent | undefined;
  if (first?.event !== 'start') {
    throw new UserError(`${path}: expected the start of a run in its first line, got something else`);
  }
  const { last } = read;
  const done = last.at(-1)?.event === 'done' ? (last.at(-1) as DoneEvent) : undefined;
  const epochs = last.filter((event): event is EpochEvent => event.event === 'epoch');
  const ended: RunState = done === undefined ? 'killed' : done.stopped ? 'stopped' : 'done';
  return {
    name,
    state: (await isBusy(disk, folder)) ? 'running' : ended,
    at: first.at ?? written?.mtime.toISOString() ?? null,
    epochs: done?.epochs ?? epochs.at(-1)?.epoch ?? 0,
    of: first.epochs ?? null,
    best: done === undefined ? bestOf(first, epochs) : figureOf(done),
    hash: done?.bestHash ?? null,
  };
}

function figureOf({ monitor, bestValue, testLoss }: DoneEvent): RunRow['best'] {
  if (bestValue !== null) return { figure: monitor, value: bestValue, split: 'validation' };
  return testLoss === null ? null : { figure: 'loss', value: testLoss, split: 'test' };
}

/** Of a run that has not come to its end: the best of the epochs that were read. */
function bestOf({ monitor }: StartEvent, epochs: readonly EpochEvent[]): RunRow['best'] {
  const sign = -(direction(monitor) ?? -1);
  const values = epochs
    .map(({ validLoss, validMetrics }) => (monitor === 'loss' ? validLoss : validMetrics[monitor]))
    .filter((value) => typeof value === 'number');
  const [best] = values.sort((a, b) => sign * (a - b));
  return best === undefined ? null : { figure: monitor, value: best, split: 'validation' };
}

/**
 * The first line of a file of events, and the last ones: all from the last result on, or where the run has none yet as
 * many as are read at most. @returns undefined where there is no such file, or nothing in it
 */
async function endsOf(
  disk: Disk,
  path: string,
): Promise<{ first: string; last: readonly TrainEvent[] } | undefined> {
  const opened = await openRegular(disk, path, MOST_BYTES).catch((error) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unreadable(path, error);
  });
  if (opened === undefined) return undefined;
  const { handle, size } = opened;
  const textAt = async (position: number, length: number) => {
    const bytes = new Uint8Array(Math.min(length, size - position));
    return new TextDecoder().decode(bytes.subarray(0, await readAt(handle, bytes, position)));
  };
  try {
    if (size === 0) return undefined;
    let first: string | undefined;
    for (let length = HEAD; first === undefined; length *= 16) {
      const text = await textAt(0, length);
      const end = text.indexOf('\n');
      if (end >= 0) first = text.slice(0, end);
      else if (length >= Math.min(size, MOST_HEAD)) first = text;
    }
    for (let length = TAIL; ; length *= 8) {
      const from = Math.max(0, size - length);
      const text = await textAt(from, length);
      // What is before the first end of a line may be half of one.
      const last = eventsIn(from === 0 ? text : text.slice(text.indexOf('\n') + 1));
      if (from === 0 || length >= MOST_TAIL || last.at(-1)?.event === 'done') return { first, last };
    }
  } finally {
    await handle.close();
  }
}
