/** What layers with parameters may say of how these are trained. */
import type { Layer } from './layer.js';

export const trainedOptions = {
  frozen: {
    type: 'boolean',
    optional: true,
    description:
      'Its parameters stay as they are, and so do running statistics, which it then computes with.',
  },
  rateFactor: {
    type: 'number',
    above: 0,
    max: 1e6,
    optional: true,
    description: 'What the learning rate is multiplied by for its parameters; default: 1.',
  },
  decayFactor: {
    type: 'number',
    min: 0,
    max: 1e6,
    optional: true,
    description: "What the optimizer's l2 and weightDecay are multiplied by for its parameters; default: 1.",
  },
} as const;

/** Every default filled in; those of layers that say nothing of it too. */
export function trainingOf({ options }: Pick<Layer, 'options'>) {
  const { frozen = false, rateFactor = 1, decayFactor = 1 } = options;
  return {
    frozen: frozen === true,
    rateFactor: Number(rateFactor),
    decayFactor: Number(decayFactor),
  };
}

/** Whether a layer has parameters that are trained. */
export const isTrained = (layer: Pick<Layer, 'options' | 'tensors'>): boolean =>
  layer.tensors.length > 0 && !trainingOf(layer).frozen;
