/**
 * Writes checkpoints while training goes on. Where the disk is slower than they come, those in between are left out:
 * what waits is the newest, and the best.
 */
import type { Checkpoint } from './checkpoint.js';

/** What waits to be written: the record of its run is added when its turn has come. */
export type Unwritten = Omit<Checkpoint, 'provenance'>;

export class Saver {
  #newest: Unwritten | undefined;
  #best: Unwritten | undefined;
  readonly #releases = new Map<Unwritten, () => void>();
  /** What is being written. */
  #current: Unwritten | undefined;
  #writing: Promise<void> | undefined;
  #failure: unknown;

  constructor(private readonly save: (checkpoint: Unwritten) => Promise<void>) {}

  /**
   * Has a checkpoint written. Steps must ascend.
   * @param release called once nobody needs its tensors any more, which must not change before
   */
  offer(checkpoint: Unwritten, release: () => void = () => {}): void {
    if (this.#failure !== undefined) return;
    this.#releases.set(checkpoint, release);
    this.#newest = checkpoint;
    if (checkpoint.state.best?.step === checkpoint.state.step) this.#best = checkpoint;
    this.#writing ??= this.#write();
    this.#releaseOthers();
  }

  /** Gives back what was written or left out. */
  #releaseOthers(): void {
    for (const [checkpoint, release] of this.#releases) {
      if ([this.#newest, this.#best, this.#current].includes(checkpoint)) continue;
      this.#releases.delete(checkpoint);
      release();
    }
  }

  async #write(): Promise<void> {
    try {
      // The best is at most as new as the newest: in this order steps ascend, and the last written is the newest.
      for (let next = this.#best ?? this.#newest; next; next = this.#best ?? this.#newest) {
        if (next === this.#newest) this.#newest = undefined;
        this.#best = undefined;
        this.#current = next;
        await this.save(next);
        this.#current = undefined;
        this.#releaseOthers();
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
