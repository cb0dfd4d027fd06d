/**
 * Rows that are read while the workers compute, where each shard has rows of its own (plan/lanes.ts): this host reads those
 * of its shards. Two windows lie in memory, the one that steps are made of and the next, which is being read.
 */
import { RESIDENT_LANES } from '../data/resident.js';
import type { DataWindow, LaneWindow, RowStream } from '../data/source.js';
import { Lanes, type Piece } from '../plan/lanes.js';
import { cut } from '../plan/shards.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { ofAll, onAll } from './hosts-of-run.js';
import { Classes, classOf, hasOneClass, wrongWindow } from './one-class.js';
import type { Orders } from './orders.js';
import { windowOf } from './weights.js';
import type { Workspace } from './workspace.js';

export class LaneOrders implements Orders {
  rowsRead = 0;
  readonly #setup: Setup;
  readonly #lanes: Lanes;
  readonly #order: Uint32Array;
  readonly #window: DataWindow;
  /** This host's lanes, [first, end). */
  readonly #own: { readonly first: number; readonly end: number };
  /** How many rows windows have here that are read or being read, by their numbers. */
  readonly #reading = new Map<number, Promise<number>>();
  /** What is read comes one after another: all of it passes through the same places. */
  #queue: Promise<unknown> = Promise.resolve();
  /** The window that all hosts have agreed on. */
  #ready = -1;

  constructor(
    private readonly workspace: Workspace,
    private readonly stream: RowStream,
    private readonly sizes: LaneWindow,
    /** Windows of the whole run: none is read after them. */
    private readonly epochs: number,
  ) {
    const { setup } = workspace;
    const { memory, layout, shards, exchange } = setup;
    this.#setup = setup;
    this.#order = view(memory, layout.order);
    this.#window = windowOf(memory, layout);
    const { host, hosts } = exchange ?? { host: 0, hosts: 1 };
    this.#own = { first: cut(shards, hosts, host), end: cut(shards, hosts, host + 1) };
    this.#lanes = new Lanes({
      seed: setup.seed,
      rows: stream.rows,
      block: stream.block,
      steps: sizes.steps,
      batchSize: setup.batchSize,
      shards,
      trainRows: setup.trainRows,
      isTrain: (row) => stream.isTrain(row),
      trainRowsOf: (block) => stream.trainRowsOf(block),
    });
  }

  /** All hosts come here at the same steps: one that cannot read ends the run on all of them. */
  async prepare(from: number): Promise<number> {
    const window = this.#lanes.windowOf(from);
    for (const old of this.#reading.keys()) {
      if (old < window || old >= window + RESIDENT_LANES) await this.#forget(old);
    }
    if (window !== this.#ready) {
      await onAll(this.workspace.hosts, () => this.#read(window));
      await this.#refuseOneClass(window);
      this.#ready = window;
    }
    return this.#lanes.endOf(window);
  }

  ahead(): void {
    const next = this.#ready + 1;
    if (next < this.epochs * this.#lanes.perEpoch) this.#read(next).catch(() => {});
  }

  /** Row by row, into the places of the windows: no step is made after it. */
  async whole(step: number): Promise<void> {
    await this.close();
    this.#reading.clear();
    this.#ready = -1;
    const rows = this.#lanes.rowsOf(step);
    for (const [at, row] of rows.entries()) {
      await this.stream.read(row, 1, this.#window, at);
      this.#put(step, at, at);
    }
    this.workspace.fillWeights?.(0, rows.length);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#reading.values());
  }

  /** Its place is wanted: nobody may be writing there any more. */
  async #forget(window: number): Promise<void> {
    await this.#reading.get(window)?.catch(() => {});
    this.#reading.delete(window);
  }

  #read(window: number): Promise<number> {
    let reading = this.#reading.get(window);
    if (reading === undefined) {
      reading = this.#queue.then(() => this.#fill(window));
      this.#queue = reading.catch(() => {});
      this.#reading.set(window, reading);
      reading.catch(() => this.#reading.delete(window));
    }
    return reading;
  }

  /** Reads this host's rows of a window into its places, and writes where they come. @returns how many there are */
  async #fill(window: number): Promise<number> {
    const from = this.#placeOf(window);
    let place = from;
    for (let lane = this.#own.first; lane < this.#own.end; lane++) {
      const begin = place;
      for (const piece of this.#lanes.piecesOf(window, lane)) {
        await this.#take(piece, place);
        place += piece.trainRows;
      }
      this.workspace.fillWeights?.(begin, place - begin);
      this.#lanes.deal(window, lane, (k, step, at) => this.#put(step, at, begin + k));
    }
    return place - from;
  }

  /** Reads the training rows of a piece to `place` and those after it: what lies between them goes no further than the spare places. */
  async #take({ first, rows, trainRows }: Piece, place: number): Promise<void> {
    const { stream, sizes } = this;
    this.rowsRead += rows;
    if (rows === trainRows) return stream.read(first, rows, this.#window, place);
    await stream.read(first, rows, this.#window, sizes.spare);
    for (let k = 0, to = place; k < rows; ) {
      let end = k;
      while (end < rows && stream.isTrain(first + end)) end++;
      this.#copy(sizes.spare + k, to, end - k);
      to += end - k;
      k = end + 1;
    }
  }

  #copy(from: number, to: number, rows: number): void {
    const { features, targets, weights } = this.#window;
    const { source } = this.workspace;
    const copied = [
      [features, source.features],
      [targets, source.targets.kind === 'class' ? 1 : source.outputs],
      [weights, 1],
    ] as const;
    for (const [values, width] of copied) values?.copyWithin(to * width, from * width, (from + rows) * width);
  }

  #put(step: number, at: number, place: number): void {
    const { orderSteps, batchSize } = this.#setup;
    this.#order[(step % orderSteps) * batchSize + at] = place;
  }

  #placeOf(window: number): number {
    return (window % RESIDENT_LANES) * this.sizes.rows;
  }

  /** @throws UserError on all hosts where the window's rows are all of one class, though there are others */
  async #refuseOneClass(window: number): Promise<void> {
    const setup = this.#setup;
    if (!hasOneClass(setup, this.#lanes.perEpoch)) return;
    const begin = this.#placeOf(window);
    const rows = await this.#read(window);
    const own = classOf(
      setup,
      Array.from({ length: rows }, (_, k) => begin + k),
    );
    const all = await ofAll(this.workspace.hosts, [own, rows]);
    const classes = new Set(all.map(([one]) => one).filter((one) => one !== Classes.none));
    if (classes.size > 1) return;
    const [one = Classes.none] = classes;
    const total = all.reduce((sum, [, count]) => sum + count, 0);
    const wrong = wrongWindow(one, total, `${this.sizes.steps} minibatches of ${setup.batchSize} rows`);
    if (wrong) await onAll(this.workspace.hosts, () => Promise.reject(wrong));
  }
}
