/**
 * Whether two series of figures differ by more than chance: tests of Student (paired), of Wilcoxon (signed ranks) and of
 * Welch, all two-sided. Knows nothing of runs.
 */

export interface TestResult {
  /** The name of the test. */
  readonly test: 'paired t-test' | 'Wilcoxon signed-rank test' | "Welch's t-test";
  /** t, or the smaller of the two sums of ranks; null where it is undefined. */
  readonly statistic: number | null;
  /** Degrees of freedom of t. */
  readonly degrees?: number;
  /** Two-sided; null where it is undefined, and then why. */
  readonly p: number | null;
  /** Why there is no p. */
  readonly reason?: string;
  /** Of Wilcoxon's: whether p counts all signs of the ranks, or comes of the normal distribution. */
  readonly exact?: boolean;
}

/** Up to so many differences all 2ⁿ signs are counted. */
const MOST_EXACT = 25;

/** Of differences between pairs, against a mean of 0 (Student 1908). @param differences at least 2 */
export function pairedTTest(differences: readonly number[]): TestResult {
  const test = 'paired t-test';
  const n = differences.length;
  if (n < 2) return { test, statistic: null, p: null, reason: 'needs two pairs at least' };
  const { mean, variance } = momentsOf(differences);
  if (variance === 0) {
    return { test, statistic: null, p: null, reason: 'all pairs differ by the same' };
  }
  const statistic = mean / Math.sqrt(variance / n);
  return { test, statistic, degrees: n - 1, p: twoSidedT(statistic, n - 1) };
}

/**
 * Of differences between pairs, against a distribution that is symmetric about 0 (Wilcoxon 1945). Differences of 0 are
 * left out, and equal ones share the mean of their ranks; p is exact, ties among them, for n ≤ 25.
 */
export function wilcoxonSignedRank(differences: readonly number[]): TestResult {
  const test = 'Wilcoxon signed-rank test';
  const nonZero = differences.filter((difference) => difference !== 0);
  const n = nonZero.length;
  if (n === 0) return { test, statistic: null, p: null, reason: 'no pair differs' };
  const doubled = doubledRanks(nonZero.map(Math.abs));
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  const plus = doubled.reduce((sum, rank, k) => sum + (nonZero[k] > 0 ? rank : 0), 0);
  const least = Math.min(plus, total - plus);
  if (n <= MOST_EXACT) {
    const ways = new Float64Array(total + 1);
    ways[0] = 1;
    for (const rank of doubled) {
      for (let sum = total; sum >= rank; sum--) ways[sum] += ways[sum - rank];
    }
    const below = ways.subarray(0, least + 1).reduce((sum, each) => sum + each, 0);
    return { test, statistic: least / 2, p: Math.min(1, (2 * below) / 2 ** n), exact: true };
  }
  const squares = doubled.reduce((sum, rank) => sum + (rank / 2) ** 2, 0);
  const z = (least / 2 - total / 4) / Math.sqrt(squares / 4);
  return { test, statistic: least / 2, p: Math.min(1, 2 * normalBelow(z)), exact: false };
}

/** Of two series that are not paired, whose variances may differ (Welch 1947). */
export function welchTTest(a: readonly number[], b: readonly number[]): TestResult {
  const test = "Welch's t-test";
  if (a.length < 2 || b.length < 2) {
    return { test, statistic: null, p: null, reason: 'needs two runs of each at least' };
  }
  const [first, second] = [momentsOf(a), momentsOf(b)];
  const [u, v] = [first.variance / a.length, second.variance / b.length];
  if (u + v === 0) return { test, statistic: null, p: null, reason: 'neither varies' };
  const statistic = (first.mean - second.mean) / Math.sqrt(u + v);
  const degrees = (u + v) ** 2 / (u ** 2 / (a.length - 1) + v ** 2 / (b.length - 1));
  return { test, statistic, degrees, p: twoSidedT(statistic, degrees) };
}

/** Mean, and variance with n − 1. */
export function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const n = values.length;
  // Values that are all alike have exactly this mean, and no variance.
  const [first] = values;
  const mean = first + values.reduce((sum, value) => sum + (value - first), 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: n < 2 ? Number.NaN : squares / (n - 1) };
}

/** Twice the rank of each value, from 2: whole numbers, where equal values share the mean of their ranks. */
function doubledRanks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
  const ranks: number[] = Array.from({ length: values.length });
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]] === values[order[from]]) to++;
    for (let k = from; k <= to; k++) ranks[order[k]] = from + 1 + (to + 1);
    from = to + 1;
  }
  return ranks;
}

/** P(|T| ≥ |t|) = I(ν / (ν + t²); ν/2, 1/2) (Abramowitz & Stegun 26.7.1). */
function twoSidedT(t: number, degrees: number): number {
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** The regularized incomplete beta function by its continued fraction (Lentz's method; DLMF 8.17.22). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // It converges quickly below the mean alone.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  const tiny = 1e-300;
  const safe = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / safe(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / safe(1 + even * d);
    c = safe(1 + even / c);
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / safe(1 + odd * d);
    c = safe(1 + odd / c);
    const change = c * d;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return (front * fraction) / a;
}

/** Lanczos's approximation with g = 7 and nine terms, whose error is below 1e-14. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** @param x above 0 */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  const sum = LANCZOS.reduce((total, term, k) => (k === 0 ? term : total + term / (z + k)), 0);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** P(Z ≤ z) of the normal distribution for z ≤ 0: erfc by its continued fraction or its series (DLMF 7.9.1, 7.6.2). */
function normalBelow(z: number): number {
  const x = -z / Math.SQRT2;
  if (x < 3) {
    let term = x;
    let sum = x;
    for (let k = 1; k < 200 && Math.abs(term) > 1e-18 * Math.abs(sum); k++) {
      term *= (2 * x * x) / (2 * k + 1);
      sum += term;
    }
    return 0.5 * (1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum);
  }
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (x + fraction);
  return (0.5 * Math.exp(-x * x)) / Math.sqrt(Math.PI) / (x + fraction);
}
