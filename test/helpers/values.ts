/** Arrays made of others, and what is in them. */

export const largest = (values: Float64Array) =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
export const shifted = (values: Float64Array, by: number) => values.map((value) => Math.fround(value + by));
export const positive = (values: Float64Array) => values.map((value) => Math.fround(Math.abs(value) + 0.01));
export const join = (...parts: Float64Array[]) => Float64Array.from(parts.flatMap((part) => [...part]));
export const rowOf = (matrix: Float64Array, r: number, rows: number) =>
  matrix.slice((r * matrix.length) / rows, ((r + 1) * matrix.length) / rows);
