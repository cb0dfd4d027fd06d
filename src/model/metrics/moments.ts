/**
 * Mean and spread of numbers, from pieces of them: Σ(x − x̄)² of each is merged by the formula of Chan, Golub and LeVeque
 * (1979): M = M_a + M_b + (x̄_b − x̄_a)²·n_a·n_b/(n_a + n_b). Means are taken of x − c, with c the piece's first number: that
 * difference is exact where numbers are close to each other, so an offset of all costs no digits.
 */

/** Of some numbers: c, the mean of x − c, Σ(x − x̄)². */
export type Moments = readonly [c: number, mean: number, squares: number];

/** @param numberOf of `rows` rows */
export function momentsOf(numberOf: (row: number) => number, rows: number): Moments {
  const c = numberOf(0);
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += numberOf(row) - c;
  const mean = sum / rows;
  let squares = 0;
  let rest = 0;
  for (let row = 0; row < rows; row++) {
    const apart = numberOf(row) - c - mean;
    squares += apart ** 2;
    // What rounding left of a sum that should be 0.
    rest += apart;
  }
  return [c, mean + rest / rows, squares - rest ** 2 / rows];
}

/** Adds those of `more` numbers in `place` to those of `before` in `total`, both from `at` on. */
export function mergeMoments(
  total: Float64Array,
  place: Float64Array,
  at: number,
  before: number,
  more: number,
): void {
  const n = before + more;
  const apart = place[at] - total[at] + (place[at + 1] - total[at + 1]);
  total[at + 1] += (apart * more) / n;
  total[at + 2] += place[at + 2] + apart ** 2 * ((before * more) / n);
}

/** Why a figure is undefined whose divisor is the spread of output k's targets. */
export const allTheSame = (outputs: number, k: number): string =>
  `${outputs > 1 ? `the targets of output ${k}` : 'the targets'} are all the same`;
