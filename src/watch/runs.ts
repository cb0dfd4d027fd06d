/** The runs of a folder, a row each: from the first and the last lines of their events, so that a thousand are read soon. */
import { join } from 'node:path';
import { codeOf, isUserError } from '../errors.js';
import type { TrainEvent } from '../events.js';
import { damagedIn, damageOf } from '../history/event-lines.js';
import { configOf, recordOf } from '../history/record.js';
import type { RowState } from '../history/runs.js';
import { endsOf, type RunSummary, summaryOf } from '../history/summary.js';
import type { Disk } from '../machine/disk.js';
import { isBusy } from '../runs/lock.js';

/** Bytes of the end of a run's events that are looked at: once a second, while it goes on. */
const END_BYTES = 1 << 16;
const MOST_RUNS = 500;

/** What the list shows of a run; null: it does not say, or not yet. */
export interface RunRow extends Omit<RunSummary, 'begun' | 'best' | 'bestHash' | 'epochsDone'> {
  readonly name: string;
  readonly state: RowState;
  /** What is wrong with a broken one; or that lines of its events are damaged, of those that were read. */
  readonly problem?: string;
  /** Whether its last line is damaged: cut, with nobody there who writes it. */
  readonly isCut: boolean;
  /** Of a run that has ended: the end of the events does not tell of all epochs. */
  readonly bestValue: number | null;
}

/** A run as it was when its events had this stamp. */
interface Seen {
  readonly stamp: string;
  readonly rowOf: (isRunning: boolean) => RunRow;
  /** Whether it may be under way: whoever goes on with one that has ended says so in its events. */
  readonly isOpen: boolean;
  readonly changed: number;
}

/** A folder of runs. */
export class Runs {
  #seen = new Map<string, Seen>();
  constructor(
    readonly folder: string,
    private readonly disk: Disk,
  ) {}

  /** The newest first, those of a cross-validation or a sweep too; at most 500. Empty where there is no such folder yet. */
  async list(): Promise<RunRow[]> {
    const names = await this.#namesIn('');
    const seen = new Map<string, Seen>();
    const rows: { row: RunRow; changed: number }[] = [];
    const look = async (name: string) => {
      const path = join(this.folder, name);
      const one = await this.#look(path, name);
      if (one === undefined) return false;
      seen.set(name, one);
      const isRunning = one.isOpen && (await isBusy(this.disk, path));
      rows.push({ row: one.rowOf(isRunning), changed: one.changed });
      return true;
    };
    for (const name of names) {
      if (await look(name)) continue;
      for (const inner of await this.#namesIn(name).catch(() => [])) await look(`${name}/${inner}`);
    }
    this.#seen = seen;
    const byTime = rows.sort((a, b) => b.changed - a.changed);
    return byTime.slice(0, MOST_RUNS).map(({ row }) => row);
  }

  /** The events of a run by its name; undefined: there is no such run. What was asked for never becomes a path. */
  async eventsOf(name: string): Promise<string | undefined> {
    const [outer, inner, ...more] = name.split('/');
    if (more.length > 0) return undefined;
    const own = (await this.#namesIn('')).find((each) => each === outer);
    if (own === undefined) return undefined;
    const path = join(this.folder, own);
    if (inner === undefined) return join(path, 'events.jsonl');
    const below = (await this.#namesIn(own).catch(() => [])).find((each) => each === inner);
    return below === undefined ? undefined : join(path, below, 'events.jsonl');
  }

  /** Folders in it, or in one of these. */
  async #namesIn(name: string): Promise<string[]> {
    try {
      const entries = await this.disk.readdir(join(this.folder, name), { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /** @returns undefined for what is no run */
  async #look(path: string, name: string): Promise<Seen | undefined> {
    const before = this.#seen.get(name);
    const stats = ['events.jsonl', 'config.json'].map((file) =>
      this.disk.stat(join(path, file)).catch(() => undefined),
    );
    const [events, config] = await Promise.all(stats);
    const newest = events ?? config;
    if (newest === undefined) return undefined;
    const stamp = [events, config].map((file) => file && `${file.ino} ${file.size} ${file.mtimeMs}`).join();
    if (before?.stamp === stamp) return before;
    const seen = { stamp, changed: newest.mtimeMs };
    try {
      await configOf(path, this.disk);
      const ends = await endsOf(this.disk, join(path, 'events.jsonl'), END_BYTES);
      const { events = [], ...lines } = ends ?? { damaged: 0, cut: false };
      const rowOf = (isRunning: boolean): RunRow => {
        const problem = damageOf(path, damagedIn(lines, isRunning));
        const { state, ...row } = rowOfEvents(path, events, isRunning);
        const isCut = lines.cut && !isRunning;
        return { name, state, ...(problem !== undefined && { problem }), ...row, isCut };
      };
      // Of most runs it is asked again and again.
      const ended = rowOf(false);
      const isOpen = ended.state === 'killed';
      return { ...seen, rowOf: (isRunning) => (isRunning ? rowOf(true) : ended), isOpen };
    } catch (error) {
      if (!isUserError(error) && codeOf(error) === undefined) throw error;
      const problem = (error as Error).message;
      const { state: _, ...row } = rowOfEvents(path, [], false);
      return {
        ...seen,
        isOpen: false,
        rowOf: () => ({ name, state: 'broken', problem, ...row, isCut: false }),
      };
    }
  }
}

function rowOfEvents(folder: string, events: readonly TrainEvent[], isRunning: boolean) {
  const record = recordOf(folder, undefined, events, isRunning);
  const { begun: _, best: __, bestHash: ___, epochsDone: ____, ...row } = summaryOf(record);
  return { ...row, state: record.state, bestValue: record.done?.bestValue ?? null };
}
