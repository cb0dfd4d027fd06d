/**
 * Sums of gradients over the parts of a step (`train.accumulate`), in the tree that they would have been added up in as
 * shards of one minibatch: as a counter in binary, whose digits are sums over 1, 2, 4, … parts. Where a part has a power of
 * two of shards, what comes of it has the bits of one minibatch of all parts.
 */
import type { Engine } from '../engines/engine.js';
import type { Offset } from '../model/operations.js';
import type { Batch } from '../plan/batch.js';
import type { Setup } from '../plan/task.js';
import type { Averaging, UseSums } from './averaging/averaging.js';

export class Accumulation {
  readonly #levels: readonly Offset[];

  constructor(
    private readonly engine: Engine,
    { layout }: Pick<Setup, 'layout'>,
  ) {
    this.#levels = layout.accumulated.map(({ offset }) => offset);
  }

  /** Keeps the sums over part `part`, which is not the last: those of the parameters [first, first + n). */
  keep(sums: Offset, first: number, n: number, part: number): void {
    let level = 0;
    for (; (part >> level) & 1; level++) this.#add(sums, first, n, level);
    this.engine.copy(sums, this.#place(level, first), n);
  }

  /** Adds what was kept to the sums over the last part. */
  complete(sums: Offset, first: number, n: number, part: number): void {
    for (let level = 0; part >> level > 0; level++) {
      if ((part >> level) & 1) this.#add(sums, first, n, level);
    }
  }

  /** sums ← kept + sums: the two shards of a tree. A sum writes whole vectors, for which buffers of sums have room. */
  #add(sums: Offset, first: number, n: number, level: number): void {
    const kept = this.#place(level, first);
    this.engine.shards_sum(sums, kept, sums - kept, 2, n);
  }

  #place(level: number, first: number): Offset {
    return this.#levels[level] + first * this.engine.bytes;
  }
}

/** A way of averaging whose sums, where a step has several parts, are those over all of them: used after the last. */
export class Accumulating implements Averaging {
  readonly #accumulation: Accumulation;
  #use: UseSums = () => true;
  #part = 0;

  constructor(
    private readonly averaging: Averaging,
    engine: Engine,
    setup: Setup,
  ) {
    this.#accumulation = new Accumulation(engine, setup);
  }

  collect(batch: Batch): void {
    this.averaging.collect(batch);
  }

  sum(batch: Batch, timed: boolean, use: UseSums): number {
    this.#part = batch.part;
    this.#use = use;
    return this.averaging.sum(batch, timed, batch.isLast ? this.#complete : this.#keep);
  }

  readonly #keep: UseSums = (sums, first, n) => {
    this.#accumulation.keep(sums, first, n, this.#part);
    return true;
  };

  readonly #complete: UseSums = (sums, first, n, part) => {
    this.#accumulation.complete(sums, first, n, this.#part);
    return this.#use(sums, first, n, part);
  };
}
