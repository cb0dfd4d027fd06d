/** The cases that all trainers train, and the arithmetic in them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By name: `widths` from the inputs to the outputs, `batch`. */
export const cases = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'peers', 'cases.json'), 'utf8'));

/**
 * Floating-point operations of one example in one step, as if no input were zero: 2·in·out in each layer for the
 * outputs and as many for the weights' gradients, and again for the inputs' gradients in every layer but the first.
 */
export function operations({ widths }) {
  const products = widths.slice(1).map((units, l) => widths[l] * units);
  return products.reduce((sum, product, l) => sum + (l === 0 ? 4 : 6) * product, 0);
}
