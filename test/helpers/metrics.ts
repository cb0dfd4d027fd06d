/** Metrics in tests: numbers that Python makes too, and figures as an evaluation comes to them. */
import t, { type Test } from 'tap';
import { type Extent, metricOf } from '../../src/model/metrics/index.js';
import type { LearningTask } from '../../src/model/metrics/task.js';
import { defaultsOf } from '../../src/options.js';
import { EVALUATION_ROWS } from '../../src/plan/layout.js';
import { printedBy } from './python.js';

/** What recipes begin with: the numbers of `values`, in Python. */
const prelude = `
import json, sys
import numpy as np
import sklearn
if [int(n) for n in sklearn.__version__.split('.')[:2]] < [1, 8]:  # before that it knew no Brier loss of several classes
    print('null')
    sys.exit()
def values(seed, count, bits):
    x, made = seed, []
    for _ in range(count):
        x = 16807 * x % 2147483647
        made.append((x >> (31 - bits)) / 2 ** bits)
    return np.array(made)
`;

/** A test that a recipe, where Python has scikit-learn, prints these numbers. @param recipe Python; `values` is there */
export function recipeGives(recipe: string, golden: unknown): void {
  const printed = printedBy(prelude + recipe, 'sklearn');
  const skip = printed === null && 'needs Python with scikit-learn 1.8 or later';
  t.test('the recipe gives the golden numbers', { skip }, async (t) => near(t, printed, golden));
}

/** The recipes' numbers. */
export function values(seed: number, count: number, bits: number): Float64Array {
  let x = seed;
  return Float64Array.from({ length: count }, () => {
    x = (16807 * x) % 2147483647;
    return Math.floor(x / 2 ** (31 - bits)) / 2 ** bits;
  });
}

/** A figure as an evaluation comes to it: pieces in their order, counts, or outputs that are ranked from the last on. */
export function figure(
  name: string,
  h: Float64Array,
  y: Float64Array,
  outputs: number,
  task: LearningTask,
  options: object = {},
) {
  const metric = metricOf(name);
  const spec = { ...defaultsOf(metric.options), name, ...options };
  const extent = (rows: number): Extent => ({ rows, outputs, task, spec });
  const rows = h.length / outputs;
  const total = new Float64Array(metric.size(outputs, spec));
  // What the piece before has left must not matter.
  const place = new Float64Array(metric.size(outputs, spec)).fill(Number.NaN);
  if (metric.adds === 'ranks') {
    const each = place.length / outputs;
    const space = new Float64Array(rows + 3).fill(Number.NaN);
    for (let k = outputs - 1; k >= 0; k--) {
      metric.rank(h, y, extent(rows), k, space, place.subarray(k * each, (k + 1) * each));
    }
    return metric.result(place, extent(rows));
  }
  for (let first = 0; first < rows; first += EVALUATION_ROWS) {
    const n = Math.min(EVALUATION_ROWS, rows - first);
    const part = (all: Float64Array) => all.subarray(first * outputs, (first + EVALUATION_ROWS) * outputs);
    if (metric.adds === 'counts') metric.count(part(h), part(y), extent(n), total);
    else {
      metric.piece(part(h), part(y), extent(n), place);
      metric.merge(total, place);
    }
  }
  return metric.result(total, extent(rows));
}

export const valueFor = (...args: Parameters<typeof figure>) => figure(...args).value;

/** One-hot rows of where each row of `k` values has its largest. */
export function oneHot(all: Float64Array, k: number): Float64Array {
  const made = new Float64Array(all.length);
  for (let at = 0; at < all.length; at += k) {
    const row = [...all.subarray(at, at + k)];
    made[at + row.indexOf(Math.max(...row))] = 1;
  }
  return made;
}

export const yes = (all: Float64Array) => all.map((value) => Number(value > 0.5));

/** Numbers within 1e-12 of each other, whole ones equal. */
export function near(t: Test, got: unknown, wanted: unknown, at = ''): void {
  if (Array.isArray(wanted)) {
    t.equal((got as unknown[]).length, wanted.length, at);
    for (const [k, one] of wanted.entries()) near(t, (got as unknown[])[k], one, `${at}.${k}`);
  } else {
    const [a, b] = [Number(got), Number(wanted)];
    t.ok(Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b)), `${at}: ${a} for ${b}`);
  }
}
