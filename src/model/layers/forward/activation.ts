/** An activation of each output of the layer before, where nothing is learned. */
import { type ActivationName, activations } from '../../activations/index.js';
import { forwardLayer } from './forward.js';

export const activation = forwardLayer({
  shape: (inputs) => ({ outputs: inputs, tensors: [] }),
  forward(x, y, rows, { outputs, options }) {
    const spec = options.activation as { readonly name: ActivationName };
    activations[spec.name].forward(x, y, rows, outputs, spec as never);
  },
});
