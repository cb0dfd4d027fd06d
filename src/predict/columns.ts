/** Predictions as columns of a file: their names, and a row's values in their order. */
import { indexOfMost, isYes } from '../model/metrics/decide.js';
import type { Real } from '../model/precision.js';
import { type FittedTarget, unscale } from '../preprocess/fitted.js';

/** A value of a row: a class as its column had it, or a number. */
export type Value = string | number;

export interface OutputColumns {
  readonly names: readonly string[];
  /** The values of the row whose outputs begin at `at`. */
  values(outputs: Real, at: number): Value[];
}

/**
 * `label` and `probability_<class>` of each class; of several columns each one's `label_<column>` and the probability of
 * its second class; or the values' columns, in their own units.
 */
export function outputColumns(target: FittedTarget): OutputColumns {
  if (target.kind === 'values') {
    return {
      names: target.columns.map(({ name }) => name),
      values: (outputs, at) => target.columns.map(({ scale }, k) => unscale(outputs[at + k], scale)),
    };
  }
  if (target.kind === 'class') {
    const { classes } = target;
    return {
      names: ['label', ...classes.map((name) => `probability_${name}`)],
      values(outputs, at) {
        const most = indexOfMost(outputs, at, classes.length);
        return [classes[most] ?? '', ...outputs.subarray(at, at + classes.length)];
      },
    };
  }
  const { columns } = target;
  const [only] = columns;
  const label = (classes: readonly string[], yes: number) =>
    Number.isNaN(yes) ? '' : classes[Number(isYes(yes))];
  if (columns.length === 1) {
    return {
      names: ['label', ...only.classes.map((name) => `probability_${name}`)],
      values: (outputs, at) => [label(only.classes, outputs[at]), 1 - outputs[at], outputs[at]],
    };
  }
  return {
    names: columns.flatMap(({ name, classes }) => [`label_${name}`, `probability_${name}_${classes[1]}`]),
    values: (outputs, at) =>
      columns.flatMap(({ classes }, k) => [label(classes, outputs[at + k]), outputs[at + k]]),
  };
}

/** A row's outputs as numbers, in the order of the network's: shares of classes, or values in their own units. */
export function plainOutputs(target: FittedTarget): (outputs: Real, at: number, into: Float64Array) => void {
  if (target.kind !== 'values') {
    return (outputs, at, into) => {
      for (let k = 0; k < into.length; k++) into[k] = outputs[at + k];
    };
  }
  return (outputs, at, into) => {
    for (const [k, { scale }] of target.columns.entries()) into[k] = unscale(outputs[at + k], scale);
  };
}
