/** What a proof by injected faults is, and its randomness. */
import { keyed, type Random } from '../src/random.js';

/** One row of the table in docs/reliability.md. */
export interface Proof {
  /** Its file's name. */
  readonly name: string;
  /** What is done, and what must come of it, in a line. */
  readonly what: string;
  /** Cases in `npm test`, and in `npm run torture`. */
  readonly short: number;
  readonly long: number;
  /** Whether it can be done in parts: cases from `first` on. */
  readonly parts?: true;
  /** Cases that `--count` counts as one: where there are several kinds, each is to come so often. */
  readonly times?: number;
  /**
   * Tries `count` cases. @returns figures for the report
   * @throws Violation at the first case that breaks the promise; Missing where this machine lacks what it takes
   */
  run(given: Given): Promise<Figures>;
}

export interface Given {
  readonly count: number;
  /** The first case's number; default 0. */
  readonly first?: number;
  /** Everything random follows from it: a violation names it, so that it can be repeated. */
  readonly seed: number;
  /** Where cases are of several kinds: those alone whose title has this in it. */
  readonly kind?: string;
  /** The promise's guard that is taken out, where the harness must show that it notices. */
  readonly sabotage?: string;
  /** Tells how far it is. */
  progress?(done: number): void;
  /** Tells what came of a case. */
  say?(line: string): void;
}

export type Figures = Readonly<Record<string, number | string>>;

/** A promise that did not hold, and how to see it again. */
export class Violation extends Error {
  override name = 'Violation';
}

/** What a proof needs and this machine has not. */
export class Missing extends Error {
  override name = 'Missing';
}

/** The randomness of one case: the same for the same seed and number, whatever ran before. */
export function randomOf(given: Given, proof: string, index: number): Random {
  return keyed('torture', given.seed, proof, index);
}

/** @throws Violation naming proof, seed and case, unless `holds`. */
export function demand(holds: boolean, given: Given, index: number, what: string): asserts holds {
  if (!holds) throw new Violation(`seed ${given.seed}, case ${index}: ${what}`);
}
