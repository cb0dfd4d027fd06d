/**
 * One suite for every engine: each operation, in each precision, at awkward sizes, against the reference on
 * the same inputs. Inputs are float32 numbers, so both precisions start from the same values. Arrays begin one
 * value past a vector's boundary, and guard bytes around them must stay as they are.
 *
 * Out of scope: 0·∞ in the products. An engine may skip the zeros of X, as long as the other factor is finite.
 */

import t from 'tap';
import { fromHalf, toHalf } from '../../src/averaging/halves.js';
import { partsFor, reciprocal } from '../../src/data/scale.js';
import type { Engine } from '../../src/engines/engine.js';
import { classTypes, type FeatureType, featureTypes } from '../../src/engines/gather.js';
import { chooseEngine, createEngine, engineOf, engines } from '../../src/engines/index.js';
import { bitsHere, compileKernels } from '../../src/engines/kernels.js';
import { activations } from '../../src/model/activations/index.js';
import { losses } from '../../src/model/losses/index.js';
import { startsFromLogits } from '../../src/model/losses/loss.js';
import type { Precision } from '../../src/model/precision.js';
import { optimizerNames } from '../../src/optimizers/index.js';
import { mostScalars, numbersOf, type Options } from '../../src/options.js';
import { keyed, type Random } from '../../src/random.js';
import {
  Comparison,
  draw,
  exact,
  multiplyAdds,
  ordered,
  spikes,
  type Tolerance,
} from '../helpers/compare.js';
import { rank1Steps, stateSteps, steps, type Verdict } from '../helpers/odd.js';
import {
  activationBackward,
  activationForward,
  averageOf,
  backwardOf,
  biasesOf,
  clampOf,
  forwardOf,
  type GatherScale,
  gatherClassesOf,
  gatherOf,
  gatherSlotsOf,
  halvesOf,
  lossBackward,
  lossForward,
  type Operation,
  rank1Of,
  scalarsOfDefaults,
  scaleOf,
  shardsSumOf,
  squaresOf,
  stepOf,
  weightsOf,
} from '../helpers/operations.js';
import { optimizerCases, specOf, stateOf } from '../helpers/optimizers.js';

/** Values of each type, its ends among them; of float64 also such as float32 has not. */
const someOf: Record<FeatureType, (n: number, random: Random) => Float64Array> = {
  uint8: (n, random) => Float64Array.from({ length: n }, () => random.below(256)),
  int32: (n, random) =>
    Float64Array.from({ length: n }, (_, i) =>
      i % 3 === 0 ? [-(2 ** 31), 2 ** 31 - 1, -1, 2 ** 24 + 1][random.below(4)] : random.below(1000) - 500,
    ),
  float32: (n, random) => Float64Array.from({ length: n }, () => Math.fround(random.normal())),
  float64: (n, random) => Float64Array.from({ length: n }, () => random.normal()),
};

/** Each way to scale, by its name, for so many columns. */
function scalesOf(cols: number): Record<string, (precision: Precision) => GatherScale> {
  const random = keyed('scales', cols);
  const own = () => Float64Array.from({ length: cols }, () => random.normal());
  const columns = { kind: 'columns', scales: own(), offsets: own() } as const;
  const one = (divisor: number, offset: number) => (precision: Precision) =>
    ({ kind: 'one', ...partsFor(reciprocal(divisor), precision), offset }) as const;
  return {
    none: () => ({ kind: 'none' }),
    one: one(255, 0),
    'one, offset': one(127.5, -1),
    columns: () => columns,
  };
}

/** What `ordered` is given beside its precision and its way to multiply and add. */
type Given = Parameters<typeof ordered> extends [unknown, unknown, ...infer Rest] ? Rest : never;

/** Sums by their titles: each engine of a precision has the same, and they take long. */
const known = { float32: new Map<string, Float64Array>(), float64: new Map<string, Float64Array>() };

const kernels = await compileKernels();
const memory = new WebAssembly.Memory({ initial: 512, maximum: 65_536, shared: true });

interface Subject {
  /** Why it is not tested here. */
  readonly skip?: string;
  readonly precisions: readonly Precision[];
  create(precision: Precision): Engine;
}

/** An engine as a configuration names it; one that this machine has nothing for is skipped. */
function subject(name: string): Subject {
  const { precision } = engineOf(name);
  const precisions = precision ? [precision] : (['float32', 'float64'] as const);
  try {
    const { choice } = chooseEngine({ name });
    return { precisions, create: (precision) => createEngine(choice, precision, memory, kernels) };
  } catch (error) {
    const create = () => createEngine({ name: 'reference' }, 'float64', memory, kernels);
    return { skip: (error as Error).message, precisions, create };
  }
}

/** All that compute, but the one that the others are compared with. */
const subjects = Object.fromEntries(
  Object.keys(engines)
    .filter((name) => engineOf(name).create !== undefined && name !== 'reference')
    .map((name) => [name, subject(name)]),
);

/** '3×4 1×2' → [[3, 4], [1, 2]] */
const sizes = (text: string) => text.split(' ').map((size) => size.split('×').map(Number));

/** Rows, inputs, units: tiny, with every kind of tail, and larger than the blocks of any engine. */
const shapes = sizes(
  '1×1×1 1×2×8 1×784×100 1×9×130 1×130×101 2×100×101 3×7×9 4×8×16 5×300×7 7×8×1 8×9×3 9×3×7 9×1×128 33×300×17 100×101×10 97×257×261 101×128×130 130×784×9',
);
const smallShapes = shapes.filter(([rows, inputs, units]) => rows * inputs * units < 2e5);
/** Rows, columns of what is worked on value by value or row by row. */
const tables = sizes('1×1 1×10 3×1 3×2 2×3 7×4 5×5 9×7 3×8 8×9 130×10 3×101 1×1000');
const lengths = [1, 2, 3, 4, 5, 7, 8, 9, 100, 101, 127, 128, 130, 1031];
const zeroShares = [0, 0.5, 0.81, 1];
const one = Float64Array.of(1);

/** Each member with its defaults, and with other values for all of its options: numbers of float32. */
function cases<Name extends string>(
  members: Readonly<Record<Name, { readonly options?: Options }>>,
): [Name, number[]][] {
  return (Object.keys(members) as Name[]).flatMap((name): [Name, number[]][] => {
    const scalars = scalarsOfDefaults(members[name].options).map(Math.fround);
    if (scalars.length === 0) return [[name, []]];
    const all = [scalars, scalars.map(() => 0.375)];
    // With a list of numbers, where there is one: with more of them than there are columns, and with fewer.
    if (mostScalars(members[name].options) > scalars.length) all.push([...scalars, 0.125, 0.5, 0.75]);
    return all.map((s) => [name, s]);
  });
}
/** Whether what it makes of 100 is more than float32 can hold. */
const grows = (name: string) => name === 'exponential' || name === 'poisson';
const activationCases = cases(activations);
const lossCases = cases(losses);

for (const [engineName, { skip, precisions, create }] of Object.entries(subjects)) {
  for (const precision of precisions) {
    t.test(`${engineName} ${precision}`, { skip }, (t) => {
      const engine = create(precision);
      const float64 = precision === 'float64';
      const bits = bitsHere();
      const multiplyAdd = multiplyAdds[bits][precision];
      /** Twice the error of one rounding. */
      const eps = float64 ? 2 ** -52 : 2 ** -23;
      /** Whether products have the very bits of the reference, which rounds each product before it adds it. */
      const like = float64 && bits === 'separate';
      /** Two sums of `terms` products are at most so far apart (Higham 2002, §3.1); the same order: not at all. */
      const summed = (terms: number): Tolerance =>
        like ? exact : (_want, size) => (terms + 2) * eps * size();
      /** Some roundings of numbers near `want` or near 1. */
      const rounded =
        (roundings: number): Tolerance =>
        (want) =>
          roundings * eps * Math.max(1, Math.abs(want));
      /** Some roundings of `want`, and of intermediate sums up to `least`. */
      const relative =
        (roundings: number, least: number): Tolerance =>
        (want) =>
          float64 ? 0 : roundings * eps * Math.max(least, Math.abs(want));
      /** Nothing rounds in a float64 engine that the reference does not round alike. */
      const float32Rounds = (roundings: number): Tolerance => (float64 ? exact : rounded(roundings));

      const compare = new Comparison(engine, memory);
      const run = compare.run.bind(compare);
      const check = compare.check.bind(compare);
      const sameBits = compare.sameBits.bind(compare);
      /** A test that lists what did not agree. */
      const group = (title: string, body: () => void, options = {}): void => {
        t.test(title, options, (t) => {
          body();
          t.same(compare.faults(), []);
          t.end();
        });
      };
      const rowOf = (matrix: Float64Array, r: number, rows: number) =>
        matrix.slice((r * matrix.length) / rows, ((r + 1) * matrix.length) / rows);

      group('gather', () => {
        for (const [rows, cols] of tables) {
          const random = keyed('gather', rows, cols);
          const order = Array.from({ length: rows }, () => random.below(20));
          const title = `${rows}×${cols}`;
          for (const type of featureTypes) {
            const features = someOf[type](20 * cols, random);
            for (const [kind, scaleFor] of Object.entries(scalesOf(cols))) {
              // Bytes with one scale: as their product, their sum and the offset are. All else is rounded once.
              const allowed =
                type === 'uint8' && kind.startsWith('one')
                  ? relative(3, kind === 'one' ? 0 : 3)
                  : (want: number) => (float64 ? 0 : Math.abs(Math.fround(want) - want));
              check(
                `gather_${type} ${kind} ${title}`,
                gatherOf(type, features, order, cols, scaleFor),
                allowed,
              );
            }
          }
          for (const type of classTypes) {
            const most = Math.min(cols, type === 'uint8' ? 256 : 65_536);
            const classes = Array.from({ length: 20 }, () => random.below(most));
            check(`gather_classes_${type} ${title}`, gatherClassesOf(type, classes, order, cols), exact);
          }
        }
      });

      group('gather: numbers and codes of categories', () => {
        for (const codes of [[0], [3], [0, 0, 0], [1, 0, 5], [7, 2, 0, 0, 130, 0], [0, 1000, 0, 4, 9]]) {
          for (const rows of [1, 2, 3, 9, 130]) {
            const random = keyed('slots', rows, ...codes);
            const values = Float64Array.from({ length: rows * codes.length }, (_, i) => {
              const many = codes[i % codes.length];
              // −1 is none of all.
              return many === 0 ? random.normal() * 1e6 : random.below(many + 1) - 1;
            });
            const order = Array.from({ length: rows + 3 }, () => random.below(rows));
            const title = `${rows} rows of ${codes}`;
            // Rounded once to the engine's precision.
            const once: Tolerance = (want) => Math.abs(want) * 2 ** -24;
            check(title, gatherSlotsOf(values, codes, order), float64 ? exact : once);
            if (codes[0] !== 0) continue;
            for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
              check(
                `${odd}, ${title}`,
                gatherSlotsOf(values.with(0, odd), codes, order),
                float64 ? exact : once,
              );
            }
          }
        }
      });

      group('gather: every byte with the scale of images has the bits of byte / 255', () => {
        const bytes = Float64Array.from({ length: 256 }, (_, byte) => byte);
        const parts = (of: Precision) =>
          ({ kind: 'one', ...partsFor(reciprocal(255), of), offset: 0 }) as const;
        const quotients = bytes.map((byte) => (float64 ? byte / 255 : Math.fround(byte / 255)));
        // Whole vectors, and no vector at all.
        sameBits('in one row', run(gatherOf('uint8', bytes, [0], 256, parts)), { X: quotients });
        const singly = Array.from(bytes);
        sameBits('byte by byte', run(gatherOf('uint8', bytes, singly, 1, parts)), { X: quotients });
      });

      group('products', () => {
        for (const [rows, inputs, units] of shapes) {
          const w = draw(inputs * units, 'w');
          const b = draw(units, 'b');
          const delta = draw(rows * units, 'delta', 0.3);
          // All inputs where there are few, else some from the middle.
          const first = inputs > 50 ? Math.floor(inputs / 3) : 0;
          const part = inputs - 2 * first;
          for (const zeros of rows * inputs * units > 1e6 ? [0, 0.81] : zeroShares) {
            const x = draw(rows * inputs, 'x', zeros);
            const title = `${rows}×${inputs}×${units}, zeros ${zeros}`;
            const forward = forwardOf(x, w, b, rows);
            const backward = backwardOf(delta, w, rows);
            const weights = weightsOf(x, delta, rows, first, part);
            const biases = biasesOf(delta, rows);
            check(`dense_forward ${title}`, forward, summed(inputs));
            check(`dense_backward_input ${title}`, backward, summed(units));
            check(`dense_backward_weights ${title}`, weights, summed(rows));
            check(`dense_backward_biases ${title}`, biases, summed(rows));
            if (like) continue; // the reference has the bits already

            const X = { at: x, row: inputs, step: 1 };
            const D = { at: delta, row: units, step: 1 };
            const partX = { at: x.subarray(first), row: 1, step: inputs };
            const columns = { at: delta, col: 1, step: units };
            const ones = { at: new Float64Array(rows).fill(1), row: 0, step: 1 };
            const inOrder = (name: string, what: string, operation: Operation, given: () => Given) => {
              const key = `${what} order, ${title}`;
              const sums = known[precision].get(key) ?? ordered(precision, multiplyAdd, ...given());
              known[precision].set(key, sums);
              sameBits(key, run(operation), { [name]: sums });
            };
            inOrder('U', 'forward', forward, () => [
              ...([rows, units, inputs] as const),
              X,
              { at: w, col: 1, step: units },
              b,
            ]);
            inOrder('dX', 'backward', backward, () => [
              ...([rows, inputs, units] as const),
              D,
              { at: w, col: units, step: 1 },
            ]);
            inOrder('dW', 'weights', weights, () => [part, units, rows, partX, columns]);
            inOrder('db', 'biases', biases, () => [1, units, rows, ones, columns]);
          }
        }
      });

      group('products of some dense columns among sparse ones', () => {
        for (const [rows, inputs, units] of sizes(
          '64×300×40 33×101×17 128×64×100 5×90×12 40×1030×9 3×900×900 1000×900×3',
        )) {
          // Runs of columns that are nearly full, others nearly empty, and some of neither kind.
          const x = draw(rows * inputs, 'x', 0.1);
          const thin = draw(rows * inputs, 'thin', 0.9);
          for (let i = 0; i < x.length; i++) if ((i % inputs) % 48 >= 16) x[i] = thin[i];
          const w = draw(inputs * units, 'w');
          const delta = draw(rows * units, 'delta');
          const title = `${rows}×${inputs}×${units}`;
          check(`dense_forward ${title}`, forwardOf(x, w, draw(units, 'b'), rows), summed(inputs));
          for (const first of [0, Math.floor(inputs / 5)]) {
            const weights = weightsOf(x, delta, rows, first, inputs - first);
            check(`dense_backward_weights ${title} from ${first}`, weights, summed(rows));
          }
          check(`dense_backward_input ${title}`, backwardOf(delta, w, rows), summed(units));
        }
      });

      group('products of NaN and infinity', () => {
        for (const [rows, inputs, units] of smallShapes) {
          const title = `${rows}×${inputs}×${units}`;
          const x = draw(rows * inputs, 'x');
          const w = draw(inputs * units, 'w');
          const b = draw(units, 'b');
          for (const odd of spikes(x)) check(`X, ${title}`, forwardOf(odd, w, b, rows), summed(inputs));
          for (const odd of spikes(b)) check(`b, ${title}`, forwardOf(x, w, odd, rows), summed(inputs));
          for (const odd of spikes(draw(rows * units, 'delta'))) {
            check(`Δ, ${title}`, backwardOf(odd, w, rows), summed(units));
            check(`Δ, ${title}`, weightsOf(x, odd, rows, 0, inputs), summed(rows));
            check(`Δ, ${title}`, biasesOf(odd, rows), summed(rows));
          }
        }
      });

      group('a row alone has the bits that it has among others', () => {
        for (const [rows, inputs, units] of smallShapes) {
          const x = draw(rows * inputs, 'x', 0.5);
          const w = draw(inputs * units, 'w');
          const b = draw(units, 'b');
          const delta = draw(rows * units, 'delta', 0.3);
          const { U } = run(forwardOf(x, w, b, rows));
          const { dX } = run(backwardOf(delta, w, rows));
          for (const r of [0, rows >> 1, rows - 1]) {
            const title = `row ${r} of ${rows}×${inputs}×${units}`;
            sameBits(title, run(forwardOf(rowOf(x, r, rows), w, b, 1)), { U: rowOf(U, r, rows) });
            sameBits(title, run(backwardOf(rowOf(delta, r, rows), w, 1)), { dX: rowOf(dX, r, rows) });
          }
        }
      });

      group('activations', () => {
        for (const [name, scalars] of activationCases) {
          const { saves } = activations[name];
          for (const [rows, cols] of tables) {
            const n = rows * cols;
            const title = `${name} ${scalars} ${rows}×${cols}`;
            // exp, tanh and the like err by up to 2 ulp; a sum over a softmax row adds a rounding a value.
            const tolerance =
              name === 'relu' || name === 'linear' ? exact : rounded(name === 'softmax' ? 8 + cols : 8);
            const u = draw(n, 'u');
            const delta = draw(n, 'delta', 0.1);
            const zeros = [new Float64Array(n), new Float64Array(n).fill(-0)];
            const large = draw(n, 'u', 0, grows(name) ? 8 : 30);
            for (const logits of [u, large, draw(n, 'u', 0, 1e30), ...zeros, ...spikes(u)]) {
              check(`${title} forward`, activationForward(name, logits, rows, scalars), tolerance);
              check(`${title} in place`, activationForward(name, logits, rows, scalars, true), tolerance);
            }
            const saved = (logits: Float64Array) =>
              saves === 'input' ? logits : run(activationForward(name, logits, rows, scalars)).H;
            const backward = (saved: Float64Array, delta: Float64Array) =>
              activationBackward(name, saved, delta, rows, scalars);
            for (const logits of [u, large, ...zeros, ...spikes(u)]) {
              check(`${title} backward`, backward(saved(logits), delta), tolerance);
            }
            for (const odd of spikes(delta)) {
              check(`${title} backward, Δ`, backward(saved(u), odd), tolerance);
            }
          }
        }
      });

      group('an activation of a zero has the sign of its formula', () => {
        for (const [name, scalars] of activationCases) {
          if (name === 'softmax') continue;
          const zeros = Float64Array.of(0, -0, 0, -0, 0);
          check(`${name} ${scalars}`, activationForward(name, zeros, 1, scalars), (want) =>
            want === 0 ? 0 : eps,
          );
        }
      });

      group('the bits of a value do not depend on its position', () => {
        for (const [name, scalars] of activationCases) {
          // A row at a time for softmax, otherwise a value at a time.
          const rows = 11;
          const n = rows * (name === 'softmax' ? 7 : 1);
          // Small and large values side by side: paths that some of a vector's lanes take and others not.
          for (const u of [draw(n, 'u', 0, 3), draw(n, 'u', 0.5, 3)]) {
            const delta = draw(n, 'delta');
            const { H } = run(activationForward(name, u, rows, scalars));
            const saved = activations[name].saves === 'input' ? u : H;
            const { delta: D } = run(activationBackward(name, saved, delta, rows, scalars));
            for (let r = 0; r < rows; r++) {
              const own = (matrix: Float64Array) => rowOf(matrix, r, rows);
              const backward = activationBackward(name, own(saved), own(delta), 1, scalars);
              const forward = activationForward(name, own(u), 1, scalars);
              sameBits(`${name} row ${r}`, run(forward), { H: own(H) });
              sameBits(`${name} row ${r} backward`, run(backward), { delta: own(D) });
            }
          }
        }
      });

      group('losses', () => {
        for (const [name, scalars] of lossCases) {
          for (const [rows, cols] of tables) {
            const n = rows * cols;
            const oneHot = Float64Array.from({ length: n }, (_, i) => (i % cols === i % rows ? 1 : 0));
            const shares = new Float64Array(n).fill(Math.fround(1 / cols));
            for (const h of [draw(n, 'u'), draw(n, 'u', 0, grows(name) ? 8 : 30), ...spikes(draw(n, 'u'))]) {
              // A row's loss errs like a number as large as the loss or its logits; each output by itself.
              const largest = h.reduce(
                (top, v) => (Number.isFinite(v) ? Math.max(top, Math.abs(v)) : top),
                1,
              );
              const tolerance: Tolerance = (want, _size, output) =>
                (8 + cols) * eps * Math.max(output === 'loss' ? rows * largest : 1, Math.abs(want));
              for (const weights of [undefined, draw(rows, 'weights').map(Math.abs)]) {
                for (const y of [oneHot, shares]) {
                  const title = `${name} ${scalars} ${rows}×${cols}${weights ? ', weights' : ''}`;
                  const given = { weights, scalars };
                  check(`${title} forward`, lossForward(name, h, y, rows, given), tolerance);
                  check(`${title} backward`, lossBackward(name, h, y, rows, given), rounded(4));
                }
              }
            }
          }
        }
      });

      group('weights of 1 leave the bits of a loss as they are', () => {
        for (const [name, scalars] of lossCases) {
          for (const [rows, cols] of tables) {
            const h = draw(rows * cols, 'u', 0, 3);
            const y = draw(rows * cols, 'y');
            const weights = new Float64Array(rows).fill(1);
            for (const operation of [lossForward, lossBackward]) {
              const one = run(operation(name, h, y, rows, { weights, scalars }));
              sameBits(
                `${name} ${scalars} ${rows}×${cols}`,
                one,
                run(operation(name, h, y, rows, { scalars })),
              );
            }
          }
        }
      });

      group('a row’s loss and Δ are its weight times those without', () => {
        for (const [name, scalars] of lossCases) {
          const [rows, cols] = [5, 3];
          const h = draw(rows * cols, 'u');
          const y = draw(rows * cols, 'y').map(Math.abs);
          const weights = Float64Array.of(2, 0.5, 0, 4, 1); // exact in any product
          const { delta } = run(lossBackward(name, h, y, rows, { weights, scalars }));
          const own = (matrix: Float64Array, r: number) => rowOf(matrix, r, rows);
          let sum = 0;
          for (let r = 0; r < rows; r++) {
            const alone = run(lossBackward(name, own(h, r), own(y, r), 1, { scalars })).delta;
            sameBits(
              `${name} row ${r}`,
              { delta: own(delta, r) },
              { delta: alone.map((d) => weights[r] * d) },
            );
            sum += weights[r] * run(lossForward(name, own(h, r), own(y, r), 1, { scalars })).loss[0];
          }
          const { loss } = run(lossForward(name, h, y, rows, { weights, scalars }));
          const near = Math.abs(loss[0] - sum) <= 1e-14 * Math.abs(sum);
          sameBits(`${name}: ${loss[0]} and ${sum}`, { near: Float64Array.of(Number(near)) }, { near: one });
        }
      });

      group('a loss that starts from logits leaves the bits of its activation', () => {
        for (const [name, scalars] of lossCases) {
          if (!startsFromLogits(losses[name], { name, ...numbersOf(losses[name].options, scalars) }))
            continue;
          for (const [rows, cols] of tables) {
            const logits = draw(rows * cols, 'u', 0, 5);
            const { H } = run(lossForward(name, logits, draw(rows * cols, 'y'), rows, { scalars }));
            const wanted = run(activationForward(losses[name].activations[0], logits, rows));
            sameBits(`${name} ${rows}×${cols}`, { H }, wanted);
          }
        }
      });

      group('sum over shards', () => {
        for (const n of lengths) {
          // Buffers are whole vectors: what fills them up may be summed too.
          const room = Math.ceil((n * engine.bytes) / 16) * (16 / engine.bytes);
          for (const shards of [1, 2, 3, 4, 5, 7, 8, 11, 15, 16, 17, 31, 32, 48, 63, 64, 100, 128]) {
            const parts = draw(room * shards, 'shards');
            check(`${shards} shards of ${n}`, shardsSumOf(parts, room, n), summed(shards));
          }
        }
      });

      group('16 bits a value, and what that leaves out', () => {
        const round = float64 ? (value: number) => value : Math.fround;
        // Ties to both sides, the largest that stays finite and one that does not, subnormals.
        const odd = [1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.3895e38, 3.4e38, 2 ** -133, 3 * 2 ** -134, -(2 ** -140)];
        for (const n of lengths) {
          for (const drawn of [
            draw(n, 'x', 0.1),
            ...spikes(draw(n, 'x')),
            odd.concat(odd, odd).slice(0, n),
          ]) {
            // Of float64 also what float32 has not.
            const x = Float64Array.from(drawn, (value) => round(value * (float64 ? 1 - 2 ** -30 : 1)));
            for (const [ratio, scale] of [
              [1, 2 ** -9],
              [4, 0],
            ]) {
              const rest = draw(x.length, 'rest', 0.2, scale);
              const title = `halves ${n}, ${ratio}`;
              const sent = x.map((value, i) => round(value + ratio * rest[i]));
              const came = sent.map((value) => fromHalf(toHalf(value)));
              const left = sent.map((value, i) => round(value - came[i]));
              sameBits(title, run(halvesOf(x, rest, ratio)), { came, rest: left });
              // What is left has the rounding of the sum, which the reference has not.
              check(title, halvesOf(x, rest, ratio), (_want, _size, name) =>
                name === 'came' || float64 ? 0 : Number.POSITIVE_INFINITY,
              );
            }
          }
        }
      });

      group('scale', () => {
        for (const n of lengths) {
          for (const g of [draw(n, 'g', 0.2), ...spikes(draw(n, 'g'))]) {
            check(`scale ${n}`, scaleOf(g, Math.fround(0.3)), float32Rounds(1));
          }
        }
      });

      group('what goes with an update: squared norms, bounds, averages', () => {
        for (const n of lengths) {
          const g = draw(n, 'g', 0.2);
          for (const some of [g, ...spikes(draw(n, 'g'))]) check(`clamp ${n}`, clampOf(some, 0.5), exact);
          check(`average ${n}`, averageOf(draw(n, 'mean'), g, 0.75), float64 ? exact : () => 1e-6);
          // In float64 whatever the engine's precision.
          check(`squares ${n}`, squaresOf(g), (want) => want * 1e-14);
        }
      });

      group('steps of optimizers', () => {
        const rate = Math.fround(0.3);
        const third = Math.fround(1 / 3);
        for (const [title, spec] of optimizerCases) {
          for (const n of lengths) {
            const theta = draw(n, 'theta');
            const state = stateOf(spec, (name) => draw(n, name));
            for (const g of [draw(n, 'g', 0.2), ...spikes(draw(n, 'g'))]) {
              for (const step of [1, 2, 1000]) {
                for (const decays of [true, false]) {
                  const numbers = { factor: third, rate, step, decays };
                  // Adam's correction of a first step is a thousand times what it corrects.
                  const tolerance = float32Rounds(spec.name === 'sgd' ? 8 : 100);
                  check(`${title} ${n}, step ${step}`, stepOf(spec, theta, g, state, numbers), tolerance);
                }
              }
            }
            const g = draw(n, 'g', 0.2);
            const numbers = { factor: third, rate, step: 3 };
            const fused = run(stepOf(spec, theta, g, state, numbers));
            const averages = run(scaleOf(g, third)).X;
            const apart = run(stepOf(spec, theta, averages, state, { ...numbers, factor: 1 }));
            sameBits(`scale, and ${title} ${n}`, fused, apart);
          }
        }
      });

      group('a parameter’s step has the same bits wherever it lies', () => {
        const n = 37;
        const numbers = { factor: Math.fround(1 / 3), rate: Math.fround(0.3), step: 3 };
        for (const [title, spec] of optimizerCases) {
          const whole = [draw(n, 'theta'), draw(n, 'g'), ...stateOf(spec, (name) => draw(n, name))];
          const all = run(stepOf(spec, whole[0], whole[1], whole.slice(2), numbers));
          for (const [from, to] of [
            [0, 1],
            [1, 8],
            [3, 36],
            [5, 22],
            [36, 37],
          ]) {
            // biome-ignore format: pairs
            const [theta, g, ...state] = whole.map((values) => values.slice(from, to));
            const { finite, ...part } = run(stepOf(spec, theta, g, state, numbers));
            const wanted = Object.keys(part).map((key) => [key, all[key].slice(from, to)]);
            sameBits(`${title} [${from}, ${to})`, part, Object.fromEntries(wanted));
          }
        }
      });

      group('one row’s whole update', () => {
        const rate = Math.fround(0.3);
        for (const name of optimizerNames.filter((name) => engine.optimizers[name].rank1 !== undefined)) {
          const spec = specOf(name);
          for (const [, inputs, units] of shapes) {
            for (const zeros of zeroShares) {
              const x = draw(inputs, 'x', zeros);
              const delta = draw(units, 'delta', 0.3);
              const w = draw(inputs * units, 'w');
              const b = draw(units, 'b');
              const title = `${inputs}×${units}, zeros ${zeros}`;
              const fused = rank1Of(name, x, delta, w, b, rate);
              check(`${name}_rank1_step ${title}`, fused, float32Rounds(3));
              const { dW } = run(weightsOf(x, delta, 1, 0, inputs));
              const { db } = run(biasesOf(delta, 1));
              const step = (theta: Float64Array, g: Float64Array) =>
                run(stepOf(spec, theta, run(scaleOf(g, 1)).X, [], { factor: 1, rate })).theta;
              sameBits(`three steps ${title}`, run(fused), { W: step(w, dW), b: step(b, db) });
            }
          }
        }
      });

      group('a new parameter that is not finite is noticed', () => {
        const found = (finite: boolean) => ({ finite: Float64Array.of(Number(finite)) });
        const judge = ({ title, operation, finite }: Verdict) =>
          sameBits(title, { finite: run(operation).finite }, found(finite));
        for (const n of [...lengths, 15, 16, 17, 31, 32, 33]) {
          [...steps(n, precision), ...stateSteps(n, precision)].forEach(judge);
        }
        for (const [, inputs, units] of smallShapes) {
          [...rank1Steps(inputs, units, precision)].forEach(judge);
        }
      });

      t.end();
    });
  }
}
