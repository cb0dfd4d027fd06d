/**
 * The lines of a run's events.jsonl: which of them are events, and how many are damaged. Everything that looks at runs goes
 * by this one rule, so that a report, a list, the live page, an export and a comparison tell the same of a damaged file.
 * Reads no file.
 */
import { join } from 'node:path';
import type { TrainEvent } from '../events.js';
import { isMapping, parseJson } from '../formats/json.js';

/** What some lines come to. */
export interface Lines {
  readonly events: readonly TrainEvent[];
  /** Lines that were passed over, as they are no event. */
  readonly damaged: number;
  /** Whether there is a beginning of a line behind them: somebody is writing it, or was when the run was killed. */
  readonly cut: boolean;
}

type Check = (value: unknown) => boolean;
const number: Check = (value) => typeof value === 'number';
/** JSON has no word for a number that is not finite. */
const figure: Check = (value) => typeof value === 'number' || value === null;
const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const list: Check = Array.isArray;
const mapping: Check = isMapping;

/** Of each event what it is nothing without: an older version may have told less of the rest. */
const needed: Readonly<Record<TrainEvent['event'], Readonly<Record<string, Check>>>> = {
  start: { name: text, seed: number, epochs: number, stepsPerEpoch: number, monitor: text, network: list },
  resume: { step: number },
  progress: { step: number, totalSteps: number, epoch: number, trainLoss: figure },
  epoch: {
    epoch: number,
    step: number,
    trainLoss: figure,
    validLoss: figure,
    validMetrics: mapping,
    trainSeconds: number,
    examplesPerSecond: figure,
    learningRate: figure,
  },
  sample: { step: number, examples: list, time: mapping },
  checkpoint: { step: number },
  fault: { step: number, message: text },
  insights: { rows: number, worst: list, layers: list },
  done: {
    epochs: number,
    steps: number,
    bestStep: number,
    bestValue: figure,
    stopped: flag,
    testLoss: figure,
  },
};

/**
 * The event that a line is; undefined: it is none, and counts as damaged. An event of a name that this version does not
 * know is one: a later version may have told it.
 */
export function eventOf(line: string): TrainEvent | undefined {
  const event = parseJson(line);
  if (!isMapping(event) || typeof event.event !== 'string') return undefined;
  const checks = Object.hasOwn(needed, event.event) ? needed[event.event as TrainEvent['event']] : {};
  const isWhole = Object.entries(checks).every(([key, check]) => check(event[key]));
  return isWhole ? (event as unknown as TrainEvent) : undefined;
}

/** The lines of a text: only a line feed ends one, and those that are blank say nothing. What is after the last is one too. */
export const splitLines = (text: string): string[] => text.split('\n');

export const isBlank = (line: string): boolean => line.trim() === '';

/** A text of whole lines, of which the last one may be cut. */
export function linesIn(text: string): Lines {
  const lines = splitLines(text);
  const last = lines.length - 1;
  const events: TrainEvent[] = [];
  let damaged = 0;
  let cut = false;
  for (const [k, line] of lines.entries()) {
    if (isBlank(line)) continue;
    const event = eventOf(line);
    if (event !== undefined) events.push(event);
    else if (k === last) cut = true;
    else damaged++;
  }
  return { events, damaged, cut };
}

/** The events of a text, as `linesIn` finds them. */
export const eventsIn = (text: string): readonly TrainEvent[] => linesIn(text).events;

/** Lines that are damaged: a cut one is, too, where nobody is writing it. */
export const damagedIn = ({ damaged, cut }: Omit<Lines, 'events'>, isRunning: boolean): number =>
  damaged + (cut && !isRunning ? 1 : 0);

/** The sentence for whoever looks at the run in `folder`; undefined where no line is damaged. */
export function damageOf(folder: string, damaged: number): string | undefined {
  if (damaged === 0) return undefined;
  const lines = damaged === 1 ? '1 line' : `${damaged} lines`;
  return `${lines} of ${join(folder, 'events.jsonl')} ${damaged === 1 ? 'is' : 'are'} damaged and ${damaged === 1 ? 'was' : 'were'} passed over`;
}
