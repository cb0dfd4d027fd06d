/** Values that come one by one, nobody knows how many: kept in blocks, so that nothing is moved until all are there. */

/** Small, as a file of a few rows may have tens of thousands of columns, each with one of these. */
const FIRST_BLOCK = 8;
const LARGEST_BLOCK = 1 << 16;

type Values = Float64Array | Int32Array;

/** @param make an array of so many values */
export class Growing<T extends Values> {
  length = 0;
  #blocks: T[] = [];
  #block: T;
  /** Values in the last block. */
  #filled = 0;

  constructor(private readonly make: (length: number) => T) {
    this.#block = make(FIRST_BLOCK);
  }

  put(value: number): void {
    if (this.#filled === this.#block.length) {
      this.#blocks.push(this.#block);
      this.#block = this.make(Math.min(LARGEST_BLOCK, 2 * this.#filled));
      this.#filled = 0;
    }
    this.#block[this.#filled++] = value;
    this.length++;
  }

  /** All of them in one array; the blocks are given up. */
  finish(): T {
    const all = this.make(this.length);
    let at = 0;
    for (const block of this.#blocks) {
      all.set(block, at);
      at += block.length;
    }
    all.set(this.#block.subarray(0, this.#filled), at);
    this.#blocks = [];
    this.#block = this.make(0);
    return all;
  }
}
