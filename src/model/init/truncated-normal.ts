/**
 * N(0, deviation²), and again where a number is farther from 0 than two deviations (Keras's TruncatedNormal): what is left
 * has a deviation 0.88 times that.
 */
import type { Random } from '../../random.js';
import { deviation, each, type Initializer } from './init.js';

const options = { deviation };
const MOST = 2;

function within(random: Random): number {
  for (;;) {
    const number = random.normal();
    if (Math.abs(number) <= MOST) return number;
  }
}

export const truncatedNormal: Initializer<typeof options> = {
  description: 'Normal around 0, but never farther from it than two deviations.',
  options,
  anySize: true,
  bound: (_inputs, _units, { deviation }) => MOST * deviation,
  fills: (_inputs, _units, { deviation }) => each((random) => deviation * within(random)),
};
