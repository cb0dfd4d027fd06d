/**
 * Numeric derivatives that know how good they are: a central difference and, where that is too coarse, extrapolation
 * from larger steps. Pure functions over `LossChange`, which says how the loss changes with one parameter.
 *
 * How large the rounding of a difference is. One row's loss ℓ is computed from the last layer's values v, each a sum of
 * `terms` products. With unit roundoff ε = 2⁻⁵³, v is off by about ε·√terms·max|v| (errors of a sum add up as a random
 * walk does; what enters the sum is about as large as the largest result). The loss adds about ε·|ℓ| of its own, and
 * ε·max|v| where it is a small difference of values (log-sum-exp). So, to first order,
 *
 *     ρ_row = ε·(|ℓ| + max|v| + √terms · max|v| · ‖∂ℓ/∂v‖₂).
 *
 * Rows round independently: for n of them, ρ = √(Σ ρ_row²). As differences are taken row by row, the loss of rows that
 * do not change does not enter. A central difference with step h has two such sums, and an error of √2·ρ/2h; its
 * truncation error is h²/6·f‴ + O(h⁴). Rounding in earlier layers is small beside that where gradients vanish, and
 * small beside the change itself where they do not; what the model may miss (an activation that cancels, a
 * normalization) shows in how differences with nearby small steps scatter, and the larger of the two counts.
 */

/** Step of the central difference that is taken first. */
export const STEP = 1e-5;
/** Extrapolation begins with this step, and halves it. */
const LARGEST_STEP = 8;
const SMALLEST_STEP = 2 ** -20;
/** Most columns of the extrapolation's table: with the last one the error is of order h¹⁴. */
const COLUMNS = 7;
/** Smaller steps that must have come closer to an entry before it is taken: the next two, */
const CONFIRMATIONS = 2;
/** and some far smaller ones, each this much smaller than the one before. */
const STRIDE = 8;
const FAR_CONFIRMATIONS = 3;
/** Steps beside the first, each twice the one before, that show how much rounding there is. */
const NEIGHBOURS = 3;
/** A scatter of so many times the rounding is none, but a function that is not smooth over such steps. */
const ROUGH = 1000;
const EPSILON = 2 ** -53;
/** Share of its size by which a value is moved to see how the loss depends on it. */
const NUDGE = 2 ** -24;
const NUDGES = 4;

/** How the loss changes with one parameter. */
export interface LossChange {
  /**
   * Σ_r w_r·(loss_r(θ + amount·e_index) − loss_r(θ)), w the rows' weights, over the rows r, each difference taken by itself, summed with
   * compensation. `amount` is applied as it stands, and not rounded through θ.
   */
  change(index: number, amount: number): number;
  /** Whether the last `change` moved a unit across a kink of its activation, or the loss across one of its own, in any row. */
  readonly crossedKink: boolean;
  /** Standard error of the last `change` from rounding: the root of the sum of its rows' `roundingOfRow`². */
  readonly rounding: number;
}

/** A derivative of the summed loss. */
export interface Estimate {
  value: number;
  /** Standard error; of a first difference its rounding alone, since its truncation error is not known. */
  error: number;
  /** Whether the first difference crossed a kink: there is no derivative that a difference could show. */
  atKink: boolean;
}

/**
 * ρ_row of the model above: the standard error of one row's loss.
 * @param lossOf the loss as a function of the last layer's values (it may overwrite what it is given)
 * @param values those values
 * @param terms how many products are summed for one of them
 */
export function roundingOfRow(
  lossOf: (values: Float64Array) => number,
  values: Float64Array,
  terms: number,
): number {
  let size = 0;
  for (const value of values) size = Math.max(size, Math.abs(value));
  const nudged = new Float64Array(values.length);
  const loss = lossOf(values.slice());
  // ‖∂ℓ/∂v‖₂ without a derivative a value: moved by ±s with random signs, the loss moves by s‖∂ℓ/∂v‖₂ on average.
  const step = size * NUDGE;
  let squares = 0;
  for (let n = 0; n < NUDGES; n++) {
    for (let k = 0; k < values.length; k++) nudged[k] = values[k] + (sign(k, n) ? step : -step);
    squares += (lossOf(nudged) - loss) ** 2;
  }
  // Some values would leave where the loss is defined, as −s does the logarithm's: then one after another, as it may move.
  const slope = Number.isFinite(squares) ? squares / NUDGES : squaredSlope(lossOf, values, loss, step);
  const moved = Math.sqrt(slope) / NUDGE;
  return EPSILON * (Math.abs(loss) + size + Math.sqrt(terms) * moved);
}

/** (s‖∂ℓ/∂v‖₂)², each value moved by s, or by −s where the loss is no finite number there; nothing where it is none on either side. */
function squaredSlope(
  lossOf: (values: Float64Array) => number,
  values: Float64Array,
  loss: number,
  step: number,
): number {
  let squares = 0;
  for (let k = 0; k < values.length; k++) {
    const changes = [step, -step].map((by) => {
      const nudged = values.slice();
      nudged[k] += by;
      return lossOf(nudged) - loss;
    });
    squares += (changes.find(Number.isFinite) ?? 0) ** 2;
  }
  return squares;
}

/** A random bit for value k of try n (a multiplicative hash), always the same. */
function sign(k: number, n: number): boolean {
  return (Math.imul(k * NUDGES + n + 1, 0x9e3779b1) >>> 16) % 2 === 0;
}

/** The central difference with step 1e-5 for parameter `index`, into `estimate`. */
export function firstDifference(loss: LossChange, index: number, estimate: Estimate): void {
  estimate.atKink = difference(loss, index, STEP, estimate);
}

/** (f(+h) − f(−h)) / 2h and its rounding, into `estimate`. @returns whether a kink was crossed */
function difference(loss: LossChange, index: number, h: number, estimate: Estimate): boolean {
  const after = loss.change(index, h);
  const crossed = loss.crossedKink;
  const squares = loss.rounding ** 2;
  const before = loss.change(index, -h);
  estimate.value = (after - before) / (2 * h);
  estimate.error = Math.sqrt(squares + loss.rounding ** 2) / (2 * h);
  return crossed || loss.crossedKink;
}

const values = new Float64Array(COLUMNS);
const roundings = new Float64Array(COLUMNS);
const step: Estimate = { value: 0, error: 0, atKink: false };

/**
 * The derivative for parameter `index` by Richardson extrapolation over the steps 8, 4, 2, …, into `estimate`: of all
 * entries of the table that without rounding would have errors of order h⁴, h⁶, …, the one with the smallest error, which
 * is how far it is from the entries that it was made of, and its share of rounding (Ridders 1982, "Accurate computation
 * of F′(x) and F′(x) F″(x)"). Large steps may leave the neighbourhood in which the derivative is wanted and yet agree
 * with each other, so an entry is only believed while smaller steps come closer to it, until rounding takes over. Steps
 * that cross a kink are left out.
 * @param wanted the error that will do
 */
export function extrapolated(loss: LossChange, index: number, wanted: number, estimate: Estimate): void {
  firstDifference(loss, index, estimate);
  if (estimate.atKink) return;
  const first = estimate.value;
  let rounding = estimate.error;
  let largest = LARGEST_STEP;
  let smallest = SMALLEST_STEP;
  // How differences with nearby steps scatter, each step's share of it as large as that of the first.
  let scatter = 0;
  let neighbour = 0;
  for (let n = 1, previous = first; n <= NEIGHBOURS && !difference(loss, index, STEP * 2 ** n, step); n++) {
    scatter = Math.max(scatter, Math.abs(step.value - previous) * 2 ** (n - 1));
    previous = step.value;
    if (n === 1) neighbour = Math.abs(step.value - first);
  }
  if (scatter > ROUGH * rounding) {
    // No rounding: these steps are too large already.
    largest = STEP;
    smallest = SMALLEST_STEP * 2 ** -10;
  } else rounding = Math.max(rounding, scatter);
  const firstError = rounding + neighbour;
  estimate.error = firstError;

  let rows = 0;
  let confirmed = 0;
  let far = 0;
  // Of the last step's difference from the entry that is believed; nothing is asked of the first difference.
  let deviation = Number.POSITIVE_INFINITY;
  let stride = 2;
  for (let h = largest; h >= smallest; h /= stride) {
    if (difference(loss, index, h, step)) {
      rows = 0;
      continue;
    }
    let value = step.value;
    let noise = Math.max(step.error, (rounding * STEP) / h);
    const away = Math.abs(value - estimate.value);
    if (away <= deviation / 2 + 4 * noise) confirmed++;
    else {
      estimate.value = first;
      estimate.error = firstError;
      confirmed = 0;
      rows = 0;
      if (stride === STRIDE) {
        // On with the steps that were passed over.
        stride = 2;
        h *= STRIDE;
        deviation = Number.POSITIVE_INFINITY;
        continue;
      }
    }
    deviation = estimate.value === first ? Number.POSITIVE_INFINITY : away;
    if (stride === STRIDE) {
      if (++far === FAR_CONFIRMATIONS) return;
      continue;
    }
    if (confirmed >= CONFIRMATIONS && (noise > estimate.error || estimate.error <= wanted)) {
      stride = STRIDE;
      far = 0;
      continue;
    }
    const columns = Math.min(rows + 1, COLUMNS);
    for (let m = 1; m <= columns; m++) {
      const olderValue = values[m - 1];
      const olderNoise = roundings[m - 1];
      values[m - 1] = value;
      roundings[m - 1] = noise;
      if (m === columns) break;
      const factor = 4 ** m;
      const correction = (value - olderValue) / (factor - 1);
      value += correction;
      noise = (factor * noise + olderNoise) / (factor - 1);
      // The longer of the two ways that led here: the last extrapolation moved the coarser entry 4ᵐ times as far.
      const error = factor * Math.abs(correction) + noise;
      if (error < estimate.error) {
        estimate.value = value;
        estimate.error = error;
        deviation = Math.abs(step.value - value);
        confirmed = 0;
      }
    }
    rows++;
  }
}
