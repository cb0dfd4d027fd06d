/**
 * A run as its folder tells it: the configuration, every event so far, and whether anybody still works on it. Reads what
 * is there, of a run under way or killed too, and changes nothing.
 */
import { basename, join } from 'node:path';
import { codeOf, UserError } from '../errors.js';
import type { DoneEvent, EpochEvent, FaultEvent, ProgressEvent, StartEvent, TrainEvent } from '../events.js';
import { isMapping, parseJson } from '../formats/json.js';
import type { InsightsEvent } from '../insights.js';
import { type Disk, readSmall, realDisk, unreadable } from '../machine/disk.js';
import { writtenConfig } from '../runs/folder.js';
import { isBusy } from '../runs/lock.js';

/** Events are lines of some hundred bytes: a file of this size holds a million of them. */
const MOST_BYTES = 2 ** 28;

/** `killed`: it ended without a word, and can go on from its newest checkpoint. */
export type RunState = 'running' | 'done' | 'stopped' | 'killed';

/** A run, as its folder tells it. */
export interface RunRecord {
  /** As it was given. */
  readonly folder: string;
  /** The folder's own name. */
  readonly name: string;
  /** Whether it goes on, or how it ended. */
  readonly state: RunState;
  /** The configuration with all defaults, as config.json has it. */
  readonly config: unknown;
  /** In the order in which they were told. */
  readonly events: readonly TrainEvent[];
  /** Of the last time that it was begun or went on. */
  readonly start: StartEvent | undefined;
  /** Each epoch once, by its number: what was done again after a checkpoint counts. */
  readonly epochs: readonly EpochEvent[];
  /** The means between epochs, for curves: of steps that were not done again. */
  readonly progress: readonly ProgressEvent[];
  /** Failures of workers that were survived. */
  readonly faults: readonly FaultEvent[];
  /** What was found out at its end. */
  readonly insights: InsightsEvent | undefined;
  /** The last one; undefined: it has not ended. */
  readonly done: DoneEvent | undefined;
}

/**
 * The run in a folder.
 * @throws UserError where it holds no run, or cannot be read
 */
export async function readRun(folder: string, disk: Disk = realDisk): Promise<RunRecord> {
  const path = join(folder, 'events.jsonl');
  const config = await writtenConfig(folder, disk);
  if (config === undefined)
    throw new UserError(`${folder}: expected the folder of a run, found no config.json`);
  const events = eventsIn(await textOf(disk, path));
  return recordOf(folder, config, events, await isBusy(disk, folder));
}

/** What events come to. @param busy whether a process works on the run */
export function recordOf(
  folder: string,
  config: unknown,
  events: readonly TrainEvent[],
  busy: boolean,
): RunRecord {
  let start: StartEvent | undefined;
  let insights: InsightsEvent | undefined;
  let done: DoneEvent | undefined;
  let epochs: EpochEvent[] = [];
  let progress: ProgressEvent[] = [];
  const faults: FaultEvent[] = [];
  for (const event of events) {
    switch (event.event) {
      case 'start':
        start = event;
        done = undefined;
        insights = undefined;
        break;
      case 'resume':
        epochs = epochs.filter(({ step }) => step <= event.step);
        progress = progress.filter(({ step }) => step <= event.step);
        break;
      case 'epoch':
        epochs.push(event);
        break;
      case 'progress':
        progress.push(event);
        break;
      case 'fault':
        faults.push(event);
        break;
      case 'insights':
        insights = event;
        break;
      case 'done':
        done = event;
    }
  }
  const ended: RunState = done === undefined ? 'killed' : done.stopped ? 'stopped' : 'done';
  const state = busy ? 'running' : ended;
  return {
    folder,
    name: basename(folder),
    state,
    config,
    events,
    start,
    epochs,
    progress,
    faults,
    insights,
    done,
  };
}

/** Whole lines of JSON; the last one may be torn, and what is no event is passed over. */
export function eventsIn(text: string): TrainEvent[] {
  return text.split('\n').flatMap((line) => {
    const event = parseJson(line);
    return isMapping(event) && typeof event.event === 'string' ? [event as unknown as TrainEvent] : [];
  });
}

/** Empty where there is no such file: a run that was killed before its first event. */
async function textOf(disk: Disk, path: string): Promise<string> {
  try {
    return await readSmall(disk, path, MOST_BYTES);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw unreadable(path, error);
  }
}
