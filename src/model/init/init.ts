/** How a layer's initial weights are drawn. */
import type { Options, Values } from '../../options.js';
import type { Random } from '../../random.js';
import type { Real } from '../precision.js';

/** Writes a tensor's initial values, row-major, all of them. */
export type Fill = (values: Real, random: Random) => void;

export interface Initializer<O extends Options = Options> {
  /** One sentence, for editors and for docs. */
  readonly description: string;
  /** What a configuration may set. */
  readonly options?: O;
  /** The largest size that a weight can have, where there is one; the numbers are those of `fills`. */
  bound?(inputs: number, units: number, options: Values<O>): number;
  /** Whether that is so for layers of any size, small and large ones alike. */
  readonly anySize?: true;
  /** What fills the weights, inputs×units, of a layer with `inputs` incoming and `units` outgoing connections. */
  fills(inputs: number, units: number, options: Values<O>): Fill;
  /**
   * Where they stand in a file instead: the values of a layer's weights, row-major.
   * @throws UserError for a file that has none of this shape
   */
  reads?(tensor: TensorName, options: Values<O>): Promise<Real>;
}

/** A tensor whose values are looked for. */
export interface TensorName {
  readonly name: string;
  readonly shape: readonly number[];
}

/** An option of what is drawn around 0; Keras's default. */
export const deviation = {
  type: 'number',
  above: 0,
  max: 1e6,
  default: 0.05,
  description: 'Standard deviation.',
} as const;

/** Each value by itself, in index order. */
export const each =
  (draw: (random: Random) => number): Fill =>
  (values, random) => {
    for (let i = 0; i < values.length; i++) values[i] = draw(random);
  };

/** U(−range, range). */
export const uniformWithin = (range: number): Fill => each((random) => (2 * random.uniform() - 1) * range);

/** N(0, deviation²). */
export const normalWith = (deviation: number): Fill => each((random) => random.normal() * deviation);

/** The same everywhere. */
export const filledWith =
  (value: number): Fill =>
  (values) => {
    values.fill(value);
  };
