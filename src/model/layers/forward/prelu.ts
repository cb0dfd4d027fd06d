/** Leaky rectified linear units whose slope was learned; prelu.ts says more. */
import { forwardLayer, type LayerOptions } from './forward.js';

export const prelu = forwardLayer({
  suffix: 'prelu',
  shape: (inputs, { perUnit }: LayerOptions) => ({
    outputs: inputs,
    tensors: [{ name: 'weight', shape: [perUnit ? inputs : 1] }],
  }),
  forward(x, y, rows, { outputs: cols, tensors: [slopes], options }) {
    bend(x, slopes, y, rows, cols, Number(options.perUnit));
  },
});

/**
 * Y = x where x > 0, else slope·x. X, Y: rows×cols.
 * @param slopes one for all columns, or with `each` 1 one a column
 */
export function bend(
  x: Float64Array,
  slopes: Float64Array,
  y: Float64Array,
  rows: number,
  cols: number,
  each: number,
): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const value = x[r * cols + c];
      y[r * cols + c] = value > 0 ? value : slopes[each * c] * value;
    }
  }
}
