/** What a search is: which point of the parameters' space each trial has. */
import type { Parameter } from '../parameter.js';

/** What a sweep file says of its search. */
export interface SearchSpec {
  /** Trials in all; a grid has as many as points. */
  readonly trials: number;
  readonly seed: number;
  /** Trials that learn from none of each other, only from those before; of searches that learn. */
  readonly round: number;
}

/** A trial of an earlier round. */
export interface Tried {
  readonly values: readonly unknown[];
  /** The lower the better; Infinity: it came to nothing. */
  readonly cost: number;
}

export interface Search {
  /** One sentence for the documentation. */
  readonly description: string;
  /** Whether later trials follow from the results of earlier rounds. */
  readonly learns: boolean;
  /** Trials where the file does not say; undefined: it must. */
  trials?(parameters: readonly Parameter[]): number;
  /** What does not go together; undefined: all does. */
  refuse?(parameters: readonly Parameter[]): string | undefined;
  /**
   * The values of trial `number`, from 1, in the order of the parameters: a function of these arguments alone. How many
   * trials there are is none of them, so that a sweep may get more.
   * @param tried all trials of earlier rounds, in their order, where the search learns
   */
  point(
    spec: Omit<SearchSpec, 'trials'>,
    parameters: readonly Parameter[],
    number: number,
    tried: readonly Tried[],
  ): readonly unknown[];
}
