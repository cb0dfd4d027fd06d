/**
 * Parametric rectified linear units (He et al. 2015; PyTorch's PReLU): y = x where x > 0, else a·x, with a learned, one for
 * all units or one a unit. It has parameters, and is a layer, not an activation, for that. The slope does not decay: what
 * would be drawn towards 0 is a ReLU.
 */
import { filledWith } from '../init/init.js';
import { operationsOf } from './formulas/formula.js';
import { prelu as formulas } from './formulas/prelu.js';
import { prelu as forward } from './forward/prelu.js';
import { beginning, layerType } from './layer.js';
import { padded, sumOfShards } from './sums.js';
import { trainedOptions } from './trained.js';

export const prelu = layerType({
  description: 'x above 0 and a·x below, with a slope a that it learns.',
  options: {
    slope: { type: 'number', min: 0, max: 1, default: 0.25, description: 'The slope that it begins with.' },
    perUnit: {
      type: 'boolean',
      default: false,
      description: 'Whether each unit has a slope of its own, and not all one.',
    },
    ...trainedOptions,
  },
  formulas,
  suffix: forward.suffix,
  inPlace: false,
  deltaInPlace: true,

  shape: (inputs, options) =>
    beginning(forward.shape(inputs, options), { weight: filledWith(options.slope) }),
  byUnit: () => true,
  reads: () => ({ input: true, output: false }),
  keeps: ({ inputs }) => ({ shard: padded(inputs) }),
  operations: ({ inputs }) => ({ forward: inputs, backward: 2 * inputs, gradient: 0 }),

  bind({ inputs: cols, options }, places) {
    const { engine, inputs, outputs, outputDelta, keptShards, shardStride } = places;
    const ops = operationsOf(engine, 'prelu', formulas);
    const [slopes] = places.tensors;
    const each = Number(options.perUnit);
    const rowBytes = cols * engine.bytes;
    return {
      forward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const at = first * rowBytes;
        ops.forward(inputs[batch.slot] + at, slopes, outputs + at, rows, cols, each);
      },
      backward(batch, firstShard, endShard) {
        // A shard at a time: its sums are what the gradient is made of.
        for (let shard = firstShard; shard < endShard; shard++) {
          const first = batch.shardRow(shard);
          const rows = batch.shardRow(shard + 1) - first;
          const at = first * rowBytes;
          const sums = keptShards + shard * shardStride;
          ops.backward(inputs[batch.slot] + at, slopes, outputDelta + at, sums, rows, cols, each);
        }
      },
      gradient(_batch, firstShard, endShard, _tensor, _first, _count, into) {
        sumOfShards(engine, keptShards, shardStride, firstShard, endShard, each === 1 ? cols : 1, into);
      },
    };
  },

  numeric({ inputs: cols, options, tensors: [slopes] }, { theta }) {
    const each = Number(options.perUnit);
    const own = theta.subarray(slopes.offset, slopes.offset + slopes.length);
    const below = (x: number) => Math.min(x, 0);
    return {
      forward: (x, y) => formulas.forward.run(x, own, y, 1, cols, each),
      unit: (index) => index - slopes.offset,
      slope: (index, x) => below(x[index - slopes.offset]),
      ...(each === 0 && {
        move(_index, amount, x, y) {
          for (let c = 0; c < cols; c++) y[c] += amount * below(x[c]);
          return x.some((value) => value < 0);
        },
      }),
      kink: (x, before) => x.some((value, c) => value > 0 !== before[c] > 0),
    };
  },
});
