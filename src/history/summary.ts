/**
 * A run in a few figures, as lists of runs and reports tell them: one summary, of whatever is known of the run's events.
 * Where a file is long, its first line and its last ones tell all of it.
 */
import { codeOf } from '../errors.js';
import type { TrainEvent } from '../events.js';
import { type Disk, openRegular, readAt, unreadable } from '../machine/disk.js';
import type { Figures } from '../model/metrics/index.js';
import { bestEpoch, figureIn } from './compared-run.js';
import { eventOf, type Lines, linesIn } from './event-lines.js';
import type { RunRecord } from './record.js';

/** The figure by which weights are chosen, or what there is in its place. */
export interface BestFigure {
  /** `loss`, or a metric. */
  readonly figure: string;
  /** What it is. */
  readonly value: number;
  /** The rows that it is over. */
  readonly split: 'validation' | 'test';
}

/** null: nothing says so, or not yet. */
export interface RunSummary {
  /** When it was begun the first time: ISO 8601, UTC. */
  readonly begun: string | null;
  /** When it was begun or went on. */
  readonly at: string | null;
  readonly engine: string | null;
  readonly precision: string | null;
  /** That it is to have, and those that are done. */
  readonly epochs: number | null;
  readonly epochsDone: number;
  /** The epoch under way, or the last one. */
  readonly epoch: number | null;
  /** The last one that anything is known of. */
  readonly step: number | null;
  readonly totalSteps: number | null;
  readonly trainLoss: number | null;
  readonly validLoss: number | null;
  readonly validMetrics: Figures;
  readonly learningRate: number | null;
  readonly examplesPerSecond: number | null;
  readonly secondsLeft: number | null;
  readonly monitor: string | null;
  /** Of the weights that it left, or would leave now. */
  readonly best: BestFigure | null;
  /** Of the weights that it left. */
  readonly bestHash: string | null;
  /** Of the last step. */
  readonly weightsHash: string | null;
}

export function summaryOf({
  start,
  epochs,
  progress,
  done,
  events,
}: Pick<RunRecord, 'start' | 'epochs' | 'progress' | 'done' | 'events'>): RunSummary {
  const first = events.find((event) => event.event === 'start');
  const epoch = epochs.at(-1);
  const mean = progress.at(-1);
  const isLater = mean !== undefined && mean.step > (epoch?.step ?? 0);
  const now = isLater ? mean : epoch;
  return {
    begun: first?.at ?? null,
    at: start?.at ?? null,
    engine: start?.engine ?? null,
    precision: start?.precision ?? null,
    epochs: start?.epochs ?? null,
    epochsDone: done?.epochs ?? epoch?.epoch ?? 0,
    epoch: done?.epochs ?? now?.epoch ?? null,
    step: done?.steps ?? now?.step ?? null,
    totalSteps: start ? start.epochs * start.stepsPerEpoch : null,
    trainLoss: now?.trainLoss ?? null,
    validLoss: done?.validLoss ?? epoch?.validLoss ?? null,
    validMetrics: done?.validMetrics ?? epoch?.validMetrics ?? {},
    learningRate: epoch?.learningRate ?? null,
    examplesPerSecond: now?.examplesPerSecond ?? null,
    secondsLeft: done ? 0 : ((isLater ? mean.secondsLeft : undefined) ?? null),
    monitor: start?.monitor ?? done?.monitor ?? null,
    best: bestOf({ start, epochs, done }),
    bestHash: done?.bestHash ?? null,
    weightsHash: done?.weightsHash ?? null,
  };
}

function bestOf({ start, epochs, done }: Pick<RunRecord, 'start' | 'epochs' | 'done'>): BestFigure | null {
  const figure = done?.monitor ?? start?.monitor;
  if (figure === undefined) return null;
  if (done === undefined) {
    const best = bestEpoch(epochs, figure);
    const value = best && figureIn(best, figure);
    return typeof value === 'number' ? { figure, value, split: 'validation' } : null;
  }
  if (done.bestValue !== null) return { figure, value: done.bestValue, split: 'validation' };
  return done.testLoss === null ? null : { figure: 'loss', value: done.testLoss, split: 'test' };
}

/** Bytes of the end of the events that are read first, and most of all: before, and where a line is longer. */
const TAIL = 1 << 12;
const MOST_TAIL = 1 << 22;
/** Bytes of the first line: it names the columns of a table. */
const HEAD = 1 << 13;
const MOST_HEAD = 1 << 24;
/** Bytes before the end that are read together with the first line. */
const AT_ONCE = 1 << 16;
const MOST_BYTES = 2 ** 40;

/**
 * The first line of a file of events, that with which the run went on the last time, and the last ones: all from the last
 * result on, or where the run has none yet as many as are read at most. Damaged lines are counted in the first and the last.
 * @param most bytes of its end @returns undefined where there is no such file
 * @throws UserError where it cannot be read
 */
export async function endsOf(disk: Disk, path: string, most = MOST_TAIL): Promise<Lines | undefined> {
  const opened = await openRegular(disk, path, MOST_BYTES).catch((error) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unreadable(path, error);
  });
  if (opened === undefined) return undefined;
  const { handle, size } = opened;
  const bytesAt = async (position: number, length: number) => {
    const bytes = Buffer.allocUnsafe(Math.min(length, size - position));
    return bytes.subarray(0, await readAt(handle, bytes, position));
  };
  const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  try {
    let end = linesIn('');
    /** Where its lines begin. */
    let from = size;
    for (let length = TAIL; from > 0 && length <= most && !isEnded(end.events); length *= 4) {
      const at = Math.max(0, size - length);
      const bytes = await bytesAt(at, length);
      // What is before the first end of a line may be half of one.
      const begin = at === 0 ? 0 : bytes.indexOf(NEWLINE) + 1 || bytes.length;
      from = at + begin;
      end = linesIn(textOf(bytes.subarray(begin)));
    }
    if (from === 0) return end;
    let piece = await bytesAt(0, from <= AT_ONCE ? from : HEAD);
    for (let length = HEAD * 16; !piece.includes(NEWLINE) && piece.length < Math.min(size, MOST_HEAD); ) {
      piece = await bytesAt(0, length);
      length *= 16;
    }
    const first = piece.indexOf(NEWLINE) + 1 || piece.length;
    const head = linesIn(`${textOf(piece.subarray(0, first))}\n`);
    const { damaged, cut } = end;
    const events = [...head.events];
    if (!end.events.some(({ event }) => event === 'start')) {
      const at = Math.max(first, from - MOST_TAIL);
      const between = from <= piece.length ? piece.subarray(first, from) : await bytesAt(at, from - at);
      const again = startIn(between);
      if (again !== undefined) events.push(again);
    }
    return { events: [...events, ...end.events], damaged: head.damaged + damaged, cut };
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await handle.close();
  }
}

const START = Buffer.from('"event":"start"');
const NEWLINE = 10;

/** The last event in whole lines that says that the run began or went on. Most of a file is looked through so: not as text. */
function startIn(text: Buffer): TrainEvent | undefined {
  for (let at = text.lastIndexOf(START); at >= 0; at = text.lastIndexOf(START, at - 1)) {
    const end = text.indexOf(NEWLINE, at);
    const line = text.toString('utf8', text.lastIndexOf(NEWLINE, at) + 1, end < 0 ? text.length : end);
    const event = eventOf(line);
    if (event?.event === 'start') return event;
    if (at === 0) break;
  }
  return undefined;
}

const isEnded = (events: readonly TrainEvent[]) => events.at(-1)?.event === 'done';
