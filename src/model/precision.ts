/** The numbers that networks are made of. */

export type Precision = 'float32' | 'float64';

/** Values of either precision. */
export type Real = Float32Array | Float64Array;
