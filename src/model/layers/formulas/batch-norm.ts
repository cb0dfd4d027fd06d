/**
 * Batch normalization (Ioffe, Szegedy 2015) with PyTorch's definition: y = x̂·γ + β, x̂ = (x − mean)/√(variance + ε), mean
 * and biased variance of a column over all rows of the minibatch; to evaluate, running ones, the variance unbiased.
 *
 * The rows of a minibatch are cut into shards, so its statistics are put together from the shards' (`sums`, `merge`),
 * and so are the sums of the backward pass (`backward_sums`, then the engine's `shards_sum`): in an order that the
 * number of shards alone decides.
 */
import { leftOf } from '../../tree.js';
import { normalize } from '../forward/batch-norm.js';
import { formula } from './formula.js';

/**
 * A shard's statistics: for each column the mean, then (from `cols` on) Σ (x − mean)², both over the rows in order.
 * Without rows both are 0. Corrected as layer-norm.ts has it.
 */
function sums(x: Float64Array, sums: Float64Array, rows: number, cols: number): void {
  for (let c = 0; c < cols; c++) {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += x[r * cols + c];
    const first = rows === 0 ? 0 : sum / rows;
    let off = 0;
    let squares = 0;
    for (let r = 0; r < rows; r++) {
      const deviation = x[r * cols + c] - first;
      off += deviation;
      squares += deviation * deviation;
    }
    sums[c] = rows === 0 ? 0 : first + off / rows;
    sums[cols + c] = rows === 0 ? 0 : Math.max(0, squares - (off * off) / rows);
  }
}

/**
 * The minibatch's statistics from its shards', which lie `stride` bytes (8 a value) apart: for each column the mean,
 * 1/√(variance + ε), and the variance, Σ (x − mean)²/rows. Shard s has the rows from ⌊s·rows/shards⌋ to
 * ⌊(s + 1)·rows/shards⌋; one without rows counts for nothing, whatever its statistics say.
 *
 * Two groups of shards are joined by Chan's formula (Chan, Golub, LeVeque 1979, "Updating formulae and a pairwise
 * algorithm for computing sample variances"), in the tree of tree.ts.
 *
 * A variance beyond half of the largest number makes 1/√(variance + ε) NaN, not almost 0: the step is then known not to
 * be finite, and running statistics, which take up to twice the variance, are.
 */
function merge(
  sums: Float64Array,
  stride: number,
  shards: number,
  rows: number,
  cols: number,
  stats: Float64Array,
  eps: number,
): void {
  const edge = (shard: number) => Math.floor((shard * rows) / shards);
  const tree = (c: number, first: number, count: number): [mean: number, squares: number] => {
    if (count === 1) return [sums[(first * stride) / 8 + c], sums[(first * stride) / 8 + cols + c]];
    const middle = first + leftOf(count);
    const here = edge(middle) - edge(first);
    const there = edge(first + count) - edge(middle);
    if (there === 0) return tree(c, first, middle - first);
    if (here === 0) return tree(c, middle, first + count - middle);
    const [mean, squares] = tree(c, first, middle - first);
    const [otherMean, otherSquares] = tree(c, middle, first + count - middle);
    const apart = otherMean - mean;
    const all = here + there;
    return [mean + apart * (there / all), squares + otherSquares + apart * apart * ((here * there) / all)];
  };
  for (let c = 0; c < cols; c++) {
    const [mean, squares] = tree(c, 0, shards);
    const variance = squares / rows;
    stats[c] = mean;
    const twice = 2 * variance;
    stats[cols + c] = 1 / Math.sqrt(variance + eps) + (twice - twice);
    stats[2 * cols + c] = variance;
  }
}

/** Y from X and the minibatch's `stats`, as `merge` makes them. γ, β: a value a column. */
function forward(
  x: Float64Array,
  gamma: Float64Array,
  beta: Float64Array,
  y: Float64Array,
  stats: Float64Array,
  rows: number,
  cols: number,
): void {
  for (let i = 0; i < rows * cols; i++) {
    const c = i % cols;
    y[i] = (x[i] - stats[c]) * stats[cols + c] * gamma[c] + beta[c];
  }
}

/** Y from X when evaluating; `running` holds each column's mean, then each one's variance. */
function evaluate(
  x: Float64Array,
  gamma: Float64Array,
  beta: Float64Array,
  running: Float64Array,
  y: Float64Array,
  rows: number,
  cols: number,
  eps: number,
): void {
  normalize(x, gamma, beta, running, running.subarray(cols), y, rows, cols, eps);
}

/** A shard's ∇γ = Σ δ·x̂ of each column, then each one's ∇β = Σ δ, over the rows in order, from +0. */
function backwardSums(
  x: Float64Array,
  delta: Float64Array,
  stats: Float64Array,
  sums: Float64Array,
  rows: number,
  cols: number,
): void {
  for (let c = 0; c < 2 * cols; c++) sums[c] = 0;
  for (let i = 0; i < rows * cols; i++) {
    const c = i % cols;
    sums[c] += delta[i] * ((x[i] - stats[c]) * stats[cols + c]);
    sums[cols + c] += delta[i];
  }
}

/**
 * Δ, the derivative by Y, becomes that by X: γ/√(variance + ε)·(δ − Σδ/count − x̂·Σ(δ·x̂)/count).
 * @param totals the sums of `backward_sums` over the whole minibatch
 * @param count rows of the whole minibatch
 */
function backward(
  x: Float64Array,
  gamma: Float64Array,
  delta: Float64Array,
  stats: Float64Array,
  totals: Float64Array,
  count: number,
  rows: number,
  cols: number,
): void {
  const share = 1 / count;
  for (let i = 0; i < rows * cols; i++) {
    const c = i % cols;
    const normal = (x[i] - stats[c]) * stats[cols + c];
    const rest = delta[i] - totals[cols + c] * share - normal * (totals[c] * share);
    delta[i] = gamma[c] * stats[cols + c] * rest;
  }
}

/**
 * The running mean and variance move by `share` of the way to the minibatch's; its variance is made unbiased.
 * @param count rows of the minibatch, at least 2
 */
function running(
  running: Float64Array,
  stats: Float64Array,
  cols: number,
  share: number,
  count: number,
): void {
  const unbiased = count / (count - 1);
  for (let c = 0; c < cols; c++) {
    running[c] = (1 - share) * running[c] + share * stats[c];
    running[cols + c] = (1 - share) * running[cols + c] + share * (stats[2 * cols + c] * unbiased);
  }
}

export const batchNorm = {
  sums: formula([0, 1], sums),
  merge: formula([0, 5], merge),
  forward: formula([0, 1, 2, 3, 4], forward),
  evaluate: formula([0, 1, 2, 3, 4], evaluate),
  backward_sums: formula([0, 1, 2, 3], backwardSums),
  backward: formula([0, 1, 2, 3, 4], backward),
  running: formula([0, 1], running),
};
