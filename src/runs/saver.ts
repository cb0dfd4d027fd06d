/**
 * Writes checkpoints while training goes on. Where the disk is slower than they come, those in between are left out:
 * what waits is the newest, and the best. Knows nothing of what is in them.
 */
import type { Checkpoint } from './checkpoint.js';

/** What waits to be written: the record of its run is added when its turn has come. */
export type Unwritten = Omit<Checkpoint, 'record'>;

export class Saver {
  #newest: Unwritten | undefined;
  #best: Unwritten | undefined;
  #writing: Promise<void> | undefined;
  #failure: unknown;

  constructor(private readonly save: (checkpoint: Unwritten) => Promise<void>) {}

  /** Has a checkpoint written, whose tensors must not change any more. Steps must ascend. */
  offer(checkpoint: Unwritten): void {
    if (this.#failure !== undefined) return;
    this.#newest = checkpoint;
    if (checkpoint.state.best?.step === checkpoint.state.step) this.#best = checkpoint;
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    try {
      // The best is at most as new as the newest: in this order steps ascend, and the last written is the newest.
      for (let next = this.#best ?? this.#newest; next; next = this.#best ?? this.#newest) {
        if (next === this.#newest) this.#newest = undefined;
        this.#best = undefined;
        await this.save(next);
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#writing = undefined;
    }
  }

  /** @throws what went wrong with a checkpoint, if anything did */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves once everything that was offered is written. @throws what went wrong */
  async drain(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    this.check();
  }
}
