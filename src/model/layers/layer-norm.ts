/**
 * Layer normalisation (Ba, Kiros and Hinton 2016): each row to mean 0 and variance 1 (biased), then γ times that, plus β,
 * unit by unit. ε is added to the variance, as PyTorch does.
 */
import { filledWith } from '../init/init.js';
import { operationsOf } from './formulas/formula.js';
import { layerNorm as formulas } from './formulas/layer-norm.js';
import { layerNorm as forward } from './forward/layer-norm.js';
import { beginning, layerType } from './layer.js';
import { padded, sumOfShards } from './sums.js';
import { trainedOptions } from './trained.js';

export const layerNorm = layerType({
  description:
    'Brings each row to mean 0 and variance 1, then scales and shifts each unit by what it learns.',
  options: {
    epsilon: { type: 'number', above: 0, max: 1, default: 1e-5, description: 'Added to the variance.' },
    ...trainedOptions,
  },
  suffix: forward.suffix,
  formulas,
  inPlace: false,
  deltaInPlace: true,

  shape: (inputs) => beginning(forward.shape(inputs), { weight: filledWith(1), bias: filledWith(0) }),
  reads: () => ({ input: true, output: false }),
  keeps: ({ inputs }) => ({ row: 2, shard: 2 * padded(inputs) }),
  operations: ({ inputs }) => ({ forward: 4 * inputs, backward: 6 * inputs, gradient: 0 }),

  bind({ inputs: cols, options }, places) {
    const { engine, inputs, outputs, outputDelta, keptRows, keptShards, shardStride } = places;
    const { bytes } = engine;
    const ops = operationsOf(engine, 'layer-norm', formulas);
    const [gamma, beta] = places.tensors;
    const epsilon = Number(options.epsilon);
    const rowBytes = cols * bytes;
    return {
      forward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const from = inputs[batch.slot] + first * rowBytes;
        const kept = keptRows + 2 * first * bytes;
        ops.forward(from, gamma, beta, outputs + first * rowBytes, kept, rows, cols, epsilon);
      },
      backward(batch, firstShard, endShard) {
        // A shard at a time: its sums are what the gradient is made of.
        for (let shard = firstShard; shard < endShard; shard++) {
          const first = batch.shardRow(shard);
          const rows = batch.shardRow(shard + 1) - first;
          const from = inputs[batch.slot] + first * rowBytes;
          const kept = keptRows + 2 * first * bytes;
          const sums = keptShards + shard * shardStride;
          ops.backward(from, gamma, outputDelta + first * rowBytes, kept, sums, rows, cols);
        }
      },
      gradient(_batch, firstShard, endShard, tensor, _first, _count, into) {
        const sums = keptShards + tensor * cols * bytes;
        sumOfShards(engine, sums, shardStride, firstShard, endShard, cols, into);
      },
    };
  },

  numeric({ inputs: cols, options, tensors: [gamma, beta] }, { theta }) {
    const epsilon = Number(options.epsilon);
    const kept = new Float64Array(2);
    const g = theta.subarray(gamma.offset, gamma.offset + cols);
    const b = theta.subarray(beta.offset, beta.offset + cols);
    return {
      forward: (x, y) => formulas.forward.run(x, g, b, y, kept, 1, cols, epsilon),
      unit: (index) => (index - gamma.offset) % cols,
      slope(index, x) {
        if (index >= beta.offset) return 1;
        const mean = x.reduce((sum, value) => sum + value, 0) / cols;
        const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / cols;
        return (x[index - gamma.offset] - mean) / Math.sqrt(variance + epsilon);
      },
    };
  },
});
