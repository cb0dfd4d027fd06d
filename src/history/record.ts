/**
 * A run as its folder tells it: the configuration, every event so far, and whether anybody still works on it. Reads what
 * is there, of a run under way or killed too, and changes nothing.
 */
import { basename, join } from 'node:path';
import { codeOf, UserError } from '../errors.js';
import type { DoneEvent, EpochEvent, FaultEvent, ProgressEvent, StartEvent, TrainEvent } from '../events.js';
import type { InsightsEvent } from '../insights.js';
import { type Disk, readSmall, realDisk, unreadable } from '../machine/disk.js';
import { writtenConfig } from '../runs/folder.js';
import { isBusy } from '../runs/lock.js';
import { damagedIn, linesIn } from './event-lines.js';

export { eventsIn } from './event-lines.js';

/** Events are lines of some hundred bytes: a file of this size holds a million of them. */
const MOST_BYTES = 2 ** 28;

/** `killed`: its process ended before the run did, and it can go on from its newest checkpoint. */
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
  /** Lines of its events that are damaged, and were passed over. */
  readonly damaged: number;
}

/**
 * The run in a folder.
 * @throws UserError where it holds no run, or cannot be read
 */
export async function readRun(folder: string, disk: Disk = realDisk): Promise<RunRecord> {
  const config = await configOf(folder, disk);
  // Asked first: a run that ends meanwhile has then written its last line.
  const busy = await isBusy(disk, folder);
  const lines = linesIn(await textOf(disk, join(folder, 'events.jsonl')));
  return recordOf(folder, config, lines.events, busy, damagedIn(lines, busy));
}

/** The configuration of the run in a folder. @throws UserError where there is none */
export async function configOf(folder: string, disk: Disk): Promise<unknown> {
  const config = await writtenConfig(folder, disk);
  if (config !== undefined) return config;
  const path = join(folder, 'config.json');
  const isThere = await disk.lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw new UserError(`${path}: expected a run's configuration, found none in it`);
  const advice = adviceOf(folder, await runsBelow(folder, disk));
  throw new UserError(`${folder}: expected the folder of a run, found no config.json${advice}`);
}

/** The folders of runs in a folder, as a cross-validation and a sweep leave them, in their order. */
async function runsBelow(folder: string, disk: Disk): Promise<string[]> {
  const entries = await disk.readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const order = new Intl.Collator('en', { numeric: true });
  const found: string[] = [];
  for (const name of names.sort(order.compare)) {
    const isRun = await disk.lstat(join(folder, name, 'config.json')).catch(() => undefined);
    if (isRun) found.push(join(folder, name));
  }
  return found;
}

function adviceOf(folder: string, [first, ...others]: readonly string[]): string {
  if (first === undefined) return '';
  const last = others.at(-1);
  const all = last === undefined ? first : `${first} … ${last}`;
  return `; ${folder} holds ${others.length + 1 === 1 ? 'a run' : `${others.length + 1} runs`}: name one of them, ${all}`;
}

/**
 * What events come to.
 * @param busy whether a process works on the run @param damaged lines that were passed over
 */
export function recordOf(
  folder: string,
  config: unknown,
  events: readonly TrainEvent[],
  busy: boolean,
  damaged = 0,
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
        break;
      default:
    }
    // What went on after its end may have begun between the parts of a file that are looked at.
    if (done !== undefined && 'step' in event && event.step > done.steps) done = undefined;
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
    damaged,
  };
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
