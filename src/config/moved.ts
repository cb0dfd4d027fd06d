/** Keys that have another place now, and how they are written there. */
import { ownValue } from './json-schema.js';

const MOVED: Readonly<Record<string, string>> = {
  cost: 'loss',
  'train.learningRate': 'optimizer.learningRate',
  'train.validateEvery': 'train.validate.every, with its unit ("300 epochs")',
  // Rows were drawn from all sets pooled; other splits keep a test set apart and do not take all three.
  'data.train': 'data.split: { name: random, train: … }',
  'data.validation': 'data.split: { name: random, validation: … }',
  'data.test': 'data.split: { name: random, test: … }',
  'engine.blas': 'engine: { name: blas, library: … }',
};

/** `is now optimizer.learningRate`; undefined for a key that never had another place. */
export function movedTo(path: readonly PropertyKey[]): string | undefined {
  const place = ownValue(MOVED, path.join('.'));
  return place && `is now ${place}`;
}

/** The old key that a configuration has, if it has one. */
export function oldKeyIn(config: unknown): string | undefined {
  return Object.keys(MOVED).find((path) => path.split('.').reduce(ownValue, config) !== undefined);
}
