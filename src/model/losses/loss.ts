/** What a loss is. */
import { defaultsOf, type Options, type Spec, type Values } from '../../options.js';
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
  /** Whether what it leads to only ranks: outputs are no probabilities, though they lie from 0 to 1. */
  readonly ranks?: true;
  /**
   * Whether `forward` starts from the logits U and applies the output activation itself, and `backward`
   * yields ∂loss/∂U. Otherwise both work on H, and the activation's own forward and backward run around them.
   */
  readonly fromLogits: boolean;
  /** Whether with these options it works on H all the same. */
  onOutputs?(options: Values<O>): boolean;
  /** Whether one row's values, H or U as above, lie on two sides of a kink: a numeric derivative across means nothing. */
  kink?(values: Float64Array, before: Float64Array, y: Float64Array, cols: number): boolean;
  /** What is wrong with a row's targets, the `cols` values from `at` on: what was expected and got; undefined: nothing. */
  refuse?(y: ArrayLike<number>, at: number, cols: number): string | undefined;
  /** Metrics that say more of what it learns than the task's usual ones, and are reported before these. */
  metrics?(options: Values<O>): readonly Spec[];
  /** What is wrong with options that are right one by one: the key, and what was expected and got. */
  problem?(options: Values<O>): { readonly key: string; readonly message: string } | undefined;
  /** Names of the outputs that each target has with these options, where these are several: targets then stand once for each. */
  each?(options: Values<O>): readonly string[] | undefined;
  /** Whether a mixture of two rows' targets is one too (`train.mixup`): soft classes, or values in between. */
  readonly mixes?: true;
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

type Named = Spec & { readonly [option: string]: unknown };

/** Whether a loss with its options starts from logits, and so applies the output activation itself. */
export const startsFromLogits = (loss: Loss, options: Named): boolean =>
  loss.fromLogits && loss.onOutputs?.(options as never) !== true;

/** The output activations that go with a loss and its options: the one that it applies itself, or all that make sense. */
export const outputsOf = (loss: Loss, options: Named): readonly ActivationName[] =>
  startsFromLogits(loss, options) ? loss.activations.slice(0, 1) : loss.activations;

/**
 * What of a loss's options must be otherwise for it to go with an output activation: nothing, or the yes or no that makes it so;
 * undefined: it goes with none such.
 */
export function otherwiseFor(
  loss: Loss,
  options: Named,
  activation: string,
): Readonly<Record<string, boolean>> | undefined {
  const asked: Named = { ...defaultsOf(loss.options), ...options };
  const goes = (one: Named) => outputsOf(loss, one).some((each) => each === activation);
  if (goes(asked)) return {};
  const switches = Object.keys(loss.options ?? {}).filter((key) => loss.options?.[key].type === 'boolean');
  const found = switches.find((key) => goes({ ...asked, [key]: asked[key] !== true }));
  return found === undefined ? undefined : { [found]: asked[found] !== true };
}

/** A loss that adds up over outputs: (1/K)·Σ_r w_r·Σ_k term of K outputs a row, and Δ = (w/K)·slope. */
export function ofTerms<O extends Options = Options>(
  term: (h: number, y: number, options: Values<O>, output: number) => number,
  slope: (h: number, y: number, options: Values<O>, output: number) => number,
): Pick<Loss<O>, 'forward' | 'backward'> {
  return {
    forward(h, y, weights, rows, cols, options) {
      let sum = 0;
      for (let r = 0; r < rows; r++) {
        const weight = weights === null ? 1 : weights[r];
        const start = r * cols;
        for (let i = start; i < start + cols; i++) sum += weight * term(h[i], y[i], options, i - start);
      }
      return sum / cols;
    },
    backward(h, y, weights, delta, rows, cols, options) {
      for (let r = 0; r < rows; r++) {
        const factor = (weights === null ? 1 : weights[r]) / cols;
        const start = r * cols;
        for (let i = start; i < start + cols; i++) delta[i] = factor * slope(h[i], y[i], options, i - start);
      }
    },
  };
}

/** Whether an output came from one side of its target to the other. */
export function crossesTarget(values: Float64Array, before: Float64Array, y: Float64Array): boolean {
  for (let k = 0; k < values.length; k++) if (values[k] > y[k] !== before[k] > y[k]) return true;
  return false;
}

/** What float32 or a few decimals leave of a distribution sums to 1 within this. */
const NEAR_ONE = 1e-4;

/** What is wrong with targets that are to be shares of 1. */
export function refuseShares(y: ArrayLike<number>, at: number, cols: number): string | undefined {
  let sum = 0;
  for (let k = at; k < at + cols; k++) {
    if (!(y[k] >= 0)) return `expected shares of classes, from 0 to 1, got ${y[k]}`;
    sum += y[k];
  }
  return Math.abs(sum - 1) <= NEAR_ONE
    ? undefined
    : `expected shares of classes that sum to 1, got a sum of ${sum}`;
}

/** What is wrong with targets that are to be one class a row. */
export function refuseNoClass(y: ArrayLike<number>, at: number, cols: number): string | undefined {
  let ones = 0;
  for (let k = at; k < at + cols; k++) {
    if (y[k] === 1) ones++;
    else if (y[k] !== 0)
      return `expected one class, a 1 among 0s, got ${y[k]}; shares of classes are for cross-entropy`;
  }
  return ones === 1 ? undefined : `expected one class, a 1 among 0s, got ${ones} of them`;
}

/** What is wrong with targets that are to be yes or no. */
export function refuseSoft(y: ArrayLike<number>, at: number, cols: number): string | undefined {
  for (let k = at; k < at + cols; k++) if (y[k] !== 0 && y[k] !== 1) return `expected 0 or 1, got ${y[k]}`;
  return undefined;
}

/** What is wrong with targets that are to be probabilities of a yes. */
export function refuseOutside(y: ArrayLike<number>, at: number, cols: number): string | undefined {
  for (let k = at; k < at + cols; k++)
    if (!(y[k] >= 0 && y[k] <= 1)) return `expected a number from 0 to 1, got ${y[k]}`;
  return undefined;
}

/** Label smoothing ε (Szegedy et al. 2016): what it makes of a target, each loss says; 0 leaves all bits as they are. */
export const labelSmoothing = {
  type: 'number',
  min: 0,
  below: 1,
  default: 0,
  description: 'Share of each target that is spread evenly over what it could be.',
} as const;

/** The focusing γ of Lin et al. (2017). */
export const focus = {
  type: 'number',
  min: 0,
  default: 2,
  description:
    'How little counts what is right already: its loss is multiplied by (1 − probability)^gamma; 0: in full.',
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
