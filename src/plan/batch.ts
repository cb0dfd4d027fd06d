/**
 * Which rows a step is made of, how they are cut into shards, and which of these are a worker's: it follows from the
 * configuration, the step's number, and who asks.
 *
 * With `train.accumulate: k` a step's rows are taken in k parts, one after another: its shards are those of a minibatch
 * k times as large, and a part is as many of them as `train.shards` says, of this host's. Shards and rows are then
 * counted from the part's first.
 */

import type { BatchView } from '../model/layers/layer.js';
import type { Offset } from '../model/operations.js';
import { cut, shardsOf } from './shards.js';
import type { Setup } from './task.js';

/** The minibatch of one step after another as one worker sees it; used again and again, as steps leave no garbage. */
export class Batch implements BatchView {
  step = 0;
  /** Which part of the step, and how many there are. */
  part = 0;
  parts = 1;
  /** All rows and shards of the step. */
  stepRows = 0;
  stepShards = 0;
  /** The part's first row and shard among those of the step. */
  base = 0;
  baseShard = 0;
  slot = 0;
  /** Where the numbers of its rows in the data set lie. */
  order: Offset = 0;
  rows = 0;
  shards = 0;
  /** This host's shards of the step: the first one, and how many; all of them where there is one host. */
  hostShard = 0;
  hostShards = 0;
  /** The same of the part. */
  ownShard = 0;
  ownShards = 0;
  /** This worker's shards, [firstShard, endShard): their rows lie next to each other. */
  firstShard = 0;
  endShard = 0;
  readonly #stepsPerEpoch: number;
  /** A part's shards, where a step has several parts; of an epoch's last step. */
  readonly #partShards: number;
  readonly #lastParts: number;
  /** The row that each shard begins with, and the last one's end; layers ask for it in every call. */
  readonly #shardRows: Int32Array;

  /** @param threads workers that share each minibatch, this one being number `worker` */
  constructor(
    private readonly setup: Setup,
    private readonly worker = 0,
    private readonly threads = 1,
  ) {
    this.#stepsPerEpoch = Math.ceil(setup.trainRows / setup.batchSize);
    this.#shardRows = new Int32Array(setup.shards + 1);
    const { accumulate = 1, exchange, shards, batchSize, trainRows } = setup;
    this.#partShards = accumulate === 1 ? 0 : shards / (exchange?.hosts ?? 1) / accumulate;
    this.#cut(trainRows - (this.#stepsPerEpoch - 1) * batchSize);
    this.#lastParts = this.parts;
  }

  /** Turns to the minibatch of a step, or to a part of it; steps are counted through all epochs. */
  find(step: number, part = 0): this {
    const { batchSize, trainRows, layout, orderSteps } = this.setup;
    const epoch = Math.floor(step / this.#stepsPerEpoch);
    const begin = (step - epoch * this.#stepsPerEpoch) * batchSize;
    this.step = step;
    this.slot = step & 1;
    const place =
      orderSteps > 0 ? (step % orderSteps) * batchSize : (epoch % layout.orderSlots) * trainRows + begin;
    const rows = Math.min(batchSize, trainRows - begin);
    // All but an epoch's last have as many.
    if (rows !== this.stepRows) this.#cut(rows);
    if (this.#partShards > 0) this.#take(part, epoch);
    this.order = layout.order.offset + (place + this.base) * 4;
    return this;
  }

  /** Turns to a part of the step. */
  #take(part: number, epoch: number): void {
    const { accumulate = 1 } = this.setup;
    const before = part * this.#partShards;
    const count = Math.max(0, Math.min(this.#partShards, this.hostShards - before));
    this.part = part;
    this.baseShard = this.hostShard + before;
    this.base = this.#shardRows[this.baseShard];
    this.rows = this.#shardRows[this.baseShard + count] - this.base;
    this.#own(0, count);
    this.shards = count;
    // Parts take turns in the two slots, and an epoch's last step may have fewer of them.
    const fewer = epoch * (accumulate - this.#lastParts);
    this.slot = (this.step * accumulate - fewer + part) % 2;
  }

  /** Which shards are this host's, and which of them this worker's. */
  #own(from: number, count: number): void {
    this.ownShard = from;
    this.ownShards = count;
    this.firstShard = from + cut(count, this.threads, this.worker);
    this.endShard = from + cut(count, this.threads, this.worker + 1);
  }

  /** Rows that are no minibatch, as one shard: what is evaluated is of this class too, so that passes know one alone. */
  whole(rows: number): this {
    this.rows = rows;
    this.shards = 1;
    this.base = 0;
    this.baseShard = 0;
    this.#shardRows[1] = rows;
    return this;
  }

  #cut(rows: number): void {
    const { shards, exchange } = this.setup;
    this.rows = rows;
    this.stepRows = rows;
    this.shards = shardsOf(rows, shards);
    this.stepShards = this.shards;
    // Hosts have shards by the configured number, so that what each sums is a subtree whatever the number of rows.
    const { host = 0, hosts = 1 } = exchange ?? {};
    const from = Math.min(this.shards, cut(shards, hosts, host));
    const count = Math.min(this.shards, cut(shards, hosts, host + 1)) - from;
    this.hostShard = from;
    this.hostShards = count;
    this.#own(from, count);
    this.parts = this.#partShards === 0 ? 1 : Math.max(1, Math.ceil(count / this.#partShards));
    for (let shard = 0; shard <= this.shards; shard++) this.#shardRows[shard] = cut(rows, this.shards, shard);
  }

  /** Whether the step ends with this part. */
  get isLast(): boolean {
    return this.part + 1 === this.parts;
  }

  /** The row of the part that a shard begins with; the end of the last for the one after it. */
  shardRow(shard: number): number {
    return this.#shardRows[this.baseShard + shard] - this.base;
  }

  /** The first of this worker's rows. */
  get firstRow(): number {
    return this.shardRow(this.firstShard);
  }

  /** How many rows are this worker's. */
  get ownRows(): number {
    return this.shardRow(this.endShard) - this.firstRow;
  }
}
