/** The operations of embeddings against their formulas: as parity-layers.ts has it for the other layers. */
import t from 'tap';
import { createEngine } from '../../src/engines/index.js';
import { compileKernels } from '../../src/engines/kernels.js';
import { keyed } from '../../src/random.js';
import { Comparison, draw, exact, spikes } from '../helpers/compare.js';
import { filled, layerOf } from '../helpers/layer-operations.js';
import { rowOf } from '../helpers/values.js';

const kernels = await compileKernels();
const memory = new WebAssembly.Memory({ initial: 512, maximum: 65_536, shared: true });

/** Rows, codes, numbers learned for each: with every kind of tail of both precisions. */
const tables = '1×1×1 3×2×1 5×3×2 7×4×3 9×2×4 8×70×5 17×5×7 33×9×8 40×3×17 130×300×10 2×1×101'
  .split(' ')
  .map((size) => size.split('×').map(Number));

/** The table's column is the one at `at` of so many inputs. */
const COLS = 5;
const WIDTH_BESIDE = 6;

/** Inputs whose column `at` has codes from −1 to `codes`, which is none any more. */
function inputsWith(rows: number, at: number, codes: number): Float64Array {
  const random = keyed('codes', rows, codes);
  return draw(rows * COLS, 'x').map((value, i) => (i % COLS === at ? random.below(codes + 2) - 1 : value));
}

for (const precision of ['float32', 'float64'] as const) {
  t.test(`wasm ${precision}`, (t) => {
    const engine = createEngine({ name: 'wasm' }, precision, memory, kernels);
    const compare = new Comparison(engine, memory);
    const sumsOf = (most: number) => (want: number) =>
      precision === 'float64' ? 0 : most * 2 ** -23 * Math.max(1, Math.abs(want));

    t.test('what is passed on', (t) => {
      for (const rows of [1, 3, 130]) {
        for (const [from, to, count] of [
          [0, 0, 1],
          [0, 3, 5],
          [2, 1, 3],
          [4, 8, 1],
        ]) {
          const x = draw(rows * COLS, 'x');
          for (const given of [x, ...spikes(x)]) {
            // All else of Y is not its own, and stays NaN.
            const operation = layerOf(
              ...([
                'embedding',
                'pass',
                given,
                filled('Y', rows * 9),
                rows,
                COLS,
                9,
                from,
                to,
                count,
              ] as const),
            );
            compare.check(`${rows} rows, ${from} to ${to}`, operation, exact);
          }
        }
      }
      t.same(compare.faults(), []);
      t.end();
    });

    t.test('rows of the table', (t) => {
      for (const [rows, codes, size] of tables) {
        for (const at of [0, 2, COLS - 1]) {
          const width = size + WIDTH_BESIDE;
          const to = at % 3;
          const x = inputsWith(rows, at, codes);
          const w = draw(codes * size, 'w');
          const forward = (x: Float64Array, w: Float64Array) => {
            const n = x.length / COLS;
            const y = filled('Y', n * width);
            return layerOf('embedding', 'forward', x, w, y, n, COLS, width, at, to, codes, size);
          };
          const title = `${rows}×${codes}×${size} at ${at}`;
          const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((code) =>
            x.with((rows >> 1) * COLS + at, code),
          );
          for (const given of [x, ...odd]) compare.check(title, forward(given, w), exact);
          for (const given of spikes(w)) compare.check(`w, ${title}`, forward(x, given), exact);
          const { Y } = compare.run(forward(x, w));
          for (let r = 0; r < rows; r++) {
            const alone = compare.run(forward(rowOf(x, r, rows), w));
            compare.sameBits(`row ${r} of ${title}`, alone, { Y: rowOf(Y, r, rows) });
          }
        }
      }
      t.same(compare.faults(), []);
      t.end();
    });

    t.test('the gradient, whole and in pieces', (t) => {
      for (const [rows, codes, size] of tables) {
        const at = 1;
        const to = 2;
        const width = size + WIDTH_BESIDE;
        const x = inputsWith(rows, at, codes);
        const delta = draw(rows * width, 'delta');
        const gradient = (x: Float64Array, delta: Float64Array, first: number, count: number) => {
          const dw = filled('dW', count * size);
          const place = [rows, COLS, width, at, to, first, count, size];
          return layerOf('embedding', 'gradient', x, delta, dw, ...place);
        };
        const title = `${rows}×${codes}×${size}`;
        for (const odd of [delta, ...spikes(delta)]) {
          compare.check(title, gradient(x, odd, 0, codes), sumsOf(4 * rows));
        }
        for (const code of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const odd = x.with((rows >> 1) * COLS + at, code);
          compare.check(`${code}, ${title}`, gradient(odd, delta, 0, codes), sumsOf(4 * rows));
        }
        const { dW } = compare.run(gradient(x, delta, 0, codes));
        for (const count of new Set([1, Math.ceil(codes / 3), codes])) {
          for (let first = 0; first < codes; first += count) {
            const n = Math.min(count, codes - first);
            compare.check(`${title} from ${first}`, gradient(x, delta, first, n), sumsOf(4 * rows));
            const part = dW.slice(first * size, (first + n) * size);
            const piece = compare.run(gradient(x, delta, first, n));
            compare.sameBits(`${title} from ${first}`, piece, { dW: part });
          }
        }
      }
      t.same(compare.faults(), []);
      t.end();
    });
    t.end();
  });
}
