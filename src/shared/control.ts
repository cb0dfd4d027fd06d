/** The words through which the threads of a run talk, each on a cache line of its own. */
import { CACHE_LINE } from './arena.js';

const LINE = CACHE_LINE / Int32Array.BYTES_PER_ELEMENT;

/** Places in the int32 control region. */
export const Word = {
  /** Not 0: a thread has failed; whoever waits gives up. */
  abort: 0 * LINE,
  /** Bits of `Wish`: what the coordinator wants to come after the minibatch under way. */
  stopRequest: 1 * LINE,
  /** Bits of `Stop`, set between two barriers and read by all after the second: the stretch ends with this step. */
  stopNow: 2 * LINE,
  /** Counts up as workers take pieces of work. */
  nextPiece: 3 * LINE,
  /** Counts the things that are done, for progress. */
  piecesDone: 4 * LINE,
  /** Barrier: who has arrived, which meeting it is, who sleeps. */
  arrived: 5 * LINE,
  generation: 6 * LINE,
  sleepers: 7 * LINE,
  /** Counts up as workers take tiles of the gradients; worker 0 sets it back between two barriers. */
  nextTile: 8 * LINE,
  /** Where the copy of the state stands, as copy.ts has it. */
  copy: 9 * LINE,
} as const;
export const CONTROL_WORDS = 10 * LINE;

/** What a coordinator may want; where there are several hosts, all do what any of them wants. */
export const Wish = { none: 0, endStretch: 1, endRun: 2 } as const;

/** Why a stretch ends before its last step. */
export const Stop = {
  /** It was asked to. */
  asked: 1,
  /** The step's loss, or a parameter that it wrote, is not a finite number. */
  notFinite: 2,
  /** On one of several hosts the run is to end. */
  forGood: 4,
} as const;

/** Places in the float64 region of counters; written by worker 0 alone, but for the last. */
export const Counter = {
  /** Steps done since the run began. */
  step: 0,
  /** Loss summed over the examples of this epoch so far. */
  epochLoss: 1,
  epochExamples: 2,
  /** What validations have made of the rate (`Watched`): the coordinator's, who writes it while workers rest. */
  level: 3,
} as const;
export const COUNTER_VALUES = 4;

/** Places in a worker's own float64 timing region, in milliseconds. */
export const Timing = { compute: 0, wait: 1, update: 2, hosts: 3 } as const;
export const TIMING_VALUES = 4;

/** Thrown by whoever waited in vain for a thread that has failed. */
export class Aborted extends Error {
  override name = 'Aborted';
}
