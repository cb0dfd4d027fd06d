/** A trial as its folder tells it. Nothing else is remembered of a sweep: a killed one goes on from what is there. */
import { join } from 'node:path';
import { codeOf } from '../errors.js';
import type { DoneEvent, TrainEvent } from '../events.js';
import { isMapping, parseJson } from '../formats/json.js';
import { eventsIn } from '../history/record.js';
import { intervalOf } from '../interval.js';
import { type Disk, readSmall, unreadable, writeDurably } from '../machine/disk.js';

const BROKEN = 'broken.json';
const MOST_BYTES = 2 ** 28;

/** `trial-0007`: sorted by name they stand in their order. */
export const trialFolder = (folder: string, trial: number): string =>
  join(folder, `trial-${String(trial).padStart(4, '0')}`);

/** What a trial's folder holds. */
export interface TrialRecord {
  readonly events: readonly TrainEvent[];
  /** Why it is broken; undefined: it is not. */
  readonly broken: string | undefined;
}

export async function readTrial(disk: Disk, folder: string): Promise<TrialRecord> {
  const events = eventsIn(await textOf(disk, join(folder, 'events.jsonl')));
  const note = parseJson(await textOf(disk, join(folder, BROKEN)));
  const broken = isMapping(note) && typeof note.message === 'string' ? note.message : undefined;
  return { events, broken };
}

/** Notes that a trial cannot come to an end, so that it is not tried again. */
export async function writeBroken(disk: Disk, folder: string, message: string): Promise<void> {
  await writeDurably(disk, join(folder, BROKEN), [Buffer.from(`${JSON.stringify({ message })}\n`)]);
}

/**
 * How the run stood after so long, where it has come so far: what it told when it ended there. One that was interrupted
 * elsewhere has ended there too, and that counts for nothing.
 * @param until undefined: its last epoch
 */
export function endingAt(
  { events }: Pick<TrialRecord, 'events'>,
  until: string | undefined,
): DoneEvent | undefined {
  const start = events.findLast((event) => event.event === 'start');
  if (start?.event !== 'start') return undefined;
  const total = start.epochs * start.stepsPerEpoch;
  const target = until === undefined ? total : Math.min(total, intervalOf(until, start.stepsPerEpoch).steps);
  const isIt = (event: TrainEvent): event is DoneEvent =>
    event.event === 'done' && (event.steps === target || (event.learnedEnough && event.steps < target));
  return events.findLast(isIt);
}

/** Whether a run is at its very end. */
export const isWhole = (done: DoneEvent): boolean => !done.stopped;

async function textOf(disk: Disk, path: string): Promise<string> {
  try {
    return await readSmall(disk, path, MOST_BYTES);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw unreadable(path, error);
  }
}
