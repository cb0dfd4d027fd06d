/** What an activation is. */

/**
 * An activation f and its derivative, as plain float64 TypeScript: the definition that every fast
 * version is tested against. The fast version is the kernel file of the same name.
 */
export interface Activation {
  /** Where f′ jumps, if it does: a numeric derivative taken across means nothing. */
  readonly kink?: number;
  /** Fewest units of a row that it says anything about, and the activation to use for fewer. */
  readonly leastUnits?: { readonly units: number; readonly instead: string };
  /** H = f(U) for `rows` rows of `cols` values, row-major; `h` may be `u`. */
  forward(u: Float64Array, h: Float64Array, rows: number, cols: number): void;
  /** Δ ← f′(U) ⊙ Δ in place (softmax: the full Jacobian times Δ), from the outputs H = f(U). */
  backward(h: Float64Array, delta: Float64Array, rows: number, cols: number): void;
}

/** An activation that works on each value alone, from f and from f′ written in terms of h = f(x). */
export function elementwise(f: (x: number) => number, derivative: (h: number) => number): Activation {
  return {
    forward(u, h, rows, cols) {
      for (let i = 0; i < rows * cols; i++) h[i] = f(u[i]);
    },
    backward(h, delta, rows, cols) {
      for (let i = 0; i < rows * cols; i++) delta[i] *= derivative(h[i]);
    },
  };
}
