/**
 * Arrays between guard bytes in one memory, so that an operation can be given to two engines alike and what it
 * touched can be seen.
 */

import type { Offset } from '../../src/model/operations.js';
import type { Precision } from '../../src/model/precision.js';

const GUARD = 0xa5;
const GAP = 64;

const views = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};

export class Board {
  readonly #memory: { readonly buffer: ArrayBufferLike };
  readonly #size: 4 | 8;
  readonly #absolute: boolean;
  #end = 0;
  readonly #gaps: Uint8Array[] = [];
  readonly #kept: { now: Uint8Array; before: Uint8Array }[] = [];

  /** With `absolute`, inputs are placed without their signs: what an operation then yields bounds its rounding. */
  constructor(memory: { readonly buffer: ArrayBufferLike }, precision: Precision, absolute = false) {
    this.#memory = memory;
    this.#size = precision === 'float32' ? 4 : 8;
    this.#absolute = absolute;
    this.#gap();
  }

  #gap(): void {
    this.#gaps.push(new Uint8Array(this.#memory.buffer, this.#end, GAP).fill(GUARD));
    this.#end += GAP;
  }

  /** `bytes` bytes that start `past` bytes after a multiple of 16, and a gap behind them. */
  #room(bytes: number, past: number): Offset {
    const start = Math.ceil(this.#end / 16) * 16 + past;
    new Uint8Array(this.#memory.buffer, this.#end, start - this.#end).fill(GUARD);
    const at = start;
    this.#end = start + bytes;
    this.#gap();
    return at;
  }

  #input(at: Offset, bytes: number): Offset {
    const now = new Uint8Array(this.#memory.buffer, at, bytes);
    this.#kept.push({ now, before: now.slice() });
    return at;
  }

  #reals(at: Offset, n: number): Float32Array | Float64Array {
    const { buffer } = this.#memory;
    return this.#size === 4 ? new Float32Array(buffer, at, n) : new Float64Array(buffer, at, n);
  }

  /** A matrix that the operation changes, one value away from a vector's boundary. */
  inout(values: ArrayLike<number>): Offset {
    const at = this.#room(this.#size * values.length, this.#size);
    const placed = this.#reals(at, values.length);
    for (let i = 0; i < values.length; i++) placed[i] = this.#absolute ? Math.abs(values[i]) : values[i];
    return at;
  }

  /** A matrix that the operation only reads. */
  input(values: ArrayLike<number>): Offset {
    return this.#input(this.inout(values), this.#size * values.length);
  }

  /** A matrix that the operation fills: NaN before. */
  output(n: number): Offset {
    return this.inout(new Float64Array(n).fill(Number.NaN));
  }

  /** Whatever the operation wants to note. */
  scratch(bytes: number): Offset {
    return this.#room(bytes, 0);
  }

  /** Values of a type of their own that the operation only reads, one value away from a vector's boundary. */
  typed(type: keyof typeof views, values: ArrayLike<number>): Offset {
    const View = views[type];
    const size = View.BYTES_PER_ELEMENT;
    const at = this.#room(size * values.length, size);
    new View(this.#memory.buffer as ArrayBuffer, at, values.length).set(values);
    return this.#input(at, size * values.length);
  }

  read(at: Offset, n: number): Float64Array {
    return Float64Array.from(this.#reals(at, n));
  }

  /** Whether every byte outside the arrays, and every input, is as it was. */
  intact(): boolean {
    return (
      this.#gaps.every((gap) => gap.every((byte) => byte === GUARD)) &&
      this.#kept.every(({ now, before }) => Buffer.compare(now, before) === 0)
    );
  }
}
