/** What a network's outputs stand for: classes with their probabilities, or values in their own units. */
import { indexOfMost, isYes } from '../model/metrics/decide.js';
import type { Real } from '../model/precision.js';
import { type FittedTarget, unscale } from '../preprocess/fitted.js';

/** A class as its column had it: a number where it held numbers; null where the outputs are not numbers. */
export type Label = string | number | null;

/** One class of many, or of two: the shares that the model gives each. */
export interface ClassPrediction {
  /** The class with the largest share; of two by a sigmoid the second where its share is above a half. */
  readonly label: Label;
  /** By the names of the classes. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Several columns, each of two classes. */
export interface LabelsPrediction {
  /** By columns. */
  readonly labels: Readonly<Record<string, Label>>;
  /** By columns, and of each by the names of its classes. */
  readonly probabilities: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Values by their columns, in the units that these had. */
export type ValuesPrediction = Readonly<Record<string, number>>;

/** What a model predicts for a row, by what it learned. */
export type Prediction = ClassPrediction | LabelsPrediction | ValuesPrediction;

/** What to make of a row's outputs, which begin at `at`. */
export type Decoder = (outputs: Real, at: number) => Prediction;

export function decoderOf(target: FittedTarget): Decoder {
  if (target.kind === 'values') {
    const { columns } = target;
    return (outputs, at) =>
      Object.fromEntries(columns.map(({ name, scale }, k) => [name, unscale(outputs[at + k], scale)]));
  }
  if (target.kind === 'class') {
    const { classes, numeric } = target;
    return (outputs, at) => ({
      label: labelOf(classes, numeric, indexOfMost(outputs, at, classes.length)),
      probabilities: Object.fromEntries(classes.map((name, k) => [name, outputs[at + k]])),
    });
  }
  const each = target.columns.map(({ name, classes, numeric }, k) => ({
    name,
    of(outputs: Real, at: number): ClassPrediction {
      const yes = outputs[at + k];
      return {
        label: labelOf(classes, numeric, Number.isNaN(yes) ? -1 : Number(isYes(yes))),
        probabilities: { [classes[0]]: 1 - yes, [classes[1]]: yes },
      };
    },
  }));
  if (each.length === 1) return (outputs, at) => each[0].of(outputs, at);
  return (outputs, at) => {
    const found = each.map(({ name, of }) => [name, of(outputs, at)] as const);
    return {
      labels: Object.fromEntries(found.map(([name, { label }]) => [name, label])),
      probabilities: Object.fromEntries(found.map(([name, { probabilities }]) => [name, probabilities])),
    };
  };
}

function labelOf(classes: readonly string[], numeric: boolean, place: number): Label {
  if (place < 0) return null;
  return numeric ? Number(classes[place]) : classes[place];
}
