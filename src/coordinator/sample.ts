/** Which parameters of a layer are compared: drawn by the seed, and more of them where some cannot be. */
import type { SharedParameters } from '../plan/task.js';
import { keyed, shuffle } from '../random.js';

/** The parameters of one layer, its numeric derivatives as far as they are there, and what is still to be tried. */
/** Parts of the vector of parameters. */
type Spans = readonly { readonly offset: number; readonly length: number }[];

export class Sample {
  /** All parameters in the order in which they are tried. */
  readonly #order: Uint32Array;
  /** How many of them are wanted. */
  readonly #wanted: number;
  #tried = 0;
  #compared = 0;
  readonly #indices: Uint32Array;
  readonly #numeric: Float64Array;
  readonly #errors: Float64Array;

  /** @param sample how many parameters are wanted; null: all */
  constructor(
    layer: {
      readonly name: string;
      readonly first: number;
      readonly parameters: number;
      readonly frozen?: Spans;
    },
    sample: number | null,
    seed: number,
  ) {
    const { frozen = [] } = layer;
    const isFrozen = (index: number) =>
      frozen.some(({ offset, length }) => index >= offset && index < offset + length);
    const every = Uint32Array.from({ length: layer.parameters }, (_, k) => layer.first + k);
    const all = frozen.length === 0 ? every : every.filter((index) => !isFrozen(index));
    const some = sample !== null && sample < all.length;
    this.#order = some ? shuffle(all, keyed(seed, 'sample', layer.name)) : all;
    this.#wanted = some ? sample : all.length;
    this.#indices = new Uint32Array(this.#wanted);
    this.#numeric = new Float64Array(this.#wanted);
    this.#errors = new Float64Array(this.#wanted);
  }

  /**
   * The parameters to try next, in rising order: as many as are wanted still, but no fewer than were tried before, so
   * that it takes few rounds where most of them are at kinks. None when there are enough, or all were tried.
   */
  next(): Uint32Array {
    const missing = this.#wanted - this.#compared;
    const count = missing === 0 ? 0 : Math.max(missing, this.#tried);
    const drawn = this.#order.slice(this.#tried, this.#tried + count).sort();
    this.#tried += drawn.length;
    return drawn;
  }

  /** Takes what came of `next`'s parameters, which stand in `found` from `first` on; what is more than wanted is dropped. */
  take(found: SharedParameters, first: number, count: number): void {
    for (let k = first; k < first + count && this.#compared < this.#wanted; k++) {
      if (found.kinks[k] !== 0) {
        this.kinks++;
        continue;
      }
      this.#indices[this.#compared] = found.indices[k];
      this.#numeric[this.#compared] = found.derivatives[k];
      this.#errors[this.#compared++] = found.errors[k];
    }
  }

  /** Puts better derivatives in place of those there are. */
  improve(found: SharedParameters): void {
    this.#numeric.set(found.derivatives);
    this.#errors.set(found.errors);
  }

  /** Parameters that were tried and lie at kinks. */
  kinks = 0;

  get indices(): Uint32Array {
    return this.#indices.subarray(0, this.#compared);
  }

  get numeric(): Float64Array {
    return this.#numeric.subarray(0, this.#compared);
  }

  get errors(): Float64Array {
    return this.#errors.subarray(0, this.#compared);
  }
}
