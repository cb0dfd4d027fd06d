/**
 * Safetensors files of other programs: also 16-bit floats, which become float32, and tensors of whole numbers or truth
 * values, which are named and left out. Checked as strictly where it matters: every tensor lies within the file.
 */
import { shortened, UserError } from '../errors.js';
import { isMapping, parseJson } from './json.js';
import type { Tensor, Tensors } from './safetensors.js';

/** Longest header that is read. */
const MOST_HEADER = 1 << 24;

export interface ForeignTensors {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: Tensors;
  /** The names of tensors that are no floats. */
  readonly others: readonly string[];
}

/** How values of a type become ours. */
const FLOATS: Readonly<
  Record<string, { readonly bytes: number; readonly read: (own: ArrayBuffer) => Tensor['data'] }>
> = {
  F64: { bytes: 8, read: (own) => new Float64Array(own) },
  F32: { bytes: 4, read: (own) => new Float32Array(own) },
  F16: { bytes: 2, read: (own) => Float32Array.from(new Uint16Array(own), half) },
  BF16: {
    bytes: 2,
    // The upper half of a float32.
    read: (own) => new Float32Array(Uint32Array.from(new Uint16Array(own), (bits) => bits << 16).buffer),
  },
};

/** @param where what errors begin with @throws UserError for bytes that are not those of such a file */
export function decodeForeign(bytes: Uint8Array, where: string): ForeignTensors {
  const fail = (what: string): never => {
    throw new UserError(`${where}: ${what}`);
  };
  if (bytes.length < 8) fail('truncated: expected at least 8 bytes');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MOST_HEADER || 8 + length > bytes.length) fail('truncated: its header is not all there');
  const header = parseJson(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  if (!isMapping(header)) return fail('its header is not a mapping of tensors');
  const data = bytes.subarray(8 + length);
  const tensors: Record<string, Tensor> = {};
  const others: string[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const what = `the tensor "${shortened(name)}"`;
    if (!isMapping(entry)) return fail(`${what} is not described by a mapping`);
    const { dtype, shape, data_offsets: offsets } = entry;
    if (!isWhole(shape) || !isWhole(offsets) || offsets.length !== 2)
      return fail(`${what} has no proper place`);
    const type = String(dtype);
    if (!Object.hasOwn(FLOATS, type)) {
      others.push(name);
      continue;
    }
    const { bytes: each, read } = FLOATS[type];
    const [begin, end] = offsets;
    const size = shape.reduce((product, side) => product * side, each);
    if (end - begin !== size || end > data.length) fail(`${what} needs ${size} bytes and has ${end - begin}`);
    tensors[name] = { shape, data: read(data.slice(begin, end).buffer) };
  }
  const metadata = header.__metadata__;
  return { metadata: isMapping(metadata) ? metadata : {}, tensors, others };
}

const isWhole = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);

/** The value of 16 bits of IEEE 754: 1 of sign, 5 of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
