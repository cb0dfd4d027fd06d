/** What steps leave, as text to compare to the last bit. */
import type { State } from '../src/parallel/snapshot.js';

type View = Float32Array | Float64Array;

const hex = ({ buffer, byteOffset, byteLength }: View): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('hex');

export function bitsOf({ parameters, progress, state }: State): string {
  return [parameters, progress, ...state].map(hex).join(' ');
}
