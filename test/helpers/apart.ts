/** Largest absolute difference; NaN where either has one, or where the lengths differ. */
export function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.NaN;
  return Array.from(a).reduce((most, value, k) => Math.max(most, Math.abs(value - b[k])), 0);
}
