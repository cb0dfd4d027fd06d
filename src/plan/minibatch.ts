/**
 * Which rows a step is made of, and how they are cut into shards: it follows from the configuration and the step's
 * number alone.
 */
import type { Offset } from '../engines/engine.js';
import { cut, shardsOf } from './shards.js';
import type { Setup } from './task.js';

/** The minibatch of one step after another; one object for all of them, as steps leave no garbage. */
export class Minibatch {
  /** Where the numbers of its rows in the data set lie. */
  order: Offset = 0;
  rows = 0;
  shards = 0;
  readonly #stepsPerEpoch: number;

  constructor(private readonly setup: Setup) {
    this.#stepsPerEpoch = Math.ceil(setup.trainRows / setup.batchSize);
  }

  /** Turns to the minibatch of a step; steps are counted through all epochs. */
  find(step: number): void {
    const { batchSize, trainRows, layout, shards } = this.setup;
    const epoch = Math.floor(step / this.#stepsPerEpoch);
    const begin = (step - epoch * this.#stepsPerEpoch) * batchSize;
    this.order = layout.order.offset + ((epoch % layout.orderSlots) * trainRows + begin) * 4;
    this.rows = Math.min(batchSize, trainRows - begin);
    this.shards = shardsOf(this.rows, shards);
  }

  /** The row that a shard begins with. */
  shardRow(shard: number): number {
    return cut(this.rows, this.shards, shard);
  }
}
