/** Values to predict, back in the units that they had before they were scaled for learning. */
import { type FittedScale, type FittedTarget, unscale } from './fitted.js';

/** The scales that a network's outputs are learned in, one each; undefined where they have their own units anyway. */
export function scalesOfTarget(target: FittedTarget | undefined): readonly FittedScale[] | undefined {
  if (target?.kind !== 'values') return undefined;
  const scales = target.columns.map(({ scale }) => scale);
  return scales.every(({ log, center, spread }) => !log && center === 0 && spread === 1) ? undefined : scales;
}

/** The names of the targets that are scaled. */
export function scaledTargets(target: FittedTarget | undefined): string[] {
  if (target?.kind !== 'values' || scalesOfTarget(target) === undefined) return [];
  return target.columns.map(({ name }) => name);
}

/**
 * into = `values` of `rows` rows in their own units; a row has a value for each scale. In float64 whatever the values
 * are in: what is a small difference in scaled values may be one in the last digits of a large number.
 */
export function unscaleRows(
  values: ArrayLike<number>,
  scales: readonly FittedScale[],
  rows: number,
  into: { [at: number]: number },
): void {
  const { length } = scales;
  for (let k = 0; k < length; k++) {
    for (let i = k; i < rows * length; i += length) into[i] = unscale(values[i], scales[k]);
  }
}
