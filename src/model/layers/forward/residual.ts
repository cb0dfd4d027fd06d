/** y = x + f(x), f the layers that it has of its own. */
import { forwardLayer, type LayerOptions } from './forward.js';
import { around } from './nested.js';

export const residual = forwardLayer({
  closes: true,
  parts: (options) => around('residual', options),
  shape(inputs, _options: LayerOptions, _init: unknown, around = Number.NaN) {
    if (inputs === around) return { outputs: inputs, tensors: [] };
    return (
      `of ${around} values the layers of "residual" make ${inputs}, and both are added up: expected as many; its last ` +
      `layer with units needs ${around}`
    );
  },
  forward(x, y, rows, { outputs }, around = x) {
    for (let i = 0; i < rows * outputs; i++) y[i] = around[i] + x[i];
  },
});
