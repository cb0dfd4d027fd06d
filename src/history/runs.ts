/**
 * The runs of a folder, each in one line: of each only what that line needs is read, the first and the last lines of its
 * events, and where it went on the last time. What is damaged is a line too, and says so.
 */
import { join } from 'node:path';
import { codeOf, isUserError, UserError } from '../errors.js';
import { type Disk, realDisk, unreadable } from '../machine/disk.js';
import { isBusy } from '../runs/lock.js';
import { damagedIn, damageOf } from './event-lines.js';
import { configOf, type RunState, recordOf } from './record.js';
import { type BestFigure, endsOf, summaryOf } from './summary.js';

/** `broken`: its configuration is gone or damaged, or its events cannot be read. */
export type RowState = RunState | 'broken';

/** A run of a folder, in one line. */
export interface RunRow {
  /** Below the folder: the run's own folder, or of runs that belong together theirs and it, `cv/fold-1`. */
  readonly name: string;
  /** Whether it still runs, or how it ended. */
  readonly state: RowState;
  /** What is wrong with a broken one; or that lines of its events are damaged, of those that were read. */
  readonly problem?: string;
  /** When it was begun: ISO 8601, UTC; of a run that does not say, when its configuration was written. */
  readonly at: string | null;
  /** Epochs that are done. */
  readonly epochs: number | null;
  /** Those that it is to have; null: nothing says so. */
  readonly of: number | null;
  /** The figure that decided which weights were left. */
  readonly best: BestFigure | null;
  /** Of the weights that it left. */
  readonly hash: string | null;
}

/** Folders that are looked at together. */
const AT_ONCE = 32;

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
  const writtenAt = async () => (await disk.lstat(join(folder, 'config.json')).catch(() => undefined))?.mtime;
  const busy = await isBusy(disk, folder);
  const ends = await endsOf(disk, join(folder, 'events.jsonl'));
  if (ends === undefined && (await writtenAt()) === undefined) return undefined;
  const config = await configOf(folder, disk);
  const record = recordOf(folder, config, ends?.events ?? [], busy);
  const { begun, epochs, epochsDone, best, bestHash } = summaryOf(record);
  const problem = ends && damageOf(folder, damagedIn(ends, busy));
  return {
    name,
    state: record.state,
    ...(problem !== undefined && { problem }),
    at: begun ?? (await writtenAt())?.toISOString() ?? null,
    epochs: epochsDone,
    of: epochs,
    best,
    hash: bestHash,
  };
}
