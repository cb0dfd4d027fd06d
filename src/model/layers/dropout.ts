/**
 * Inverted dropout (Srivastava et al. 2014): while training, each unit of each row is 0 with probability `rate`, and
 * otherwise 1/(1 − rate) times what it was; in an evaluation nothing happens. Which units is a function of the seed,
 * the step, the layer, the row's place in the minibatch and the unit: the same for any threads and after any resume.
 */
import { keyOf } from '../../philox.js';
import { dropout as formulas } from './formulas/dropout.js';
import { operationsOf } from './formulas/formula.js';
import { dropout as forward } from './forward/dropout.js';
import { beginning, layerType } from './layer.js';

export const dropout = layerType({
  description: 'While training, sets a random share of its inputs to 0 and scales up the others.',
  options: {
    rate: {
      type: 'number',
      min: 0,
      below: 1,
      default: 0.5,
      description: 'Share of units that are set to 0.',
    },
  },
  formulas,
  drawsBy: 'rate',
  inPlace: true,
  deltaInPlace: true,

  shape: (inputs) => beginning(forward.shape(inputs), {}),
  byUnit: () => true,
  reads: () => ({ input: false, output: false }),
  operations: ({ inputs }) => ({ forward: inputs, backward: inputs, gradient: 0 }),

  bind({ inputs: cols, index, options }, { engine, inputs, outputs, outputDelta, seed, mode }) {
    const ops = operationsOf(engine, 'dropout', formulas);
    const rowBytes = cols * engine.bytes;
    const [k0, k1] = keyOf(seed, index);
    const rate = mode === 'train' ? Number(options.rate) : 0;
    return {
      forward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const from = inputs[batch.slot] + first * rowBytes;
        const to = outputs + first * rowBytes;
        if (rate > 0) ops.forward(from, to, rows, cols, batch.base + first, rate, k0, k1, batch.step);
        else if (to !== from) engine.copy(from, to, rows * cols);
      },
      backward(batch, firstShard, endShard) {
        if (rate === 0) return;
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        ops.backward(
          outputDelta + first * rowBytes,
          rows,
          cols,
          batch.base + first,
          rate,
          k0,
          k1,
          batch.step,
        );
      },
      gradient: () => {},
    };
  },

  numeric({ inputs: cols, index, options }, { seed, step }) {
    const [k0, k1] = keyOf(seed, index);
    return {
      forward: (x, y, row) => formulas.forward.run(x, y, 1, cols, row, Number(options.rate), k0, k1, step),
      unit: () => 0,
      slope: () => 0,
    };
  },
});
