/** What a loss is. */
import type { Options, Values } from '../../options.js';
import type { ActivationName } from '../activations/index.js';

/**
 * A loss summed over rows, as plain float64 TypeScript: the definition that every fast version is tested
 * against. A row's loss is a mean over its outputs. The mean over the rows of a minibatch is taken where the shards'
 * sums meet. `weights` are one number a row; null counts each row once, with the bits of weights that are all 1.
 */
export interface Loss<O extends Options = Options> {
  /** One sentence, for editors and for docs. */
  readonly description: string;
  /** What a configuration may set; the kernels take the numbers among them in this order. */
  readonly options?: O;
  /** The output activations that it makes sense with. */
  readonly activations: readonly ActivationName[];
  /** What it takes targets for: one class of many a row, yes or no an output, or any values. Metrics depend on it. */
  readonly targets: 'classes' | 'binary' | 'values';
  /**
   * Whether `forward` starts from the logits U and applies the output activation itself, and `backward`
   * yields ∂loss/∂U. Otherwise both work on H, and the activation's own forward and backward run around them.
   */
  readonly fromLogits: boolean;
  /** Σ_r w_r·l_r over `rows` rows of `cols` outputs. With `fromLogits`, H = f(U) replaces U in `h`. */
  forward(
    h: Float64Array,
    y: Float64Array,
    weights: Float64Array | null,
    rows: number,
    cols: number,
    options: Values<O>,
  ): number;
  /** Δ, the derivative of the summed (not averaged) loss, one row an example. */
  backward(
    h: Float64Array,
    y: Float64Array,
    weights: Float64Array | null,
    delta: Float64Array,
    rows: number,
    cols: number,
    options: Values<O>,
  ): void;
}

/** Label smoothing ε (Szegedy et al. 2016): what it makes of a target, each loss says; 0 leaves all bits as they are. */
export const labelSmoothing = {
  type: 'number',
  min: 0,
  below: 1,
  default: 0,
  description: 'Share of each target that is spread evenly over what it could be.',
} as const;

/** Δ_r = factor·w_r·(ŷ_r − y′_r), y′ = keep·y + spread: what losses with their canonical activations simplify to. */
export function outputMinusTarget(
  h: Float64Array,
  y: Float64Array,
  weights: Float64Array | null,
  delta: Float64Array,
  rows: number,
  cols: number,
  { factor = 1, keep = 1, spread = 0 },
): void {
  for (let r = 0; r < rows; r++) {
    const scale = weights === null ? factor : factor * weights[r];
    for (let i = r * cols; i < (r + 1) * cols; i++) delta[i] = scale * (h[i] - (keep * y[i] + spread));
  }
}
