/** What a loss is. */
import type { ActivationName } from '../activations/index.js';

/**
 * A loss summed over rows, as plain float64 TypeScript: the definition that every fast version is tested
 * against. The mean over the rows of a minibatch is taken where the shards' sums meet.
 */
export interface Loss {
  /** The output activations that it makes sense with. */
  readonly activations: readonly ActivationName[];
  /** What it takes targets for: one class of many a row, yes or no an output, or any values. Metrics depend on it. */
  readonly targets: 'classes' | 'binary' | 'values';
  /**
   * Whether `forward` starts from the logits U and applies the output activation itself, and `backward`
   * yields ∂loss/∂U. Otherwise both work on H, and the activation's own forward and backward run around them.
   */
  readonly fromLogits: boolean;
  /** The loss summed over `rows` rows of `cols` outputs. With `fromLogits`, H = f(U) replaces U in `h`. */
  forward(h: Float64Array, y: Float64Array, rows: number, cols: number): number;
  /** Δ, the derivative of the summed (not averaged) loss, one row an example. */
  backward(h: Float64Array, y: Float64Array, delta: Float64Array, rows: number, cols: number): void;
}

/** Δ = ŷ − y: what a loss and its canonical output activation (sigmoid, softmax) simplify to. */
export function outputMinusTarget(
  h: Float64Array,
  y: Float64Array,
  delta: Float64Array,
  rows: number,
  cols: number,
): void {
  for (let i = 0; i < rows * cols; i++) delta[i] = h[i] - y[i];
}
