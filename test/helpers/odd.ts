/**
 * Updates that end in numbers which are not finite, or nearly: each with the verdict that an engine must give.
 */
import type { Precision } from '../../src/model/precision.js';
import { draw } from './compare.js';
import { type Operation, rank1Of, scaledStepOf, stepOf } from './operations.js';

export interface Verdict {
  title: string;
  operation: Operation;
  /** Whether all parameters are finite afterwards. */
  finite: boolean;
}

/** The largest numbers of a precision, and what they must grow by to become infinite. */
const LIMITS = {
  float32: { max: 2 ** 128 - 2 ** 104, half: 2 ** 103, below: 2 ** 103 - 2 ** 79, least: 2 ** -149 },
  float64: { max: Number.MAX_VALUE, half: 2 ** 970, below: 2 ** 970 - 2 ** 917, least: Number.MIN_VALUE },
};
const ODD = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const RATE = 0.5;

/** Every place of a short array, which takes in every kind of tail; of a long one the first, the middle, the last. */
function places(n: number): number[] {
  return n <= 40 ? Array.from({ length: n }, (_, i) => i) : [0, n >> 1, n - 2, n - 1];
}

/** `sgd_step` and `sgd_scaled_step` over `n` parameters. */
export function* steps(n: number, precision: Precision): Generator<Verdict> {
  const { max, half, below, least } = LIMITS[precision];
  const theta = draw(n, 'theta');
  const g = draw(n, 'g', 0.2);
  function* both(title: string, finite: boolean, theta: Float64Array, g: Float64Array): Generator<Verdict> {
    yield { title: `sgd_step ${n}, ${title}`, finite, operation: stepOf(theta, g, RATE) };
    // The factor 2 undoes what g is halved by, and comes before the rate: what overflows, overflows there too.
    const scaled = scaledStepOf(theta, g.map(halved), 2, RATE);
    yield { title: `sgd_scaled_step ${n}, ${title}`, finite, operation: scaled };
  }
  const halved = (value: number) => (Math.abs(value) > least ? value / 2 : value);
  const all = (value: number) => new Float64Array(n).fill(value);
  yield* both('usual numbers', true, theta, g);
  yield* both('negative zeros', true, all(-0), all(0));
  yield* both('the least numbers', true, all(least), all(-least));
  yield* both('the largest numbers', true, all(max), all(1));
  for (const at of places(n)) {
    for (const odd of ODD) {
      yield* both(`g[${at}] = ${odd}`, false, theta, g.with(at, odd));
      yield* both(`θ[${at}] = ${odd}`, false, theta.with(at, odd), g);
    }
    yield* both(`θ[${at}] grows too large`, false, theta.with(at, max), g.with(at, -2 * half));
    yield* both(`θ[${at}] falls too low`, false, theta.with(at, -max), g.with(at, 2 * half));
    yield* both(`θ[${at}] stays just finite`, true, theta.with(at, max), g.with(at, -2 * below));
    const average = scaledStepOf(theta, g.with(at, max), 2, RATE);
    yield {
      title: `sgd_scaled_step ${n}, the average of g[${at}] overflows`,
      finite: false,
      operation: average,
    };
  }
}

/** `sgd_rank1_step` on inputs × units weights and their biases; they are finite before, as it may take for granted. */
export function* rank1Steps(inputs: number, units: number, precision: Precision): Generator<Verdict> {
  const { max, half, below, least } = LIMITS[precision];
  const w = draw(inputs * units, 'w');
  const b = draw(units, 'b');
  const x = draw(inputs, 'x', 0.5);
  const delta = draw(units, 'delta', 0.3);
  const of = (
    title: string,
    finite: boolean,
    given: Partial<Record<'x' | 'delta' | 'w' | 'b', Float64Array>>,
    rate = RATE,
  ): Verdict => {
    const all = { x, delta, w, b, ...given };
    const operation = rank1Of(all.x, all.delta, all.w, all.b, rate);
    return { title: `sgd_rank1_step ${inputs}×${units}, ${title}`, finite, operation };
  };
  yield of('usual numbers', true, {});
  yield of('no inputs', true, { x: new Float64Array(inputs) });
  yield of('negative zeros', true, { w: w.map(() => -0), b: b.map(() => -0), delta: delta.map(() => -0) });
  yield of('the least numbers', true, { w: w.map(() => least), delta: delta.map(() => least) });
  yield of('the largest numbers', true, { w: w.map(() => max), b: b.map(() => -max) });
  for (const odd of ODD) {
    for (const i of places(inputs)) yield of(`x[${i}] = ${odd}`, false, { x: x.with(i, odd) });
    for (const o of places(units)) {
      yield of(`δ[${o}] = ${odd}`, false, { delta: delta.with(o, odd) });
      yield of(`δ[${o}] = ${odd} without inputs`, false, {
        x: new Float64Array(inputs),
        delta: delta.with(o, odd),
      });
    }
  }
  for (const o of places(units)) {
    const changed = new Float64Array(units).with(o, 2 * half);
    yield of(`b[${o}] falls too low`, false, { b: b.with(o, -max), delta: changed });
    yield of(`b[${o}] grows too large`, false, { b: b.with(o, max), delta: changed.map((d) => -d) });
    for (const i of places(inputs)) {
      // One input and one δ alone, far apart in size: the change of that weight is nearly all that there is.
      const large = 2 ** 20;
      const one = { x: new Float64Array(inputs).with(i, large), w: w.with(i * units + o, -max) };
      const by = (change: number) => new Float64Array(units).with(o, change / large);
      yield of(`W[${i}, ${o}] falls too low`, false, { ...one, delta: by(half) }, 1);
      yield of(`W[${i}, ${o}] stays just finite`, true, { ...one, delta: by(below) }, 1);
      yield of(`W[${i}, ${o}] is moved a little`, true, { ...one, delta: by(half / 1e6) }, 1);
    }
  }
}
