/** What layers with parameters may say of how these are trained. */
import type { Layer, Tensor } from './layer.js';

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

/** Every default filled in; those of layers that say nothing of it too. @param tensor one of which more is said than of its layer */
export function trainingOf({ options }: Pick<Layer, 'options'>, tensor?: Pick<Tensor, 'training'>) {
  const { frozen = false, rateFactor = 1, decayFactor = 1 } = tensor?.training ?? options;
  return {
    frozen: frozen === true,
    rateFactor: Number(rateFactor),
    decayFactor: Number(decayFactor),
  };
}

type Owner = Pick<Layer, 'options' | 'tensors'>;

/** Whether a layer has parameters that are trained. */
export const isTrained = (layer: Owner): boolean =>
  layer.tensors.some((tensor) => !trainingOf(layer, tensor).frozen);

/** Of each layer which of its tensors are trained. */
export const trainedTensors = (layers: readonly Owner[]): readonly (readonly boolean[])[] =>
  layers.map((layer) => layer.tensors.map((tensor) => !trainingOf(layer, tensor).frozen));
