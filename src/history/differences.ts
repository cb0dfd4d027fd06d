/** In which keys configurations differ: all of them, defaults too, as they were recorded. */
import { isMapping } from '../formats/json.js';

/** A key that configurations have different values at. */
export interface DifferingKey {
  /** E.g. `optimizer.learningRate`, or `model.layers.0.units`. */
  readonly key: string;
  /** One for each configuration; undefined: it has no such key. */
  readonly values: readonly unknown[];
}

/** In the order in which the configurations have them. */
export function differingKeys(configs: readonly unknown[]): DifferingKey[] {
  const flat = configs.map((config) => new Map(leavesOf('', config)));
  const keys = [...new Set(flat.flatMap((each) => [...each.keys()]))];
  return keys
    .map((key) => ({ key, values: flat.map((each) => each.get(key)) }))
    .filter(({ values }) => values.some((value) => JSON.stringify(value) !== JSON.stringify(values[0])));
}

/** Every value that is neither a mapping nor a list of mappings, with the way to it. */
export function leavesOf(path: string, value: unknown): [string, unknown][] {
  const below = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`);
  if (isMapping(value)) {
    return Object.entries(value).flatMap(([key, each]) => leavesOf(below(key), each));
  }
  if (Array.isArray(value) && value.some(isMapping)) {
    return value.flatMap((each, k) => leavesOf(below(k), each));
  }
  return [[path, value]];
}
