/** A trial as its folder tells it. Nothing else is remembered of a sweep: a killed one goes on from what is there. */
import { basename, dirname, join } from 'node:path';
import { codeOf, UserError } from '../errors.js';
import type { DoneEvent, TrainEvent } from '../events.js';
import { isMapping, parseJson } from '../formats/json.js';
import { eventsIn } from '../history/record.js';
import { intervalOf } from '../interval.js';
import { type Disk, readSmall, unreadable, writeDurably } from '../machine/disk.js';
import { writtenConfig } from '../runs/folder.js';
import { hashOf } from '../runs/provenance.js';

const BROKEN = 'broken.json';
const MOST_BYTES = 2 ** 28;

/** `trial-0007`: sorted by name they stand in their order. */
export const trialFolder = (folder: string, trial: number): string =>
  join(folder, `trial-${String(trial).padStart(4, '0')}`);

/**
 * Where the winner is trained once more: `final`, or `final-0007` where that is of the trial that won when there were fewer.
 * @param trained the winner's own folder
 */
export async function finalFolder(disk: Disk, folder: string, trained: string): Promise<string> {
  const usual = join(folder, 'final');
  const [there, own] = await Promise.all([usual, trained].map((each) => writtenConfig(each, disk)));
  if (there === undefined || hashOf(there) === hashOf(own)) return usual;
  return join(folder, basename(trained).replace(/^trial/, 'final'));
}

/** What a trial's folder holds. */
export interface TrialRecord {
  readonly events: readonly TrainEvent[];
  /** Why it is broken; undefined: it is not. */
  readonly broken: string | undefined;
}

/** @throws UserError where something else stands in its place, or it cannot be read */
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
    if (code === 'ENOENT') return '';
    if (code === 'ENOTDIR')
      throw new UserError(`${dirname(path)}: expected a trial's folder, got a file; move it away`);
    throw unreadable(path, error);
  }
}
