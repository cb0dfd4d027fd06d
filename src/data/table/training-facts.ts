/** What there is to say of a column's training values, in one pass over them. */
import type { TrainingFacts } from '../source.js';
import type { Column, RowList } from './column.js';

/** Mean and deviation by sums about the first value, which keeps small differences of large numbers. */
export function trainingFacts(column: Column, rows: RowList): TrainingFacts {
  let missing = 0;
  if (column.type === 'category') {
    const seen = new Uint8Array(column.names.length);
    const { codes } = column;
    rows.each((row) => {
      if (codes[row] < 0) missing++;
      else seen[codes[row]] = 1;
    });
    return { missing, categories: seen.reduce((sum, one) => sum + one, 0) };
  }
  const { values } = column;
  let n = 0;
  let about = 0;
  let sum = 0;
  let squares = 0;
  let least = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  rows.each((row) => {
    const value = values[row];
    if (Number.isNaN(value)) {
      missing++;
      return;
    }
    if (n++ === 0) about = value;
    const from = value - about;
    sum += from;
    squares += from * from;
    if (value < least) least = value;
    if (value > largest) largest = value;
  });
  if (n === 0) return { missing };
  const deviation = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
  return { missing, mean: about + sum / n, deviation, least, largest };
}
