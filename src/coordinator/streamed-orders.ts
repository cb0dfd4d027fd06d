/**
 * Rows that are read while the workers compute: three windows lie in memory, the one that steps are made of, the one
 * before it and the next, which is being read.
 */
import { RESIDENT } from '../data/resident.js';
import type { DataWindow, RowStream } from '../data/source.js';
import { Windows } from '../plan/windows.js';
import { view } from '../shared/arena.js';
import { LaneOrders } from './lane-orders.js';
import { classOf, hasOneClass, wrongWindow } from './one-class.js';
import { type Orders, ResidentOrders } from './orders.js';
import { windowOf } from './weights.js';
import type { Workspace } from './workspace.js';

/** @param epochs of the whole run @param from the step that it begins with */
export function ordersOf(workspace: Workspace, stepsPerEpoch: number, epochs: number, from: number): Orders {
  const { stream } = workspace.source;
  if (stream === undefined) return new ResidentOrders(workspace, stepsPerEpoch, epochs, from);
  return stream.lanes
    ? new LaneOrders(workspace, stream, stream.lanes, epochs)
    : new StreamedOrders(workspace, stream, epochs);
}

class StreamedOrders implements Orders {
  readonly #windows: Windows;
  readonly #order: Uint32Array;
  readonly #window: DataWindow;
  readonly #batchSize: number;
  readonly #orderSteps: number;
  /** Windows that are read or being read, by their numbers. */
  readonly #reading = new Map<number, Promise<void>>();
  #last = -1;

  constructor(
    private readonly workspace: Workspace,
    private readonly stream: RowStream,
    /** Windows of the whole run: none is read after them. */
    private readonly epochs: number,
  ) {
    const { setup } = workspace;
    const { memory, layout } = setup;
    this.#order = view(memory, layout.order);
    this.#window = windowOf(memory, layout);
    this.#batchSize = setup.batchSize;
    this.#orderSteps = setup.orderSteps;
    this.#windows = new Windows({
      seed: setup.seed,
      rows: stream.rows,
      block: stream.block,
      perWindow: stream.perWindow,
      batchSize: setup.batchSize,
      trainRows: setup.trainRows,
      trainRowsOf: (block) => stream.trainRowsOf(block),
    });
  }

  async prepare(from: number): Promise<number> {
    const { first, last } = this.#windows.of(from);
    for (const old of this.#reading.keys()) {
      if (old >= first && old < first + RESIDENT) continue;
      // Its place is wanted: nobody may be writing there any more.
      await this.#reading.get(old)?.catch(() => {});
      this.#reading.delete(old);
    }
    await Promise.all([this.#read(first), this.#read(last)]);
    this.#last = last;
    return this.#windows.endOf(last);
  }

  ahead(): void {
    const next = this.#last + 1;
    if (next < this.epochs * this.#windows.perEpoch) this.#read(next).catch(() => {});
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#reading.values());
  }

  #read(window: number): Promise<void> {
    let reading = this.#reading.get(window);
    if (reading === undefined) {
      reading = this.#fill(window);
      this.#reading.set(window, reading);
      reading.catch(() => this.#reading.delete(window));
    }
    return reading;
  }

  /** Reads a window's blocks into its place, and writes where its rows come. */
  async #fill(window: number): Promise<void> {
    const { stream } = this;
    const begin = (window % RESIDENT) * stream.block * stream.perWindow;
    const places: number[] = [];
    let place = begin;
    for (const { first, rows } of this.#windows.blocksOf(window)) {
      await stream.read(first, rows, this.#window, place);
      const from = place;
      this.workspace.checkTargets?.(place, rows, (at) => first + at - from);
      this.workspace.fillWeights?.(place, rows);
      for (let k = 0; k < rows; k++) if (stream.isTrain(first + k)) places.push(place + k);
      place += rows;
    }
    this.#refuseOneClass(places);
    this.#windows.deal(window, Uint32Array.from(places), (row, step, at) => {
      this.#order[(step % this.#orderSteps) * this.#batchSize + at] = row;
    });
  }

  /** @throws UserError where the window's rows are all of one class, though there are others */
  #refuseOneClass(places: readonly number[]): void {
    const { setup } = this.workspace;
    if (!hasOneClass(setup, this.#windows.perEpoch)) return;
    const { block, perWindow } = this.stream;
    const what = `${perWindow} blocks of ${block} rows`;
    const wrong = wrongWindow(classOf(setup, places), places.length, what);
    if (wrong) throw wrong;
  }
}
