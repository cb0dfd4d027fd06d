/** What a schedule is: the learning rate of a step, which follows from the configuration and the step's number alone. */
import type { IntervalOption, Options, Values } from '../../options.js';

/** Options with their intervals as numbers of steps. */
export type InSteps<O extends Options> = {
  readonly [Key in keyof Values<O>]: O[Key & keyof O] extends IntervalOption
    ? undefined extends Values<O>[Key]
      ? number | undefined
      : number
    : Values<O>[Key];
};

export interface Schedule<O extends Options = Options> {
  /** One sentence. */
  readonly description: string;
  readonly options: O;
  /**
   * The learning rate of a step.
   * @param base `optimizer.learningRate`
   * @param step from 0 on @param steps those of the whole run
   */
  rate(options: InSteps<O>, base: number, step: number, steps: number): number;
  /**
   * Where the rates depend on how long the run is, the options that make them those of a run of that length, whatever
   * the length: a run that is resumed may be given more epochs only where these stay the same.
   * @param length as an interval, e.g. `10 epochs`
   */
  pinned?(options: Values<O>, length: string): Values<O>;
  /** What is wrong with lengths that are right one by one: the key, and what was expected and got. */
  problemIn?(
    options: InSteps<O>,
    steps: number,
  ): { readonly key: string; readonly message: string } | undefined;
}
