/**
 * Values that come one by one, nobody knows how many: kept in blocks, so that nothing is moved until all are there; or
 * handed on block by block, where they are too many to be kept.
 */

/** Small, as a file of a few rows may have tens of thousands of columns, each with one of these. */
const FIRST_BLOCK = 8;
const LARGEST_BLOCK = 1 << 16;

type Values = Float64Array | Int32Array;

/** Takes blocks as they fill. */
export interface Blocks {
  /** Values of each block but the last. */
  readonly size: number;
  /** Takes them in; the array is used again. */
  put(values: Values): void;
}

/** @param make an array of so many values */
export class Growing<T extends Values> {
  length = 0;
  #blocks: T[] = [];
  #block: T;
  /** Values in the last block. */
  #filled = 0;

  /** @param out what takes the blocks; default: they are kept */
  constructor(
    private readonly make: (length: number) => T,
    private readonly out?: Blocks,
  ) {
    this.#block = make(FIRST_BLOCK);
  }

  put(value: number): void {
    if (this.#filled === this.#block.length) this.#next();
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

  /** Hands on what is left. */
  flush(): void {
    if (this.#filled > 0) this.out?.put(this.#block.subarray(0, this.#filled));
    this.#filled = 0;
  }

  #next(): void {
    const { out } = this;
    const block = this.#block;
    if (out === undefined) this.#blocks.push(block);
    else if (block.length === out.size) {
      this.flush();
      return;
    }
    this.#block = this.make(Math.min(out?.size ?? LARGEST_BLOCK, 2 * this.#filled));
    if (out === undefined) this.#filled = 0;
    else this.#block.set(block);
  }
}
