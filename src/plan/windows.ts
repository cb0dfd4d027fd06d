/**
 * Data that do not lie in memory whole: which rows come in which order, and which of them lie in memory when. Everything
 * here follows from the seed, the sizes and the epoch, so it is the same for any number of threads and after any resume.
 *
 * Blocks of neighbouring rows come in an order keyed by (seed, epoch); so many of them make a window, whose training rows
 * are shuffled, keyed by (seed, epoch, window). Windows are numbered through all epochs.
 */
import { RESIDENT } from '../data/resident.js';
import { keyed, shuffle } from '../random.js';

export interface WindowSizes {
  readonly seed: number;
  /** Rows of the whole source, of which the last block may have fewer than the others. */
  readonly rows: number;
  /** Rows a block, and blocks a window. */
  readonly block: number;
  readonly perWindow: number;
  readonly batchSize: number;
  readonly trainRows: number;
  /** How many of a block's rows are for training. */
  trainRowsOf(block: number): number;
}

/** An epoch's blocks in their order, and the training rows before each of its windows and after the last. */
interface Epoch {
  readonly blocks: Uint32Array;
  readonly before: Float64Array;
}

export class Windows {
  readonly perEpoch: number;
  readonly stepsPerEpoch: number;
  readonly #epochs = new Map<number, Epoch>();
  readonly #blocks: number;

  constructor(private readonly sizes: WindowSizes) {
    this.#blocks = Math.ceil(sizes.rows / sizes.block);
    this.perEpoch = Math.ceil(this.#blocks / sizes.perWindow);
    this.stepsPerEpoch = Math.ceil(sizes.trainRows / sizes.batchSize);
  }

  /** Steps whose rows a place must be kept for: those of all windows that lie in memory. */
  static orderSteps({ block, perWindow, batchSize }: Omit<WindowSizes, 'trainRowsOf'>): number {
    // An epoch's last minibatch may be short, and one may lie on the border of two windows.
    return RESIDENT * (Math.ceil((block * perWindow) / batchSize) + 2);
  }

  /** The windows that a step's rows lie in: one, or two that follow each other. */
  of(step: number): { readonly first: number; readonly last: number } {
    const { batchSize, trainRows } = this.sizes;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const from = (step - epoch * this.stepsPerEpoch) * batchSize;
    const to = Math.min(trainRows, from + batchSize) - 1;
    return { first: this.#at(epoch, from), last: this.#at(epoch, to) };
  }

  /** The step after the last one whose rows all lie in window `window` or before. */
  endOf(window: number): number {
    const { epoch, place, before } = this.#find(window);
    const rows = before[place + 1];
    const steps =
      rows === this.sizes.trainRows ? this.stepsPerEpoch : Math.floor(rows / this.sizes.batchSize);
    return epoch * this.stepsPerEpoch + steps;
  }

  /** A window's blocks: each one's first row and how many rows it has. */
  blocksOf(window: number): { readonly first: number; readonly rows: number }[] {
    const { block, perWindow, rows } = this.sizes;
    const { place, blocks } = this.#find(window);
    return [...blocks.subarray(place * perWindow, (place + 1) * perWindow)].map((number) => {
      const first = number * block;
      return { first, rows: Math.min(block, rows - first) };
    });
  }

  /**
   * Where the training rows of a window come, in a shuffled order.
   * @param places of its training rows, which are shuffled in place
   * @param use is told the step and the place in its minibatch of each
   */
  deal(window: number, places: Uint32Array, use: (row: number, step: number, at: number) => void): void {
    const { seed, batchSize } = this.sizes;
    const { epoch, place, before } = this.#find(window);
    shuffle(places, keyed(seed, 'window', epoch, place));
    const firstStep = epoch * this.stepsPerEpoch;
    for (let k = 0; k < places.length; k++) {
      const row = before[place] + k;
      const step = Math.floor(row / batchSize);
      use(places[k], firstStep + step, row - step * batchSize);
    }
  }

  #at(epoch: number, row: number): number {
    const { before } = this.#epoch(epoch);
    let place = 0;
    while (before[place + 1] <= row) place++;
    return epoch * this.perEpoch + place;
  }

  #find(window: number): Epoch & { readonly epoch: number; readonly place: number } {
    const epoch = Math.floor(window / this.perEpoch);
    return { epoch, place: window - epoch * this.perEpoch, ...this.#epoch(epoch) };
  }

  #epoch(number: number): Epoch {
    const known = this.#epochs.get(number);
    if (known) return known;
    const { seed, perWindow, trainRowsOf } = this.sizes;
    const blocks = shuffle(
      Uint32Array.from({ length: this.#blocks }, (_, block) => block),
      keyed(seed, 'blocks', number),
    );
    const before = new Float64Array(this.perEpoch + 1);
    for (const [k, block] of blocks.entries()) before[Math.floor(k / perWindow) + 1] += trainRowsOf(block);
    for (let place = 0; place < this.perEpoch; place++) before[place + 1] += before[place];
    const epoch = { blocks, before };
    // Two epochs are under way at most.
    for (const old of this.#epochs.keys()) if (old < number - 1) this.#epochs.delete(old);
    this.#epochs.set(number, epoch);
    return epoch;
  }
}
