/**
 * Data that do not lie in memory whole, where several hosts train together: which rows each shard of a minibatch has, so
 * that a host reads the rows of its own shards alone. Everything here follows from the seed, the sizes and the epoch, so it
 * is the same for any number of hosts and threads and after any resume.
 *
 * Blocks of neighbouring rows come in an order keyed by (seed, epoch). Their training rows, one block after another, are one
 * sequence, which is cut into a lane for each shard: as many rows as that shard has in the epoch's minibatches together. So
 * each row is in one lane, and no lane ends before the epoch does. A window is the same minibatches for all lanes: of each
 * lane so many rows, one after another, which are shuffled among themselves, keyed by (seed, epoch, window, lane). Windows
 * are numbered through all epochs.
 */
import { keyed, shuffle } from '../random.js';
import { cut, shardsOf } from './shards.js';

export interface LaneSizes {
  readonly seed: number;
  /** Rows of the whole source, of which the last block may have fewer than the others. */
  readonly rows: number;
  readonly block: number;
  /** Minibatches a window; an epoch's last one may have fewer. */
  readonly steps: number;
  readonly batchSize: number;
  readonly shards: number;
  readonly trainRows: number;
  isTrain(row: number): boolean;
  /** How many of a block's rows are for training. */
  trainRowsOf(block: number): number;
}

/** Neighbouring rows of the source, of which the first and the last, and so many in all, are for training. */
export interface Piece {
  readonly first: number;
  readonly rows: number;
  readonly trainRows: number;
}

/** An epoch's blocks in their order, and the training rows before each of them and after the last. */
interface Epoch {
  readonly blocks: Uint32Array;
  readonly before: Float64Array;
}

/** Told of a lane's rows in a window by their places among these: the step and the place in its minibatch of each. */
export type UseDealt = (k: number, step: number, at: number) => void;

export class Lanes {
  readonly stepsPerEpoch: number;
  readonly perEpoch: number;
  readonly #epochs = new Map<number, Epoch>();

  constructor(private readonly sizes: LaneSizes) {
    this.stepsPerEpoch = Math.ceil(sizes.trainRows / sizes.batchSize);
    this.perEpoch = Math.ceil(this.stepsPerEpoch / sizes.steps);
  }

  /** The window that all rows of a step lie in. */
  windowOf(step: number): number {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    return epoch * this.perEpoch + Math.floor((step - epoch * this.stepsPerEpoch) / this.sizes.steps);
  }

  /** The step after a window's last. */
  endOf(window: number): number {
    const { epoch, to } = this.#find(window);
    return epoch * this.stepsPerEpoch + to;
  }

  /** What a lane reads for a window, in the order of its rows. */
  piecesOf(window: number, lane: number): Piece[] {
    const { epoch, from, to } = this.#find(window);
    const order = this.#epoch(epoch);
    const end = this.#begin(lane, to);
    const pieces: Piece[] = [];
    let at = this.#begin(lane, from);
    for (let k = placeOf(order.before, at); at < end; k++) {
      const count = Math.min(end, order.before[k + 1]) - at;
      if (count > 0) pieces.push(this.#piece(order.blocks[k], at - order.before[k], count));
      at += count;
    }
    return pieces;
  }

  /** Where the rows of a lane in a window come, in a shuffled order. */
  deal(window: number, lane: number, use: UseDealt): void {
    const { epoch, place, from, to } = this.#find(window);
    const rows = Uint32Array.from({ length: this.#begin(lane, to) - this.#begin(lane, from) }, (_, k) => k);
    shuffle(rows, keyed(this.sizes.seed, 'lane', epoch, place, lane));
    let k = 0;
    for (let step = from; step < to; step++) {
      const end = this.#shardRow(step, lane + 1);
      for (let at = this.#shardRow(step, lane); at < end; at++) {
        use(rows[k++], epoch * this.stepsPerEpoch + step, at);
      }
    }
  }

  /** The numbers in the source of a step's rows, of all lanes. */
  rowsOf(step: number): Uint32Array {
    const window = this.windowOf(step);
    const { epoch, from, to } = this.#find(window);
    const order = this.#epoch(epoch);
    const rows = new Uint32Array(this.#rowsIn(step - epoch * this.stepsPerEpoch));
    for (let lane = 0; lane < this.sizes.shards; lane++) {
      const begin = this.#begin(lane, from);
      if (this.#begin(lane, to) === begin) continue;
      this.deal(window, lane, (k, when, at) => {
        if (when !== step) return;
        const block = placeOf(order.before, begin + k);
        rows[at] = this.#piece(order.blocks[block], begin + k - order.before[block], 1).first;
      });
    }
    return rows;
  }

  /** Rows of the minibatch of a step of any epoch. */
  #rowsIn(step: number): number {
    const { batchSize, trainRows } = this.sizes;
    return Math.min(batchSize, trainRows - step * batchSize);
  }

  /** The row of the minibatch that a shard begins with, as `Batch` cuts it. */
  #shardRow(step: number, shard: number): number {
    const rows = this.#rowsIn(step);
    const shards = shardsOf(rows, this.sizes.shards);
    return cut(rows, shards, Math.min(shards, shard));
  }

  /** The place in the epoch's sequence of the first row that a lane has in a step, or in those after it. */
  #begin(lane: number, step: number): number {
    const last = this.stepsPerEpoch - 1;
    const full = (shard: number) => this.#shardRow(0, shard);
    // What the lanes before have in all: full minibatches, and the last one.
    const before = (shard: number) => last * full(shard) + this.#shardRow(last, shard);
    if (step > last) return before(lane + 1);
    return before(lane) + step * (full(lane + 1) - full(lane));
  }

  /** So many training rows of a block, from its training row number `from` on. */
  #piece(block: number, from: number, count: number): Piece {
    const { rows, block: size, isTrain, trainRowsOf } = this.sizes;
    const begin = block * size;
    if (trainRowsOf(block) === Math.min(size, rows - begin)) {
      return { first: begin + from, rows: count, trainRows: count };
    }
    let row = begin;
    for (let left = from; left > 0 || !isTrain(row); row++) if (isTrain(row)) left--;
    const first = row;
    for (let left = count - 1; left > 0; ) if (isTrain(++row)) left--;
    return { first, rows: row + 1 - first, trainRows: count };
  }

  #find(window: number) {
    const epoch = Math.floor(window / this.perEpoch);
    const place = window - epoch * this.perEpoch;
    const from = place * this.sizes.steps;
    return { epoch, place, from, to: Math.min(this.stepsPerEpoch, from + this.sizes.steps) };
  }

  #epoch(number: number): Epoch {
    const known = this.#epochs.get(number);
    if (known) return known;
    const { seed, rows, block, trainRowsOf } = this.sizes;
    const blocks = shuffle(
      Uint32Array.from({ length: Math.ceil(rows / block) }, (_, k) => k),
      keyed(seed, 'blocks', number),
    );
    const before = new Float64Array(blocks.length + 1);
    for (const [k, which] of blocks.entries()) before[k + 1] = before[k] + trainRowsOf(which);
    const epoch = { blocks, before };
    // Two epochs are under way at most.
    for (const old of this.#epochs.keys()) if (old < number - 1) this.#epochs.delete(old);
    this.#epochs.set(number, epoch);
    return epoch;
  }
}

/** The last place whose number is at most `number`, of numbers that do not fall and begin with 0. */
function placeOf(numbers: Float64Array, number: number): number {
  let low = 0;
  let high = numbers.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (numbers[middle] <= number) low = middle;
    else high = middle;
  }
  return low;
}
