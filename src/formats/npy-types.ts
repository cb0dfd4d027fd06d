/** The numeric types of NumPy's arrays: how many bytes a value has, and as what it lies in memory. */

/** An array in memory. */
export type NpyValues =
  | { readonly as: 'uint8'; readonly values: Uint8Array }
  | { readonly as: 'int32'; readonly values: Int32Array }
  | { readonly as: 'float32'; readonly values: Float32Array }
  | { readonly as: 'float64'; readonly values: Float64Array };

/** Decoded values: all but the last of the types are set as numbers. */
type Into = NpyValues['values'];

/** A value that there is no place for in memory. */
export interface WrongValue {
  readonly at: number;
  readonly what: string;
}

interface Decoder {
  readonly as: NpyValues['as'];
  readonly bytes: 1 | 2 | 4 | 8;
  make(length: number): Into;
  /** Turns `count` values into numbers; `bytes` may be changed on the way. @param swapped whether they are in the other byte order */
  decode(bytes: Buffer, count: number, into: Into, swapped: boolean): WrongValue | undefined;
}

const makers = {
  uint8: (length: number) => new Uint8Array(length),
  int32: (length: number) => new Int32Array(length),
  float32: (length: number) => new Float32Array(length),
  float64: (length: number) => new Float64Array(length),
};

interface View {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): ArrayLike<number>;
}

/** Values that a typed array shows, which need no more than room. */
function viewed(as: NpyValues['as'], Values: View): Decoder {
  const bytes = Values.BYTES_PER_ELEMENT as 1 | 2 | 4 | 8;
  return {
    as,
    bytes,
    make: makers[as],
    decode(raw, count, into, swapped) {
      if (swapped) swap(raw, bytes);
      into.set(new Values(raw.buffer, raw.byteOffset, count));
      return undefined;
    },
  };
}

/** Turns values of so many bytes round, in place. */
function swap(raw: Buffer, bytes: 1 | 2 | 4 | 8): void {
  if (bytes === 2) raw.swap16();
  else if (bytes === 4) raw.swap32();
  else if (bytes === 8) raw.swap64();
}

/** 64-bit integers, as two halves: BigInts would take ten times as long. */
function wide(signed: boolean): Decoder {
  return {
    as: 'float64',
    bytes: 8,
    make: makers.float64,
    decode(raw, count, into, swapped) {
      if (swapped) raw.swap64();
      const low = new Uint32Array(raw.buffer, raw.byteOffset, 2 * count);
      const high = signed ? new Int32Array(raw.buffer, raw.byteOffset, 2 * count) : low;
      for (let k = 0; k < count; k++) {
        const value = high[2 * k + 1] * 2 ** 32 + low[2 * k];
        if (!Number.isSafeInteger(value)) {
          const exact = signed ? raw.readBigInt64LE(8 * k) : raw.readBigUInt64LE(8 * k);
          return { at: k, what: `expected an integer up to 2^53, which float64 holds exactly, got ${exact}` };
        }
        into[k] = value;
      }
      return undefined;
    },
  };
}

/** Half precision (IEEE 754 binary16). */
const half: Decoder = {
  as: 'float32',
  bytes: 2,
  make: makers.float32,
  decode(raw, count, into, swapped) {
    if (swapped) raw.swap16();
    const words = new Uint16Array(raw.buffer, raw.byteOffset, count);
    for (let k = 0; k < count; k++) into[k] = halfOf(words[k]);
    return undefined;
  },
};

function halfOf(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** By the names that headers give them, without the byte order. */
export const decoders = {
  b1: viewed('uint8', Uint8Array),
  u1: viewed('uint8', Uint8Array),
  i1: viewed('int32', Int8Array),
  u2: viewed('int32', Uint16Array),
  i2: viewed('int32', Int16Array),
  u4: viewed('float64', Uint32Array),
  i4: viewed('int32', Int32Array),
  u8: wide(false),
  i8: wide(true),
  f2: half,
  f4: viewed('float32', Float32Array),
  f8: viewed('float64', Float64Array),
} as const satisfies Readonly<Record<string, Decoder>>;
export type NpyType = keyof typeof decoders;
