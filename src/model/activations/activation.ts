/** What an activation is. */
import type { Options, Values } from '../../options.js';
import type { InitializerName } from '../init/index.js';

/**
 * An activation f and its derivative, as plain float64 TypeScript: the definition that every fast
 * version is tested against. The fast version is the kernel file of the same name.
 */
export interface Activation<O extends Options = Options> {
  /** One sentence, for editors and for docs. */
  readonly description: string;
  /** What a configuration may set; the kernels take the numbers among them in this order. */
  readonly options?: O;
  /**
   * What the derivative is computed from: the pre-activations U, which must then outlive `forward`, or the outputs H,
   * which may take U's place.
   */
  readonly saves: 'input' | 'output';
  /** Whether f(x) is x: what outputs without an activation have. */
  readonly identity?: true;
  /** Whether outputs are from 0 to 1, and so may stand for probabilities. */
  readonly probabilities?: true;
  /** The initializer that keeps the size of numbers from layer to layer, if not the usual one. */
  readonly init?: InitializerName;
  /** Where f′ jumps, if it does: a numeric derivative taken across means nothing. */
  kinks?(options: Values<O>): readonly number[];
  /** Fewest units of a row that it says anything about, and the activation to use for fewer. */
  readonly leastUnits?: { readonly units: number; readonly instead: string };
  /** H = f(U) for `rows` rows of `cols` values, row-major; `h` may be `u`. */
  forward(u: Float64Array, h: Float64Array, rows: number, cols: number, options: Values<O>): void;
  /** Δ ← f′ ⊙ Δ in place (softmax: the full Jacobian times Δ), from U or H as `saves` says. */
  backward(saved: Float64Array, delta: Float64Array, rows: number, cols: number, options: Values<O>): void;
}

/** An activation that works on each value alone, from f and from f′ written in terms of what is saved. */
export function elementwise<O extends Options = Options>(
  f: (x: number, options: Values<O>) => number,
  derivative: (saved: number, options: Values<O>) => number,
): Pick<Activation<O>, 'forward' | 'backward'> {
  return {
    forward(u, h, rows, cols, options) {
      for (let i = 0; i < rows * cols; i++) h[i] = f(u[i], options);
    },
    backward(saved, delta, rows, cols, options) {
      for (let i = 0; i < rows * cols; i++) delta[i] *= derivative(saved[i], options);
    },
  };
}
