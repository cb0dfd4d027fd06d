/**
 * Its inputs beside what its own layers make of them: y = [x, f(x)]. Around all hidden layers it is a wide and deep network
 * (Cheng et al. 2016), around each some a densely connected one (Huang et al. 2017).
 */
import { concat as formulas } from './formulas/concat.js';
import { operationsOf } from './formulas/formula.js';
import { concat as forward } from './forward/concat.js';
import { beginning, layerType, type Partner } from './layer.js';
import { ownLayers } from './nested.js';

export const concat = layerType({
  description: 'Puts its inputs before what its own layers make of them: y = [x, f(x)].',
  options: { layers: ownLayers('f, first to last.') },
  formulas,
  closes: forward.closes,
  parts: forward.parts,
  inPlace: false,
  deltaInPlace: false,

  shape: (inputs, options, _init, around) => beginning(forward.shape(inputs, options, undefined, around), {}),
  reads: () => ({ input: false, output: false }),
  operations: ({ outputs }) => ({ forward: outputs, backward: outputs, gradient: 0 }),

  bind({ inputs: cols, outputs: width }, places) {
    const { engine, inputs, outputs, outputDelta, inputDelta } = places;
    const { outputs: around } = places.partner as Partner;
    const ops = operationsOf(engine, 'concat', formulas);
    const rowBytes = width * engine.bytes;
    const wide = width - cols;
    return {
      forward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const to = outputs + first * rowBytes;
        ops.put(around + first * wide * engine.bytes, to, rows, wide, width, 0);
        ops.put(inputs[batch.slot] + first * cols * engine.bytes, to, rows, cols, width, wide);
      },
      backward(batch, firstShard, endShard) {
        if (inputDelta === 0) return;
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const to = inputDelta + first * cols * engine.bytes;
        ops.take(outputDelta + first * rowBytes, to, rows, cols, width, wide);
      },
      gradient: () => {},
    };
  },

  numeric({ inputs: cols, outputs: width }) {
    return {
      forward(x, y, _row, around = x) {
        formulas.put.run(around, y, 1, width - cols, width, 0);
        formulas.put.run(x, y, 1, cols, width, width - cols);
      },
      unit: () => 0,
      slope: () => 0,
    };
  },
});
