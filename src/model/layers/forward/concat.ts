/** y = [x, f(x)], f the layers that it has of its own. */
import { forwardLayer, type LayerOptions } from './forward.js';
import { around } from './nested.js';

export const concat = forwardLayer({
  closes: true,
  parts: (options) => around('concat', options),
  shape: (inputs, _options: LayerOptions, _init: unknown, around = 0) => ({
    outputs: around + inputs,
    tensors: [],
  }),
  forward(x, y, rows, { inputs, outputs }, around = x) {
    const first = outputs - inputs;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < first; c++) y[r * outputs + c] = around[r * first + c];
      for (let c = 0; c < inputs; c++) y[r * outputs + first + c] = x[r * inputs + c];
    }
  },
});
