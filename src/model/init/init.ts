/** How a layer's initial weights are drawn. */
import type { Options, Values } from '../../options.js';
import type { Random } from '../../random.js';

export interface Initializer<O extends Options = Options> {
  /** One sentence, for editors and for docs. */
  readonly description: string;
  /** What a configuration may set. */
  readonly options?: O;
  /** The largest size that a weight can have, where there is one; the numbers are those of `draws`. */
  bound?(inputs: number, units: number, options: Values<O>): number;
  /** Whether that is so for layers of any size, small and large ones alike. */
  readonly anySize?: true;
  /** What draws one weight after another of a layer with `inputs` incoming and `units` outgoing connections. */
  draws(inputs: number, units: number, options: Values<O>): (random: Random) => number;
}

/** U(−range, range). */
export const uniformWithin =
  (range: number) =>
  (random: Random): number =>
    (2 * random.uniform() - 1) * range;

/** N(0, deviation²). */
export const normalWith =
  (deviation: number) =>
  (random: Random): number =>
    random.normal() * deviation;
