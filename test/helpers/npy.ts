/** NPY arrays and NPZ archives for tests, byte by byte as numpy.lib.format has them. */
import { strToU8, type Zippable, zipSync } from 'fflate';

export interface NpyForm {
  /** As NumPy writes it: `<f8`. */
  readonly descr: string;
  readonly fortran?: boolean;
  readonly version?: 1 | 2 | 3;
}

/** A header alone. */
export function npyHeader(
  shape: readonly number[],
  { descr, fortran = false, version = 1 }: NpyForm,
): Buffer {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${sizes}), }`;
  const before = 8 + (version === 1 ? 2 : 4);
  const padded = dict.padEnd(Math.ceil((before + dict.length + 1) / 64) * 64 - before - 1) + '\n';
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(padded.length, 0, length.length);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.of(version, 0), length, strToU8(padded)]);
}

/** Values in the file's order as bytes. @param write puts one value into a view */
export function npyFile(
  shape: readonly number[],
  form: NpyForm,
  bytes: number,
  write: (view: DataView, at: number, k: number) => void,
): Buffer {
  const length = shape.reduce((product, size) => product * size, 1);
  const view = new DataView(new ArrayBuffer(bytes * length));
  for (let k = 0; k < length; k++) write(view, k * bytes, k);
  return Buffer.concat([npyHeader(shape, form), new Uint8Array(view.buffer)]);
}

/** Little-endian float64 values, rows first. */
export function npyDoubles(shape: readonly number[], value: (k: number) => number): Buffer {
  return npyFile(shape, { descr: '<f8' }, 8, (view, at, k) => view.setFloat64(at, value(k), true));
}

/** Little-endian int64 values. */
export function npyIntegers(shape: readonly number[], value: (k: number) => number | bigint): Buffer {
  return npyFile(shape, { descr: '<i8' }, 8, (view, at, k) => view.setBigInt64(at, BigInt(value(k)), true));
}

/** An archive, its members stored or deflated. */
export function npz(arrays: Readonly<Record<string, Uint8Array>>, level: 0 | 6 = 0): Buffer {
  const members: Zippable = {};
  for (const [name, bytes] of Object.entries(arrays)) members[`${name}.npy`] = [bytes, { level }];
  return Buffer.from(zipSync(members));
}
