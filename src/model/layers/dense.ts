/**
 * A dense layer, U = X·W + b: W is inputs × units, row-major, b has a value a unit. With X a row an example and Δ the
 * derivative of the summed loss by U: ∇W = XᵀΔ, ∇b = ΣΔ over the rows, and Δ·Wᵀ goes back to the inputs.
 */
import { type InitSpec, initializers } from '../init/index.js';
import { filledWith, type TensorName } from '../init/init.js';
import type { Real } from '../precision.js';
import { dense as forward } from './forward/dense.js';
import { beginning, layerType } from './layer.js';
import { trainedOptions } from './trained.js';

export const dense = layerType({
  description:
    'Every output is a weighted sum of all inputs and a bias; with `activation`, that of its outputs follows.',
  options: {
    units: {
      type: 'integer',
      min: 1,
      max: 1 << 20,
      auto: true,
      description: 'Units (outputs); "auto" for the last dense layer: as many as data and loss need.',
    },
    activation: {
      type: 'member',
      family: 'activations',
      default: 'linear',
      description: 'Activation of its outputs.',
    },
    init: {
      type: 'member',
      family: 'init',
      optional: true,
      description: "Overrides the model's init for this layer.",
    },
    initialBias: {
      type: 'number',
      min: -1e6,
      max: 1e6,
      optional: true,
      description: 'What its biases begin with; default 0.',
    },
    ...trainedOptions,
  },
  counted: forward.counted,
  parts: forward.parts,
  inPlace: false,
  deltaInPlace: false,

  shape(inputs, options, init) {
    const spec = (options.init as InitSpec | undefined) ?? init;
    const member = initializers[spec.name];
    const weight = member.fills(inputs, Number(options.units), spec as never);
    const bias = filledWith(options.initialBias ?? 0);
    const read =
      member.reads && ((tensor: TensorName) => member.reads?.(tensor, spec as never) as Promise<Real>);
    return beginning(forward.shape(inputs, options), { weight, bias }, { weight: read });
  },

  reads: () => ({ input: true, output: false }),

  operations: ({ inputs, outputs }) => ({
    forward: inputs * outputs,
    backward: inputs * outputs,
    gradient: inputs * outputs,
  }),

  bind({ inputs, outputs: units }, places) {
    const { engine, inputs: x, outputs: u, outputDelta: delta, inputDelta: dx, scratch } = places;
    const [w, b] = places.tensors;
    const inputRow = inputs * engine.bytes;
    const unitRow = units * engine.bytes;
    return {
      forward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const from = x[batch.slot] + first * inputRow;
        engine.dense_forward(from, w, b, u + first * unitRow, rows, inputs, units, scratch);
      },
      backward(batch, firstShard, endShard) {
        if (dx === 0) return;
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const to = dx + first * inputRow;
        engine.dense_backward_input(delta + first * unitRow, w, to, rows, inputs, units, scratch);
      },
      gradient(batch, firstShard, endShard, tensor, from, count, into) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const d = delta + first * unitRow;
        if (tensor === 1) engine.dense_backward_biases(d, into, rows, units);
        else {
          const at = x[batch.slot] + first * inputRow;
          engine.dense_backward_weights(at, d, into, rows, inputs, units, from, count, scratch);
        }
      },
      rank1: (batch, step, rate) => step(x[batch.slot], delta, w, b, inputs, units, rate),
    };
  },

  numeric({ inputs, outputs: units, tensors: [weight, bias] }, { theta }) {
    const w = weight.offset;
    return {
      forward(x, y) {
        for (let o = 0; o < units; o++) y[o] = theta[bias.offset + o];
        for (let i = 0; i < inputs; i++) {
          const value = x[i];
          if (value === 0) continue;
          const row = w + i * units;
          for (let o = 0; o < units; o++) y[o] += value * theta[row + o];
        }
      },
      unit: (index) => (index - w) % units,
      slope: (index, x) => (index >= bias.offset ? 1 : x[Math.floor((index - w) / units)]),
      update(x, before, y) {
        for (let i = 0; i < inputs; i++) {
          const difference = x[i] - before[i];
          if (difference === 0) continue;
          const row = w + i * units;
          for (let o = 0; o < units; o++) y[o] += difference * theta[row + o];
        }
      },
    };
  },
});
