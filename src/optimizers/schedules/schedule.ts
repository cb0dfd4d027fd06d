/**
 * What a schedule is: the learning rate of a step, which follows from the configuration and the step's number alone, or from
 * what validations have come to besides.
 */
import type { IntervalOption, Options, Values } from '../../options.js';

/** Options with their intervals as numbers of steps. */
export type InSteps<O extends Options> = {
  readonly [Key in keyof Values<O>]: O[Key & keyof O] extends IntervalOption
    ? undefined extends Values<O>[Key]
      ? number | undefined
      : number
    : Values<O>[Key];
};

/** What validations have come to, where rates depend on them; plain data, kept in checkpoints. */
export interface Watched {
  /** The best value of the monitored figure; null before the first. */
  readonly best: number | null;
  /** Validations in a row that were no better. */
  readonly misses: number;
  /** Validations to come that count no misses. */
  readonly resting: number;
  /** What the steps to come are told: a number above 0, 1 before the first validation. */
  readonly level: number;
}

/**
 * Options of the names `warmup` and `length` (common.ts) mean the same in every schedule, and `index.ts` sees to them.
 */
export interface Schedule<O extends Options = Options> {
  /** One sentence. */
  readonly description: string;
  readonly options: O;
  /** Which option is the lowest rate, where there is one: it must not lie above the learning rate. */
  readonly lowest?: string;
  /**
   * The learning rate of a step.
   * @param base `optimizer.learningRate`
   * @param step from 0 on, not counting those of the warm-up
   * @param length steps from the end of the warm-up to that of the schedule, which is that of the run where none is written
   * @param level of `Watched`, the same for all threads and hosts
   */
  rate(options: InSteps<O>, base: number, step: number, length: number, level: number): number;
  /**
   * Where rates depend on validations: what these have come to after one more.
   * @param value the monitored figure of the validation rows
   * @param sign +1 where higher is better, −1 where lower is
   */
  after?(options: InSteps<O>, before: Watched, value: number, sign: 1 | -1): Watched;
}
