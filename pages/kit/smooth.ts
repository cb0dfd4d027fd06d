/**
 * A running mean that forgets: m ← b m + (1 − b) y, divided by 1 − bᵗ so that it does not begin at 0 (as Adam corrects
 * its moments, https://arxiv.org/abs/1412.6980, and TensorBoard its curves).
 * @param keep b, from 0 (nothing is smoothed) to below 1
 */
export function smooth(values: readonly (number | null)[], keep: number): (number | null)[] {
  let mean = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    mean = keep * mean + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return mean / weight;
  });
}
