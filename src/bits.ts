/** A yes or no for each row, a bit each. */
export class Bits {
  readonly #words: Uint32Array;

  constructor(length: number) {
    this.#words = new Uint32Array(Math.ceil(length / 32));
  }

  has(at: number): boolean {
    return ((this.#words[at >>> 5] >>> (at & 31)) & 1) === 1;
  }

  add(at: number): void {
    this.#words[at >>> 5] |= 1 << (at & 31);
  }
}
