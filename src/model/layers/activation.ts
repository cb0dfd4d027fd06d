/** A layer that applies an activation to each output of the layer before it. */
import { scalarsOf } from '../../options.js';
import { type ActivationName, activations } from '../activations/index.js';
import { activation as forward } from './forward/activation.js';
import { beginning, layerType } from './layer.js';

type Spec = { readonly name: ActivationName };

const memberOf = (options: { readonly activation: unknown }) => {
  const spec = options.activation as Spec;
  const member = activations[spec.name];
  return { spec, member, scalars: scalarsOf(member.options, spec as Readonly<Record<string, unknown>>) };
};

export const activation = layerType({
  description: 'Applies an activation to the outputs of the layer before it.',
  options: {
    activation: { type: 'member', family: 'activations', description: 'The activation.' },
  },
  inPlace: true,
  deltaInPlace: true,

  shape: (inputs) => beginning(forward.shape(inputs), {}),
  // Where one unit alone means something, the others have no part in it.
  byUnit: (options) => memberOf(options).member.leastUnits === undefined,

  reads(options) {
    const { saves } = memberOf(options).member;
    return { input: saves === 'input', output: saves === 'output' };
  },

  operations: ({ inputs }) => ({ forward: inputs, backward: inputs, gradient: 0 }),

  bind({ inputs: cols, options }, { engine, inputs, outputs, outputDelta }) {
    const { spec, member, scalars } = memberOf(options as { activation: unknown });
    const ops = engine.activations[spec.name];
    const rowBytes = cols * engine.bytes;
    return {
      forward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const at = first * rowBytes;
        ops.forward(inputs[batch.slot] + at, outputs + at, rows, cols, scalars);
      },
      backward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const at = first * rowBytes;
        const saved = member.saves === 'input' ? inputs[batch.slot] : outputs;
        ops.backward(saved + at, outputDelta + at, rows, cols, scalars);
      },
      gradient: () => {},
    };
  },

  numeric({ inputs: cols, options }) {
    const { spec, member } = memberOf(options as { activation: unknown });
    const kinks = member.kinks?.(spec as never) ?? [];
    return {
      forward: (x, y) => member.forward(x, y, 1, cols, spec as never),
      unit: () => 0,
      slope: () => 0,
      kink(x, before) {
        for (const kink of kinks) {
          for (let k = 0; k < cols; k++) if (x[k] > kink !== before[k] > kink) return true;
        }
        return false;
      },
    };
  },
});
