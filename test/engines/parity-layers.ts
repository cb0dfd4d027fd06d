/**
 * The operations of layers, in each precision, at awkward sizes, against their formulas on the same inputs: as
 * parity.ts has it for the others. They are kernels in every engine but the reference.
 */
import t from 'tap';
import { createEngine } from '../../src/engines/index.js';
import { compileKernels } from '../../src/engines/kernels.js';
import type { Precision } from '../../src/model/precision.js';
import { philox } from '../../src/philox.js';
import { Comparison, draw, exact, spikes, type Tolerance } from '../helpers/compare.js';
import { changed, filled, layerOf } from '../helpers/layer-operations.js';
import type { Operation } from '../helpers/operations.js';
import { join, largest, positive, rowOf, shifted } from '../helpers/values.js';

const kernels = await compileKernels();
const memory = new WebAssembly.Memory({ initial: 512, maximum: 65_536, shared: true });

/** Rows, columns: with every kind of tail of both precisions. */
const tables = '1×1 1×10 3×1 3×2 2×3 7×4 5×5 9×7 3×8 8×9 17×16 130×10 3×101 1×1000'
  .split(' ')
  .map((size) => size.split('×').map(Number));
const EPS = Math.fround(1e-5);

for (const precision of ['float32', 'float64'] satisfies Precision[]) {
  t.test(`wasm ${precision}`, (t) => {
    const float64 = precision === 'float64';
    const eps = float64 ? 2 ** -52 : 2 ** -23;
    const rounded =
      (roundings: number): Tolerance =>
      (want) =>
        roundings * eps * Math.max(1, Math.abs(want));
    /** What is summed in the formula's own order has its bits in float64. */
    const float32Rounds = (roundings: number): Tolerance => (float64 ? exact : rounded(roundings));

    const compare = new Comparison(createEngine({ name: 'wasm' }, precision, memory, kernels), memory);
    const run = compare.run.bind(compare);
    const check = compare.check.bind(compare);
    const sameBits = compare.sameBits.bind(compare);
    const group = (title: string, body: () => void): void => {
      t.test(title, (t) => {
        body();
        t.same(compare.faults(), []);
        t.end();
      });
    };

    const layerNormForward = (x: Float64Array, gamma: Float64Array, beta: Float64Array): Operation => {
      const cols = gamma.length;
      const rows = x.length / cols;
      const y = filled('Y', x.length);
      return layerOf('layer-norm', 'forward', x, gamma, beta, y, filled('kept', 2 * rows), rows, cols, EPS);
    };
    const layerNormBackward = (
      x: Float64Array,
      gamma: Float64Array,
      delta: Float64Array,
      kept: Float64Array,
    ): Operation => {
      const cols = gamma.length;
      const sums = filled('sums', 2 * cols);
      const rows = x.length / cols;
      return layerOf('layer-norm', 'backward', x, gamma, changed('dX', delta), kept, sums, rows, cols);
    };

    group('layer-norm', () => {
      for (const [rows, cols] of tables) {
        const gamma = draw(cols, 'gamma');
        const beta = draw(cols, 'beta');
        const delta = draw(rows * cols, 'delta');
        for (const shift of [0, 100]) {
          const title = `${rows}×${cols} + ${shift}`;
          const x = shifted(draw(rows * cols, 'x'), shift);
          const { kept } = run(layerNormForward(x, gamma, beta));
          const inverses = kept.filter((_, i) => i % 2 === 1);
          // A value's own rounding grows by 1/√(variance + ε), and by γ; a sum adds a rounding a value.
          const steep = 1 + largest(x) * largest(inverses);
          const forward = rounded(8 * steep + cols);
          const size = 8 * largest(inverses) * largest(inverses) + 8;
          const backward = rounded((8 * steep + cols + rows) * size);
          check(`forward ${title}`, layerNormForward(x, gamma, beta), forward);
          for (const odd of spikes(x)) check(`x, ${title}`, layerNormForward(odd, gamma, beta), forward);
          for (const odd of spikes(gamma)) check(`γ, ${title}`, layerNormForward(x, odd, beta), forward);
          check(`backward ${title}`, layerNormBackward(x, gamma, delta, Float64Array.from(kept)), backward);
          for (const odd of spikes(delta)) {
            check(`δ, ${title}`, layerNormBackward(x, gamma, odd, kept), backward);
          }
          for (const odd of spikes(x)) {
            check(`x backward, ${title}`, layerNormBackward(odd, gamma, delta, kept), backward);
          }
        }
      }
    });

    const moments = (x: Float64Array, cols: number): Operation =>
      layerOf('batch-norm', 'sums', x, filled('sums', 2 * cols), x.length / cols, cols);
    const mergeOf = (parts: Float64Array, shards: number, rows: number, cols: number): Operation => {
      const stride = (engine: { bytes: number }) => (parts.length / shards) * engine.bytes;
      const stats = filled('stats', 3 * cols);
      return layerOf('batch-norm', 'merge', parts, stride, shards, rows, cols, stats, EPS);
    };
    const batchNormForward = (
      x: Float64Array,
      gamma: Float64Array,
      beta: Float64Array,
      stats: Float64Array,
    ): Operation => {
      const cols = gamma.length;
      const y = filled('Y', x.length);
      return layerOf('batch-norm', 'forward', x, gamma, beta, y, stats, x.length / cols, cols);
    };
    const evaluateOf = (
      x: Float64Array,
      gamma: Float64Array,
      beta: Float64Array,
      running: Float64Array,
    ): Operation => {
      const cols = gamma.length;
      const y = filled('Y', x.length);
      return layerOf('batch-norm', 'evaluate', x, gamma, beta, running, y, x.length / cols, cols, EPS);
    };
    const backwardSums = (x: Float64Array, delta: Float64Array, stats: Float64Array): Operation => {
      const cols = stats.length / 3;
      const rows = x.length / cols;
      return layerOf('batch-norm', 'backward_sums', x, delta, stats, filled('sums', 2 * cols), rows, cols);
    };
    const batchNormBackward = (
      x: Float64Array,
      gamma: Float64Array,
      delta: Float64Array,
      stats: Float64Array,
      totals: Float64Array,
      count: number,
    ): Operation => {
      const cols = gamma.length;
      const dX = changed('dX', delta);
      const rows = x.length / cols;
      return layerOf('batch-norm', 'backward', x, gamma, dX, stats, totals, count, rows, cols);
    };
    const statsOf = (cols: number) =>
      join(draw(cols, 'mean'), positive(draw(cols, 'inverse')), positive(draw(cols, 'variance')));

    group('batch-norm: a shard’s statistics', () => {
      for (const [rows, cols] of tables) {
        for (const shift of [0, 100]) {
          const x = shifted(draw(rows * cols, 'x'), shift);
          for (const given of [x, ...spikes(x)]) {
            check(`${rows}×${cols} + ${shift}`, moments(given, cols), float32Rounds(8 + rows));
          }
        }
      }
      check('no rows', layerOf('batch-norm', 'sums', draw(3, 'x'), filled('sums', 6), 0, 3), exact);
    });

    group('batch-norm: the minibatch’s statistics', () => {
      for (const cols of [1, 2, 3, 4, 5, 9]) {
        for (const shards of [1, 2, 3, 5, 7, 8, 16, 21, 64]) {
          for (const rows of [1, 2, (shards >> 1) + 1, shards, 3 * shards + 1]) {
            const room = 2 * cols + 3; // shards need not lie side by side
            const parts = draw(shards * room, 'parts').map((value, i) =>
              i % room >= cols && i % room < 2 * cols ? Math.fround(value * value) : value,
            );
            // A shard without rows is not looked at.
            for (let s = 0; s < shards; s++) {
              const empty = Math.floor((s * rows) / shards) === Math.floor(((s + 1) * rows) / shards);
              if (empty) parts.fill(Number.NaN, s * room, (s + 1) * room);
            }
            const title = `${shards} shards of ${rows}×${cols}`;
            const { stats } = run(mergeOf(parts, shards, rows, cols));
            if (stats.some(Number.isNaN)) throw new Error(`${title}: a shard without rows was looked at`);
            const allowed = float32Rounds(16 * (1 + largest(stats)));
            check(title, mergeOf(parts, shards, rows, cols), allowed);
            for (const odd of spikes(parts))
              check(`${title}, odd`, mergeOf(odd, shards, rows, cols), allowed);
          }
        }
      }
    });

    group('batch-norm: forward, evaluate and backward', () => {
      for (const [rows, cols] of tables) {
        const title = `${rows}×${cols}`;
        const x = draw(rows * cols, 'x');
        const delta = draw(rows * cols, 'delta');
        const [gamma, beta] = [draw(cols, 'gamma'), draw(cols, 'beta')];
        const stats = statsOf(cols);
        const running = join(draw(cols, 'mean'), positive(draw(cols, 'variance')));
        const totals = draw(2 * cols, 'totals', 0, 10);
        for (const given of [x, ...spikes(x)]) {
          check(`forward ${title}`, batchNormForward(given, gamma, beta, stats), float32Rounds(64));
          check(`evaluate ${title}`, evaluateOf(given, gamma, beta, running), float32Rounds(640));
          check(`backward_sums ${title}`, backwardSums(given, delta, stats), float32Rounds(32 * (rows + 8)));
          const backward = batchNormBackward(given, gamma, delta, stats, totals, 3 * rows);
          check(`backward ${title}`, backward, float32Rounds(2000));
        }
        for (const odd of spikes(delta)) {
          check(`δ, ${title}`, backwardSums(x, odd, stats), float32Rounds(32 * (rows + 8)));
          const backward = batchNormBackward(x, gamma, odd, stats, totals, 3 * rows);
          check(`δ, ${title}`, backward, float32Rounds(2000));
        }
        for (const odd of [running, ...spikes(running)]) {
          const moved = layerOf(
            'batch-norm',
            'running',
            changed('running', odd),
            stats,
            cols,
            0.125,
            rows + 1,
          );
          check(`running ${title}`, moved, float32Rounds(8));
        }
      }
    });

    group('a row alone has the bits that it has among others', () => {
      for (const [rows, cols] of tables) {
        const x = draw(rows * cols, 'x');
        const delta = draw(rows * cols, 'delta');
        const [gamma, beta, stats] = [draw(cols, 'gamma'), draw(cols, 'beta'), statsOf(cols)];
        const running = stats.subarray(0, 2 * cols);
        const totals = draw(2 * cols, 'totals', 0, 10);
        const layer = run(layerNormForward(x, gamma, beta));
        const layerBack = run(layerNormBackward(x, gamma, delta, layer.kept));
        const batch = run(batchNormForward(x, gamma, beta, stats));
        const evaluated = run(evaluateOf(x, gamma, beta, running));
        const batchBack = run(batchNormBackward(x, gamma, delta, stats, totals, 77));
        for (let r = 0; r < rows; r++) {
          const own = (matrix: Float64Array) => rowOf(matrix, r, rows);
          const same = (title: string, operation: Operation, wanted: Record<string, Float64Array>) =>
            sameBits(`${title}, row ${r} of ${rows}×${cols}`, run(operation), wanted);
          const kept = own(layer.kept);
          same('layer-norm', layerNormForward(own(x), gamma, beta), { Y: own(layer.Y), kept });
          same('layer-norm', layerNormBackward(own(x), gamma, own(delta), kept), { dX: own(layerBack.dX) });
          same('batch-norm', batchNormForward(own(x), gamma, beta, stats), { Y: own(batch.Y) });
          same('evaluate', evaluateOf(own(x), gamma, beta, running), { Y: own(evaluated.Y) });
          const back = batchNormBackward(own(x), gamma, own(delta), stats, totals, 77);
          same('batch-norm', back, { dX: own(batchBack.dX) });
        }
      }
    });

    const dropoutOf = (
      x: Float64Array,
      cols: number,
      rate: number,
      { firstRow = 0, key = [1, 2], step = 0 },
      inPlace = false,
    ): Operation => {
      const target = inPlace ? { as: 0 } : filled('Y', x.length);
      const source = inPlace ? changed('Y', x) : x;
      const place = [x.length / cols, cols, firstRow, rate, ...key, step];
      return layerOf('dropout', 'forward', source, target, ...place);
    };
    const dropoutBackward = (x: Float64Array, cols: number, rate: number, key: number[], step: number) =>
      layerOf('dropout', 'backward', changed('Y', x), x.length / cols, cols, 0, rate, ...key, step);

    group('dropout', () => {
      const far = { firstRow: 2 ** 32 - 2, key: [0xffffffff, 0x80000001], step: 2 ** 53 - 1 };
      for (const [rows, cols] of tables) {
        const x = draw(rows * cols, 'x');
        for (const rate of [0, 2 ** -33, 0.2, 0.5, 0.97, 1 - 2 ** -53]) {
          const title = `${rows}×${cols}, rate ${rate}`;
          for (const given of [x, ...spikes(x)]) {
            check(title, dropoutOf(given, cols, rate, {}), float32Rounds(2));
            check(`${title}, far`, dropoutOf(given, cols, rate, far), float32Rounds(2));
          }
          const { Y } = run(dropoutOf(x, cols, rate, { key: [7, 9], step: 2 ** 40 + 3 }));
          sameBits(title, run(dropoutOf(x, cols, rate, { key: [7, 9], step: 2 ** 40 + 3 }, true)), { Y });
          check(`${title} backward`, dropoutBackward(x, cols, rate, [7, 9], 2 ** 40 + 3), float32Rounds(2));
          sameBits(`${title} backward`, run(dropoutBackward(x, cols, rate, [7, 9], 2 ** 40 + 3)), { Y });
          for (let r = 0; r < rows; r++) {
            const place = { firstRow: r, key: [7, 9], step: 2 ** 40 + 3 };
            const alone = run(dropoutOf(rowOf(x, r, rows), cols, rate, place));
            sameBits(`${title}, row ${r}`, alone, { Y: rowOf(Y, r, rows) });
          }
        }
      }
    });

    const preluForward = (x: Float64Array, slopes: Float64Array, cols: number): Operation =>
      layerOf(
        'prelu',
        'forward',
        x,
        slopes,
        filled('Y', x.length),
        x.length / cols,
        cols,
        +(slopes.length > 1),
      );
    const preluBackward = (
      x: Float64Array,
      slopes: Float64Array,
      delta: Float64Array,
      cols: number,
    ): Operation => {
      const sums = filled('sums', cols);
      const given = [x, slopes, changed('dX', delta), sums];
      return layerOf('prelu', 'backward', ...given, x.length / cols, cols, +(slopes.length > 1));
    };

    group('prelu: a slope a unit, and one for all', () => {
      for (const [rows, cols] of tables) {
        const x = draw(rows * cols, 'x');
        const delta = draw(rows * cols, 'delta');
        for (const slopes of [draw(cols, 'slopes'), draw(1, 'slope')]) {
          const title = `${rows}×${cols}, ${slopes.length} slopes`;
          const summed = float32Rounds(4 * rows * cols + 8);
          for (const given of [x, new Float64Array(x.length).fill(-0), ...spikes(x)]) {
            check(`forward ${title}`, preluForward(given, slopes, cols), float32Rounds(1));
            check(`backward ${title}`, preluBackward(given, slopes, delta, cols), summed);
          }
          for (const odd of spikes(slopes))
            check(`a, ${title}`, preluForward(x, odd, cols), float32Rounds(1));
          for (const odd of spikes(delta)) check(`δ, ${title}`, preluBackward(x, slopes, odd, cols), summed);
        }
      }
    });

    group('ways around layers: rows that go on, sums, rows that are left out, columns side by side', () => {
      for (const [rows, cols] of tables) {
        const title = `${rows}×${cols}`;
        const [x, other] = [draw(rows * cols, 'x'), draw(rows * cols, 'other')];
        const once = float32Rounds(1);
        for (const odd of [x, ...spikes(x)]) {
          check(
            `sum ${title}`,
            layerOf('residual', 'add', odd, other, filled('Y', x.length), x.length),
            once,
          );
          const inPlace = layerOf('residual', 'add', changed('Y', odd), other, { as: 0 }, x.length);
          sameBits(`sum in place ${title}`, run(inPlace), {
            Y: run(layerOf('residual', 'add', odd, other, filled('Y', x.length), x.length)).Y,
          });
        }
        for (const more of [0, 1, 5]) {
          const stride = cols + more;
          const wide = draw(rows * stride, 'wide');
          check(
            `Δ ${title} + ${more}`,
            layerOf('fork', 'add', changed('Δ', x), wide, rows, cols, stride),
            once,
          );
          for (const at of [0, more]) {
            const place = [rows, cols, stride, at];
            check(`put ${title}`, layerOf('concat', 'put', x, changed('Y', wide), ...place), exact);
            check(`take ${title}`, layerOf('concat', 'take', wide, filled('X', x.length), ...place), exact);
          }
        }
        for (const drop of [0, 2 ** -33, 0.2, 0.5, 0.97, 1 - 2 ** -53]) {
          for (const [firstRow, k0, k1, step] of [
            [0, 1, 2, 0],
            [2 ** 32 - 2, 0xffffffff, 0x80000001, 2 ** 53 - 1],
          ]) {
            const keep = (of: Float64Array, first: number) =>
              layerOf(
                'residual',
                'keep',
                of,
                filled('Y', of.length),
                of.length / cols,
                cols,
                first,
                drop,
                k0,
                k1,
                step,
              );
            for (const odd of [x, ...spikes(x)])
              check(`keep ${title}, ${drop}`, keep(odd, firstRow), float32Rounds(2));
            const { Y } = run(keep(x, 0));
            const place = [rows, cols, 0, drop, k0, k1, step];
            const inPlace = layerOf('residual', 'keep', changed('Y', x), { as: 0 }, ...place);
            sameBits(`keep in place ${title}`, run(inPlace), { Y });
            for (let r = 0; r < rows; r++) {
              sameBits(`keep ${title}, row ${r}`, run(keep(rowOf(x, r, rows), r)), { Y: rowOf(Y, r, rows) });
            }
          }
        }
      }
    });

    const noiseOf = (
      x: Float64Array,
      cols: number,
      deviation: number,
      { firstRow = 0, key = [1, 2], step = 0 },
      inPlace = false,
    ): Operation => {
      const target = inPlace ? { as: 0 } : filled('Y', x.length);
      const source = inPlace ? changed('Y', x) : x;
      const place = [x.length / cols, cols, firstRow, deviation, ...key, step];
      return layerOf('gaussian-noise', 'forward', source, target, ...place);
    };

    group('gaussian-noise', () => {
      const far = { firstRow: 2 ** 32 - 2, key: [0xffffffff, 0x80000001], step: 2 ** 53 - 1 };
      for (const [rows, cols] of tables) {
        const x = draw(rows * cols, 'x');
        for (const deviation of [0, 1e-3, 1, 70]) {
          const title = `${rows}×${cols}, deviation ${deviation}`;
          // Of the formula's cosine near 0 little is exact: its argument is rounded.
          const near: Tolerance = (want) => 3 * eps * Math.abs(want) + deviation * (1e-14 + 7 * eps);
          check(title, noiseOf(x, cols, deviation, {}), near);
          check(`${title}, far`, noiseOf(x, cols, deviation, far), near);
          const place = { key: [7, 9], step: 2 ** 40 + 3 };
          const { Y } = run(noiseOf(x, cols, deviation, place));
          sameBits(title, run(noiseOf(x, cols, deviation, place, true)), { Y });
          for (let r = 0; r < rows; r++) {
            const alone = run(noiseOf(rowOf(x, r, rows), cols, deviation, { ...place, firstRow: r }));
            sameBits(`${title}, row ${r}`, alone, { Y: rowOf(Y, r, rows) });
          }
        }
      }
    });

    t.test('noise is normal: its moments, and how much of it lies where', (t) => {
      const n = 100_000;
      const { Y } = run(noiseOf(new Float64Array(n), 1000, 1, { key: [3, 4], step: 5 }));
      const mean = (of: (value: number) => number) => Y.reduce((sum, value) => sum + of(value), 0) / n;
      const is = (what: string, found: number, want: number, variance: number) =>
        t.ok(Math.abs(found - want) < 4 * Math.sqrt(variance / n), `${what}: ${found}`);
      is(
        'mean',
        mean((x) => x),
        0,
        1,
      );
      is(
        'variance',
        mean((x) => x ** 2),
        1,
        2,
      );
      is(
        'third moment',
        mean((x) => x ** 3),
        0,
        15,
      );
      is(
        'fourth moment',
        mean((x) => x ** 4),
        3,
        96,
      );
      for (const [above, share] of [
        [0, 0.5],
        [1, 0.158655],
        [2, 0.0227501],
        [3, 0.0013499],
      ]) {
        is(
          `above ${above}`,
          mean((x) => Number(x > above)),
          share,
          share * (1 - share),
        );
      }
      const next = Y.reduce((sum, value, k) => sum + value * (Y[k + 1] ?? 0), 0) / n;
      is('neighbours', next, 0, 1);
      t.end();
    });

    group('a unit is dropped from one number of Philox on', () => {
      const key = [0xa4093822, 0x299f31d0] as const;
      const step = 5 * 2 ** 32 + 11;
      const ones = new Float64Array(40).fill(1);
      for (const c of [0, 1, 2, 3, 4, 7, 9, 15, 16, 26, 39]) {
        const word = philox([c >> 2, 3, 11, 5], key)[c & 3];
        const kept = (rate: number) => {
          const { Y } = run(dropoutOf(ones, 40, rate, { firstRow: 3, key: [...key], step }));
          return { kept: Float64Array.of(Number(Y[c] > 0)) };
        };
        sameBits(`column ${c}, at its number`, kept(word / 2 ** 32), { kept: Float64Array.of(1) });
        sameBits(`column ${c}, above it`, kept((word + 1) / 2 ** 32), { kept: Float64Array.of(0) });
      }
    });

    t.end();
  });
}
