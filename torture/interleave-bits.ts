/** What steps leave, as text to compare to the last bit. */
import type { SharedState } from '../src/worker/copy.js';

type View = Float32Array | Float64Array;

const hex = ({ buffer, byteOffset, byteLength }: View): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('hex');

export function bitsOf({ parameters, counters, state, buffers }: SharedState): string {
  return [parameters, counters, buffers, ...state].map(hex).join(' ');
}
