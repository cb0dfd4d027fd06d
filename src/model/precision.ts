/** The numbers that networks are made of. */

export type Precision = 'float32' | 'float64';

/** Bytes of one value. */
export const bytesOf = (precision: Precision): 4 | 8 => (precision === 'float32' ? 4 : 8);

/** Values of either precision. */
export type Real = Float32Array | Float64Array;
