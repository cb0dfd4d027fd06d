/** The runs of a folder, a row each: from the first and the last lines of their events, so that a thousand are read soon. */
import { join } from 'node:path';
import { codeOf } from '../errors.js';
import type { DoneEvent, EpochEvent, ProgressEvent, StartEvent, TrainEvent } from '../events.js';
import { eventsIn, type RunState } from '../history/record.js';
import { type Disk, openRegular, readAt } from '../machine/disk.js';
import type { Figures } from '../model/metrics/index.js';
import { isBusy } from '../runs/lock.js';

/** Bytes of a run's events that are looked at, from either end. */
const END_BYTES = 1 << 14;
const MOST_RUNS = 500;

/** What the list shows of a run; null: it does not say, or not yet. */
export interface RunRow {
  readonly name: string;
  readonly state: RunState;
  /** When it was begun or went on: ISO 8601. */
  readonly at: string | null;
  readonly engine: string | null;
  readonly precision: string | null;
  readonly epoch: number | null;
  readonly epochs: number | null;
  readonly step: number | null;
  readonly totalSteps: number | null;
  readonly trainLoss: number | null;
  readonly validLoss: number | null;
  readonly validMetrics: Figures;
  readonly learningRate: number | null;
  readonly examplesPerSecond: number | null;
  readonly secondsLeft: number | null;
  readonly monitor: string | null;
  readonly bestValue: number | null;
  readonly weightsHash: string | null;
}

interface Seen {
  readonly stamp: string;
  readonly row: Omit<RunRow, 'state'>;
  readonly ended: RunState;
  readonly changed: number;
}

/** A folder of runs. */
export class Runs {
  #seen = new Map<string, Seen>();
  constructor(
    readonly folder: string,
    private readonly disk: Disk,
  ) {}

  /** The newest first; at most 500 of them. Empty where there is no such folder yet. */
  async list(): Promise<RunRow[]> {
    const names = await this.#names();
    const seen = new Map<string, Seen>();
    const rows: { row: RunRow; changed: number }[] = [];
    for (const name of names) {
      const path = join(this.folder, name);
      const one = await this.#look(path, name).catch(() => undefined);
      if (one === undefined) continue;
      seen.set(name, one);
      // Whoever goes on with one that has ended says so in its events.
      const isOpen = one.ended === 'killed' && (await isBusy(this.disk, path));
      const state = isOpen ? 'running' : one.ended;
      rows.push({ row: { ...one.row, state }, changed: one.changed });
    }
    this.#seen = seen;
    const byTime = rows.sort((a, b) => b.changed - a.changed);
    return byTime.slice(0, MOST_RUNS).map(({ row }) => row);
  }

  /** The events of a run by its name; undefined: there is no such run. What was asked for never becomes a path. */
  async eventsOf(name: string): Promise<string | undefined> {
    const own = (await this.#names()).find((each) => each === name);
    return own === undefined ? undefined : join(this.folder, own, 'events.jsonl');
  }

  async #names(): Promise<string[]> {
    try {
      const entries = await this.disk.readdir(this.folder, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  async #look(path: string, name: string): Promise<Seen> {
    const file = join(path, 'events.jsonl');
    const { size, mtimeMs, ino } = await this.disk.stat(file);
    const stamp = `${ino} ${size} ${mtimeMs}`;
    const before = this.#seen.get(name);
    if (before?.stamp === stamp) return before;
    const { first, last } = await endsOf(this.disk, file);
    return { ...summary(name, [...first, ...last]), stamp, changed: mtimeMs };
  }
}

/** The events at the beginning and at the end of a file, as far as they lie within some KiB; some twice in a short one. */
async function endsOf(disk: Disk, path: string): Promise<{ first: TrainEvent[]; last: TrainEvent[] }> {
  const { handle, size } = await openRegular(disk, path, Number.MAX_SAFE_INTEGER);
  try {
    const bytes = new Uint8Array(Math.min(END_BYTES, size));
    const textAt = async (from: number) =>
      new TextDecoder().decode(bytes.subarray(0, await readAt(handle, bytes, from)));
    return { first: eventsIn(await textAt(0)), last: eventsIn(await textAt(size - bytes.length)) };
  } finally {
    await handle.close();
  }
}

function summary(name: string, events: readonly TrainEvent[]): Pick<Seen, 'row' | 'ended'> {
  let start: StartEvent | undefined;
  let epoch: EpochEvent | undefined;
  let progress: ProgressEvent | undefined;
  let done: DoneEvent | undefined;
  for (const event of events) {
    if (event.event === 'start') {
      start = event;
      done = undefined;
    } else if (event.event === 'epoch') epoch = event;
    else if (event.event === 'progress') progress = event;
    else if (event.event === 'done') done = event;
    // What went on after its end may have begun between the parts of the file that are looked at.
    const { step = 0 } = event as { step?: number };
    if (done !== undefined && step > done.steps) done = undefined;
  }
  const isLater = progress !== undefined && progress.step > (epoch?.step ?? 0);
  const now = isLater ? progress : epoch;
  const row = {
    name,
    at: start?.at ?? null,
    engine: start?.engine ?? null,
    precision: start?.precision ?? null,
    epoch: done?.epochs ?? now?.epoch ?? null,
    epochs: start?.epochs ?? null,
    step: done?.steps ?? now?.step ?? null,
    totalSteps: start ? start.epochs * start.stepsPerEpoch : null,
    trainLoss: now?.trainLoss ?? null,
    validLoss: done?.validLoss ?? epoch?.validLoss ?? null,
    validMetrics: done?.validMetrics ?? epoch?.validMetrics ?? {},
    learningRate: epoch?.learningRate ?? null,
    examplesPerSecond: now?.examplesPerSecond ?? null,
    secondsLeft: done ? 0 : ((isLater ? progress?.secondsLeft : undefined) ?? null),
    monitor: start?.monitor ?? null,
    bestValue: done?.bestValue ?? null,
    weightsHash: done?.weightsHash ?? null,
  };
  return { row, ended: done === undefined ? 'killed' : done.stopped ? 'stopped' : 'done' };
}
