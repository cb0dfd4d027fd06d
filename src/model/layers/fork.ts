/**
 * Where a way begins that goes around the layers that follow, up to the one that closes it: `residual` and `concat` begin
 * with one. Its outputs are its inputs, and are kept until then; going back, Δ by them is the sum of those of both ways.
 */
import { fork as formulas } from './formulas/fork.js';
import { operationsOf } from './formulas/formula.js';
import { fork as forward } from './forward/fork.js';
import { beginning, layerType, type Partner } from './layer.js';

export const fork = layerType({
  description: 'Where a way begins that goes around other layers.',
  options: {},
  formulas,
  opens: forward.opens,
  inPlace: true,
  deltaInPlace: true,

  shape: (inputs) => beginning(forward.shape(inputs), {}),
  // The layer that closes the way reads them.
  reads: () => ({ input: false, output: true }),
  operations: ({ inputs }) => ({ forward: 0, backward: inputs, gradient: 0 }),

  bind({ inputs: cols }, { engine, inputs, outputs, outputDelta, partner }) {
    const ops = operationsOf(engine, 'fork', formulas);
    const { outputDelta: other, cols: stride } = partner as Partner;
    const rowBytes = cols * engine.bytes;
    return {
      forward(batch, firstShard, endShard) {
        const from = inputs[batch.slot];
        if (outputs === from) return;
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        engine.copy(from + first * rowBytes, outputs + first * rowBytes, rows * cols);
      },
      backward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const around = other + first * stride * engine.bytes;
        ops.add(outputDelta + first * rowBytes, around, rows, cols, stride);
      },
      gradient: () => {},
    };
  },

  numeric: () => ({ forward: (x, y) => y.set(x), unit: () => 0, slope: () => 0 }),
});
