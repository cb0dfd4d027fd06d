/** What a sampling is: which training rows an epoch is made of, and in which order. */
import type { Options, Values } from '../../options.js';

/** What there is to draw from, once the data are read. */
export interface Drawn {
  /** The run's seed: what is drawn is keyed by it and by the epoch, so that it depends on nothing else. */
  readonly seed: number;
  /** Numbers of the training rows. */
  readonly train: Uint32Array;
  /** The class of a row; asked only where the sampling `needs` classes. */
  classOf(row: number): number;
  /** How much a row weighs, at least 0, and not all of them 0; asked only where the sampling `needs` weights. */
  weightOf(row: number): number;
}

/** Writes the rows of an epoch, as many as there are training rows. */
export type Draw = (into: Uint32Array, epoch: number) => void;

export interface Sampling<O extends Options = Options> {
  /** One sentence. */
  readonly description: string;
  readonly options?: O;
  /** What rows must have for it: one class each, or weights of their own, which then count in the draw and not in the loss. */
  readonly needs?: 'classes' | 'weights';
  /** In words, for who reads how a run began; undefined: each row comes once an epoch, which goes without saying. */
  readonly told?: string;
  /** @returns what is called once an epoch */
  draw(from: Drawn, options: Values<O>): Draw;
}
