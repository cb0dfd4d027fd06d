/** In which order training rows come, step by step: who writes their numbers to where workers look for them. */
import type { Workspace } from './workspace.js';

/** Kept by a run's training. */
export interface Orders {
  /**
   * Has the rows of step `from` and of those after it ready in memory.
   * @returns the step up to which they are
   * @throws UserError where they cannot be read
   */
  prepare(from: number): Promise<number>;
  /** Makes more ready while the workers take steps up to `to`. */
  ahead(to: number): void;
  /** Has all rows of a step in memory, where this host has those of its own shards alone; no step is made afterwards. */
  whole?(step: number): Promise<void>;
  /** Rows of the source that were read so far; undefined: nobody counts, as all hosts read the same. */
  readonly rowsRead?: number;
  /** Afterwards nothing is under way. */
  close(): Promise<void>;
}

/** Rows that all lie in memory: an epoch's order is a shuffle of them, written into one of a few slots. */
export class ResidentOrders implements Orders {
  /** Orders of epochs before this one are written. */
  #prepared: number;

  constructor(
    private readonly workspace: Workspace,
    private readonly stepsPerEpoch: number,
    private readonly epochs: number,
    from: number,
  ) {
    this.#prepared = Math.floor(from / stepsPerEpoch);
  }

  async prepare(from: number): Promise<number> {
    const epoch = Math.floor(from / this.stepsPerEpoch);
    // As many epochs as have their orders written at a time, less the one that is made meanwhile.
    const to = epoch + this.workspace.setup.layout.orderSlots - 1;
    this.#prepareTo(to);
    return to * this.stepsPerEpoch;
  }

  ahead(to: number): void {
    this.#prepareTo(Math.ceil(to / this.stepsPerEpoch) + 1);
  }

  async close(): Promise<void> {}

  #prepareTo(end: number): void {
    const last = Math.min(end, this.epochs);
    for (; this.#prepared < last; this.#prepared++) this.workspace.prepareOrder(this.#prepared);
  }
}
