/**
 * Which of its ways the blas engine takes for which input. What comes of each is the parity suite's: it has the same
 * shapes.
 */

import t from 'tap';
import { createBlas } from '../../src/engines/blas.js';
import { type Blas, blasIfAny } from '../../src/engines/blas-library.js';
import { bindKernels, compileKernels, type Kernels } from '../../src/engines/kernels.js';
import type { Precision } from '../../src/model/precision.js';
import { Board } from '../helpers/board.js';
import { draw, drawMixed } from '../helpers/compare.js';
import { backwardOf, forwardOf, type Operation, weightsOf } from '../helpers/operations.js';

const blas = blasIfAny();
const skip = blas === undefined && 'no BLAS library on this machine';
const kernels = await compileKernels();
const memory = new WebAssembly.Memory({ initial: 512, maximum: 512, shared: true });

/** `list`, all nonzeros as a list; `whole`, one product by BLAS; `split`, some columns by BLAS, the others a list. */
function wayOf(precision: Precision) {
  const called = new Set<string>();
  const op = bindKernels(kernels, memory, precision);
  const noted: Kernels = (name) => {
    const kernel = op(name);
    return (...args: unknown[]) => {
      called.add(name);
      return kernel(...args);
    };
  };
  const engine = createBlas(blas as Blas, memory, noted, precision);
  return (operation: Operation): string => {
    called.clear();
    operation(engine, new Board(memory, precision));
    if (called.has('add_sparse') || called.has('sparse_weights')) return 'split';
    return [...called].some((name) => name.startsWith('dense_')) ? 'list' : 'whole';
  };
}

for (const precision of ['float32', 'float64'] as const) {
  t.test(precision, { skip }, async (t) => {
    const way = wayOf(precision);
    const ways = (x: Float64Array, rows: number, units: number) => {
      const inputs = x.length / rows;
      const forward = way(forwardOf(x, draw(inputs * units, 'w'), draw(units, 'b'), rows));
      const weights = way(weightsOf(x, draw(rows * units, 'delta'), rows, 0, inputs));
      return `${forward}, ${weights}`;
    };
    const zeros = (rows: number, inputs: number, share: number) => draw(rows * inputs, 'x', share);

    t.equal(ways(zeros(64, 300, 0), 64, 40), 'whole, whole');
    t.equal(ways(zeros(64, 300, 0.5), 64, 40), 'whole, whole');
    t.equal(ways(zeros(64, 300, 0.81), 64, 40), 'list, list');
    t.equal(ways(zeros(64, 300, 1), 64, 40), 'list, list');
    for (const [rows, inputs, units] of [
      [64, 300, 40],
      [33, 301, 17],
      [2, 303, 8],
      [7, 101, 130],
    ]) {
      t.equal(ways(drawMixed(rows, inputs), rows, units), 'split, split', `${rows}×${inputs}×${units}`);
    }
    t.equal(ways(drawMixed(64, 300).subarray(0, 300), 1, 40), 'list, list', 'one row');
    t.equal(ways(zeros(64, 15, 0), 64, 40), 'list, list', 'few columns');
    t.equal(ways(drawMixed(65, 1030), 65, 9), 'whole, whole', 'more columns than there are tables for');
    t.equal(ways(zeros(65, 1030, 0.81), 65, 9), 'list, list', 'the same, of zeros');
    const fits = precision === 'float32' ? 'split, split' : 'whole, whole';
    t.equal(ways(drawMixed(1000, 900), 1000, 3), fits, 'more rows than there is room for');
    t.equal(ways(drawMixed(3, 900), 3, 900), fits, 'more units than there is room for');

    const backward = (share: number, rows = 64) =>
      way(backwardOf(draw(rows * 40, 'delta', share), draw(50 * 40, 'w'), rows));
    t.equal(backward(0), 'whole');
    t.equal(backward(0.5), 'whole');
    t.equal(backward(0.81), 'list');
    t.equal(backward(0, 1), 'list');
  });
}
