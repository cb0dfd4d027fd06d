/**
 * A residual block (He et al. 2016): y = x + f(x), f the layers that it has of its own. With `drop`, stochastic depth
 * (Huang et al. 2016): while training f(x) of a row is left out with that probability, and otherwise 1/(1 − drop) times
 * what it was; in an evaluation nothing happens. Which rows is a function of the seed, the step, the layer and the row's
 * place in the minibatch. formulas/residual.ts says more.
 */
import { keyOf } from '../../philox.js';
import { operationsOf } from './formulas/formula.js';
import { residual as formulas } from './formulas/residual.js';
import { residual as forward } from './forward/residual.js';
import { beginning, layerType, type Partner } from './layer.js';
import { ownLayers } from './nested.js';

export const residual = layerType({
  description: 'Adds its inputs to what its own layers make of them: y = x + f(x).',
  options: {
    layers: ownLayers('f, first to last, as many outputs as inputs.'),
    drop: {
      type: 'number',
      min: 0,
      below: 1,
      default: 0,
      description: 'Stochastic depth: share of rows that go around its layers while training.',
    },
  },
  formulas,
  drawsBy: 'drop',
  closes: forward.closes,
  parts: forward.parts,
  inPlace: true,
  deltaInPlace: false,

  shape(inputs, options, _init, around) {
    const shape = forward.shape(inputs, options, undefined, around);
    return typeof shape === 'string' ? shape : beginning(shape, {});
  },
  reads: () => ({ input: false, output: false }),
  operations: ({ inputs }) => ({ forward: inputs, backward: inputs, gradient: 0 }),

  bind({ inputs: cols, index, options }, places) {
    const { engine, inputs, outputs, outputDelta, inputDelta, seed, mode } = places;
    const { outputs: around } = places.partner as Partner;
    const ops = operationsOf(engine, 'residual', formulas);
    const rowBytes = cols * engine.bytes;
    const [k0, k1] = keyOf(seed, index);
    const drop = mode === 'train' ? Number(options.drop) : 0;
    return {
      forward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const at = first * rowBytes;
        const to = outputs + at;
        let from = inputs[batch.slot] + at;
        if (drop > 0) {
          ops.keep(from, to, rows, cols, batch.base + first, drop, k0, k1, batch.step);
          from = to;
        }
        ops.add(around + at, from, to, rows * cols);
      },
      backward(batch, firstShard, endShard) {
        if (inputDelta === 0) return;
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const from = outputDelta + first * rowBytes;
        const to = inputDelta + first * rowBytes;
        if (drop > 0) ops.keep(from, to, rows, cols, batch.base + first, drop, k0, k1, batch.step);
        else engine.copy(from, to, rows * cols);
      },
      gradient: () => {},
    };
  },

  numeric({ inputs: cols, index, options }, { seed, step }) {
    const [k0, k1] = keyOf(seed, index);
    return {
      forward(x, y, row, around = x) {
        formulas.keep.run(x, y, 1, cols, row, Number(options.drop), k0, k1, step);
        formulas.add.run(around, y, y, cols);
      },
      unit: () => 0,
      slope: () => 0,
    };
  },
});
