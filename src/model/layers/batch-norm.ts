/**
 * Batch normalisation (Ioffe and Szegedy 2015): each unit to mean 0 and variance 1 over the whole minibatch, then γ
 * times that, plus β. Evaluations use running statistics instead: newShare of the minibatch's mean and unbiased
 * variance, the rest of what they were. Numbers are PyTorch's (its `momentum` is `newShare`).
 *
 * A shard's mean and sum of squared deviations are its own; those of all shards are merged by Chan's formula in a tree
 * that follows from their number, so that the threads leave no trace.
 *
 * Frozen, it computes with the running statistics while training too, as constants, and leaves them as they are (Keras's
 * trainable: false).
 */

import { filledWith } from '../init/init.js';
import { batchNorm as formulas } from './formulas/batch-norm.js';
import { operationsOf } from './formulas/formula.js';
import { batchNorm as forward } from './forward/batch-norm.js';
import { beginning, layerType } from './layer.js';
import { padded, sumOfShards } from './sums.js';
import { trainedOptions, trainingOf } from './trained.js';

export const batchNorm = layerType({
  description:
    'Brings each unit to mean 0 and variance 1 over the minibatch, then scales and shifts it by what it learns.',
  options: {
    newShare: {
      type: 'number',
      above: 0,
      below: 1,
      default: 0.1,
      description:
        "What running statistics take of each minibatch's, at most 0.5: PyTorch's momentum, and 1 less Keras's.",
    },
    epsilon: { type: 'number', above: 0, max: 1, default: 1e-5, description: 'Added to the variance.' },
    ...trainedOptions,
  },
  suffix: forward.suffix,
  formulas,
  inPlace: false,
  deltaInPlace: true,
  meetings: 2,
  // The variance of a single value says nothing, and its unbiased one is 0/0.
  leastRows: 2,

  problem({ newShare }) {
    if (newShare <= 0.5) return undefined;
    const share = Number((1 - newShare).toPrecision(12));
    const message = `expected a number in (0, 0.5], got ${newShare}; Keras's momentum ${newShare} is newShare ${share}`;
    return { key: 'newShare', message };
  },

  shape: (inputs) =>
    beginning(forward.shape(inputs), {
      weight: filledWith(1),
      bias: filledWith(0),
      running_mean: filledWith(0),
      running_var: filledWith(1),
    }),
  byUnit: () => true,
  reads: () => ({ input: true, output: false }),
  // A shard: mean and squared deviations, then the two sums of the backward pass. A worker: these of the whole minibatch.
  keeps: ({ inputs }) => ({ shard: 4 * padded(inputs), worker: 5 * padded(inputs) }),
  operations: ({ inputs }) => ({ forward: 4 * inputs, backward: 6 * inputs, gradient: 0 }),

  bind(layer, places) {
    const { inputs: cols, options } = layer;
    const { engine, inputs, outputs, outputDelta, keptShards, shardStride, keptWorker, mode } = places;
    const { bytes } = engine;
    const ops = operationsOf(engine, 'batch-norm', formulas);
    const [gamma, beta] = places.tensors;
    const [running] = places.buffers;
    const newShare = Number(options.newShare);
    const epsilon = Number(options.epsilon);
    const rowBytes = cols * bytes;
    const sums = keptShards + 2 * padded(cols) * bytes;
    const stats = keptWorker;
    const totals = keptWorker + 3 * padded(cols) * bytes;
    if (mode === 'train' && trainingOf(layer).frozen) {
      return {
        forward(batch, firstShard, endShard) {
          const first = batch.shardRow(firstShard);
          const rows = batch.shardRow(endShard) - first;
          const from = inputs[batch.slot] + first * rowBytes;
          // As if one shard of one row had them.
          ops.merge(running, 0, 1, 1, cols, stats, epsilon);
          ops.forward(from, gamma, beta, outputs + first * rowBytes, stats, rows, cols);
        },
        backward(batch, firstShard, endShard) {
          const first = batch.shardRow(firstShard);
          const rows = batch.shardRow(endShard) - first;
          const from = inputs[batch.slot] + first * rowBytes;
          // Nobody writes the totals, which stay 0.
          ops.backward(from, gamma, outputDelta + first * rowBytes, stats, totals, 1, rows, cols);
        },
        gradient: () => {},
      };
    }
    return {
      forward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const from = inputs[batch.slot] + first * rowBytes;
        const to = outputs + first * rowBytes;
        if (mode === 'train') ops.forward(from, gamma, beta, to, stats, rows, cols);
        else ops.evaluate(from, gamma, beta, running, to, rows, cols, epsilon);
      },
      backward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const from = inputs[batch.slot] + first * rowBytes;
        ops.backward(from, gamma, outputDelta + first * rowBytes, stats, totals, batch.rows, rows, cols);
      },
      statistics: {
        forwardShard(batch, shard) {
          const first = batch.shardRow(shard);
          const rows = batch.shardRow(shard + 1) - first;
          ops.sums(inputs[batch.slot] + first * rowBytes, keptShards + shard * shardStride, rows, cols);
        },
        forwardMerge(batch) {
          ops.merge(keptShards, shardStride, batch.shards, batch.rows, cols, stats, epsilon);
        },
        backwardShard(batch, shard) {
          const first = batch.shardRow(shard);
          const rows = batch.shardRow(shard + 1) - first;
          const from = inputs[batch.slot] + first * rowBytes;
          ops.backward_sums(
            from,
            outputDelta + first * rowBytes,
            stats,
            sums + shard * shardStride,
            rows,
            cols,
          );
        },
        backwardMerge(batch) {
          sumOfShards(engine, sums, shardStride, 0, batch.shards, 2 * cols, totals);
        },
      },
      gradient(_batch, firstShard, endShard, tensor, _first, _count, into) {
        sumOfShards(engine, sums + tensor * rowBytes, shardStride, firstShard, endShard, cols, into);
      },
      commit: (batch) => ops.running(running, stats, cols, newShare, batch.rows),
    };
  },

  numeric(layer, { theta, buffers, rows }) {
    const { inputs: cols, options } = layer;
    const [gamma, beta] = layer.tensors;
    const epsilon = Number(options.epsilon);
    const g = theta.subarray(gamma.offset, gamma.offset + cols);
    const b = theta.subarray(beta.offset, beta.offset + cols);
    if (trainingOf(layer).frozen) {
      const { offset } = layer.buffers[0];
      const running = buffers.subarray(offset, offset + 2 * cols);
      return {
        forward: (x, y) => formulas.evaluate.run(x, g, b, running, y, 1, cols, epsilon),
        // Nobody asks for those of its own parameters.
        unit: () => 0,
        slope: () => 0,
      };
    }
    const moments = new Float64Array(2 * cols);
    const stats = new Float64Array(3 * cols);
    const statistics = (x: Float64Array, into: Float64Array) => {
      formulas.sums.run(x, moments, rows, cols);
      formulas.merge.run(moments, 0, 1, rows, cols, into, epsilon);
    };
    /** Those of the values that are not moved, which every slope is asked for. */
    let unmoved: { readonly x: Float64Array; readonly stats: Float64Array } | undefined;
    return {
      whole: true,
      forward(x, y) {
        statistics(x, stats);
        formulas.forward.run(x, g, b, y, stats, rows, cols);
      },
      unit: (index) => (index - gamma.offset) % cols,
      slope(index, x, row) {
        if (index >= beta.offset) return 1;
        const unit = index - gamma.offset;
        if (unmoved?.x !== x) {
          unmoved = { x, stats: new Float64Array(3 * cols) };
          statistics(x, unmoved.stats);
        }
        return (x[row * cols + unit] - unmoved.stats[unit]) * unmoved.stats[cols + unit];
      },
    };
  },
});
