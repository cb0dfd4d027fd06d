/** Keys that have another place now, and how they are written there; members that are no more, and what to take. */
import { ownValue } from './json-schema.js';

const MOVED: Readonly<Record<string, string>> = {
  cost: 'loss',
  'train.learningRate': 'optimizer.learningRate',
  'train.validateEvery': 'train.validate.every, with its unit ("300 epochs")',
  // Rows were drawn from all sets pooled; other splits keep a test set apart and do not take all three.
  'data.train': 'data.split: { name: random, train: … }',
  'data.validation': 'data.split: { name: random, validation: … }',
  'data.test': 'data.split: { name: random, test: … }',
};

/** Members of families that are no more, and what to take. */
const GONE: Readonly<Record<string, string>> = {
  'engine.blas': 'is gone; take "native", the default',
};

/** `is now optimizer.learningRate`, or `is gone; …`; undefined for a key that never had another place. */
export function movedTo(path: readonly PropertyKey[]): string | undefined {
  const key = path.join('.');
  const place = ownValue(MOVED, key);
  return place ? `is now ${place}` : ownValue(GONE, key);
}

/** `the engine "blas" is gone; …`; undefined for what was no member. @param family the path of the family's key */
export function gone(family: readonly PropertyKey[], name: unknown): string | undefined {
  const what = ownValue(GONE, [...family, name].join('.'));
  return what && `the ${String(family.at(-1))} "${name}" ${what}`;
}

/** The old key that a configuration has, if it has one. */
export function oldKeyIn(config: unknown): string | undefined {
  return Object.keys(MOVED).find((path) => path.split('.').reduce(ownValue, config) !== undefined);
}
