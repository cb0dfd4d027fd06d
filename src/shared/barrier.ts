/** Where the workers of a run meet. */
import { Aborted, Word } from './control.js';

/**
 * A barrier for `parties` threads over shared words, used again and again (a generation counter instead of a
 * flag). Waits by looking `spins` times, then sleeps in `Atomics.wait`.
 *
 * Order, and why nobody is left behind: the last to arrive resets `arrived` *before* it raises `generation`,
 * so whoever sees the new generation can arrive anew at once. A sleeper raises `sleepers` before
 * `Atomics.wait` compares `generation` again; the last to arrive raises `generation` before it reads
 * `sleepers`. Atomics are sequentially consistent, so either it sees the sleeper and notifies, or the
 * sleeper's comparison sees the new generation and does not sleep.
 */
export class Barrier {
  constructor(
    private readonly words: Int32Array,
    private readonly parties: number,
    private readonly spins: number,
  ) {}

  /** @throws Aborted when a thread has failed, before or while waiting. */
  meet(): void {
    this.wait(this.arrive());
  }

  /** Says that this thread is there; between this and `wait` it may do what concerns nobody else. */
  arrive(): number {
    const { words } = this;
    if (this.parties === 1) return 0;
    const generation = Atomics.load(words, Word.generation);
    if (Atomics.add(words, Word.arrived, 1) === this.parties - 1) {
      Atomics.store(words, Word.arrived, 0);
      Atomics.add(words, Word.generation, 1);
      if (Atomics.load(words, Word.sleepers) > 0) Atomics.notify(words, Word.generation);
    }
    return generation;
  }

  /**
   * Waits for all others to arrive.
   * @param generation what `arrive` returned
   * @throws Aborted when a thread has failed, before or while waiting.
   */
  wait(generation: number): void {
    if (this.parties > 1) this.#waitForChange(generation);
    if (Atomics.load(this.words, Word.abort) !== 0) throw new Aborted('another worker failed');
  }

  #waitForChange(generation: number): void {
    const { words } = this;
    for (let spin = 0; spin < this.spins; spin++) {
      if (Atomics.load(words, Word.generation) !== generation) return;
    }
    Atomics.add(words, Word.sleepers, 1);
    // `abort` sets its flag before it raises the generation: who read the new generation sees the flag here.
    while (Atomics.load(words, Word.generation) === generation && Atomics.load(words, Word.abort) === 0) {
      Atomics.wait(words, Word.generation, generation);
    }
    Atomics.sub(words, Word.sleepers, 1);
  }
}

/** Frees everybody who waits or will wait: they throw `Aborted`. */
export function abort(words: Int32Array): void {
  Atomics.store(words, Word.abort, 1);
  Atomics.add(words, Word.generation, 1);
  Atomics.notify(words, Word.generation);
}

/** Makes the words ready for the next meeting; only while no worker runs. */
export function resetBarrier(words: Int32Array): void {
  for (const word of [
    Word.abort,
    Word.stopNow,
    Word.nextPiece,
    Word.piecesDone,
    Word.arrived,
    Word.sleepers,
    Word.nextTile,
  ])
    words[word] = 0;
}
