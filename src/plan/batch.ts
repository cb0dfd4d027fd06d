/**
 * Which rows a step is made of, how they are cut into shards, and which of these are a worker's: it follows from the
 * configuration, the step's number, and who asks.
 */

import type { BatchView } from '../model/layers/layer.js';
import type { Offset } from '../model/operations.js';
import { cut, shardsOf } from './shards.js';
import type { Setup } from './task.js';

/** The minibatch of one step after another as one worker sees it; used again and again, as steps leave no garbage. */
export class Batch implements BatchView {
  step = 0;
  slot = 0;
  /** Where the numbers of its rows in the data set lie. */
  order: Offset = 0;
  rows = 0;
  shards = 0;
  /** This host's shards: the first one, and how many; all of them where there is one host. */
  hostShard = 0;
  hostShards = 0;
  /** This worker's shards, [firstShard, endShard): their rows lie next to each other. */
  firstShard = 0;
  endShard = 0;
  readonly #stepsPerEpoch: number;
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
  }

  /** Turns to the minibatch of a step; steps are counted through all epochs. */
  find(step: number): this {
    const { batchSize, trainRows, layout, orderSteps } = this.setup;
    const epoch = Math.floor(step / this.#stepsPerEpoch);
    const begin = (step - epoch * this.#stepsPerEpoch) * batchSize;
    this.step = step;
    this.slot = step & 1;
    const place =
      orderSteps > 0 ? (step % orderSteps) * batchSize : (epoch % layout.orderSlots) * trainRows + begin;
    this.order = layout.order.offset + place * 4;
    const rows = Math.min(batchSize, trainRows - begin);
    // All but an epoch's last have as many.
    if (rows !== this.rows) this.#cut(rows);
    return this;
  }

  /** Rows that are no minibatch, as one shard: what is evaluated is of this class too, so that passes know one alone. */
  whole(rows: number): this {
    this.rows = rows;
    this.shards = 1;
    this.#shardRows[1] = rows;
    return this;
  }

  #cut(rows: number): void {
    const { shards, exchange } = this.setup;
    this.rows = rows;
    this.shards = shardsOf(rows, shards);
    // Hosts have shards by the configured number, so that what each sums is a subtree whatever the number of rows.
    const { host = 0, hosts = 1 } = exchange ?? {};
    const from = Math.min(this.shards, cut(shards, hosts, host));
    const count = Math.min(this.shards, cut(shards, hosts, host + 1)) - from;
    this.hostShard = from;
    this.hostShards = count;
    this.firstShard = from + cut(count, this.threads, this.worker);
    this.endShard = from + cut(count, this.threads, this.worker + 1);
    for (let shard = 0; shard <= this.shards; shard++) this.#shardRows[shard] = cut(rows, this.shards, shard);
  }

  /** The row that a shard begins with; the end of the last for the one after it. */
  shardRow(shard: number): number {
    return this.#shardRows[shard];
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
