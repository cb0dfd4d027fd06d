/** Scales in two parts, so that bytes divided by 255 come out as if they had been divided. */
import type { Precision } from '../model/precision.js';
import type { DataSource } from './source.js';

/** A number as the sum of two, of which the second is what the first lacks. */
export interface Parts {
  readonly high: number;
  readonly low: number;
}

/** 1/divisor to twice the digits of a float64. @param divisor above 0, at most 1e9 */
export function reciprocal(divisor: number): Parts {
  const high = 1 / divisor;
  // What divisor·high lacks to 1, exactly (Dekker 1971).
  const product = divisor * high;
  const a = parts(divisor, 27);
  const b = parts(high, 27);
  const error = a.high * b.high - product + a.high * b.low + a.low * b.high + a.low * b.low;
  return { high, low: (1 - product - error) / divisor };
}

/**
 * The same number for an engine of this precision: `high` with 8 bits to spare, so that its product with a byte is
 * exact, and `low`, rounded to the precision, which is what it lacks.
 */
export function partsFor({ high, low }: Parts, precision: Precision): Parts {
  const own = parts(high, precision === 'float32' ? 16 : 45);
  const rest = own.low + low;
  return { high: own.high, low: precision === 'float32' ? Math.fround(rest) : rest };
}

/** What an engine of this precision is handed of a source's scale; of that of columns, and of slots, only that there is one. */
export function scaleFor({ scale, slots }: Pick<DataSource, 'scale' | 'slots'>, precision: Precision) {
  if (slots !== undefined) return { kind: 'slots' } as const;
  if (scale === undefined) return { kind: 'none' } as const;
  if (scale.kind === 'columns') return { kind: 'columns' } as const;
  return { kind: 'one', ...partsFor(scale, precision), offset: scale.offset } as const;
}

/** A number as one of so many bits, and the rest (Veltkamp 1968). */
function parts(value: number, bits: number): Parts {
  const wide = value * (2 ** (53 - bits) + 1);
  const high = wide - (wide - value);
  return { high, low: value - high };
}
