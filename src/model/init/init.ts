/** How a layer's initial weights are drawn. */
import type { Random } from '../../random.js';

/** Draws one weight of a layer with `inputs` incoming and `units` outgoing connections. */
export type Initializer<Options = unknown> = (
  inputs: number,
  units: number,
  options: Options,
) => (random: Random) => number;

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
