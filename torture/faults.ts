/** The faults that a worker can be made to have, and when. Types and numbers only: both sides of a pool know them. */

export const faults = [
  'exit',
  'throw',
  'unhandled rejection',
  'trap',
  'endless loop',
  'never settles',
  'out of memory',
] as const;
export type Fault = (typeof faults)[number];

export const places = ['start', 'forward', 'barrier', 'average', 'copy', 'checkpoint'] as const;
/** `look`: when the run has ended, and nothing depends on it any more. */
export type Place = (typeof places)[number] | 'look';

/** What a faulty pool's threads are told when they start. */
export interface FaultPlan {
  readonly fault: Fault;
  readonly place: Place;
  /** Which worker, and from which step on. */
  readonly worker: number;
  readonly step: number;
  /** Steps from one fault to the next, where there are several. */
  readonly every: number;
  /** `SharedWord` by `SharedWord`. */
  readonly words: Int32Array;
  /** When the last fault happened, in milliseconds since 1970. */
  readonly when: Float64Array;
}

export const SharedWord = {
  /** Faults that are still to happen. */
  left: 0,
  /** Not 0: a checkpoint is being written. */
  writing: 1,
  /** The step from which on the next fault may happen. */
  step: 2,
} as const;

/** `times` faults of a worker from a step on, `every` so many steps. */
export function faultPlan(
  fault: Fault,
  place: Place,
  worker: number,
  step: number,
  times: number,
  every = 0,
): FaultPlan {
  const words = new Int32Array(new SharedArrayBuffer(12));
  words[SharedWord.left] = times;
  words[SharedWord.step] = step;
  return { fault, place, worker, step, every, words, when: new Float64Array(new SharedArrayBuffer(8)) };
}
