/**
 * Clipping by the norm of all gradients: their sums are stored as they come, with the squared norm of each part in a place
 * of its own; all meet; each worker adds up the norms in the order of the parts, which no number of threads changes, and
 * updates the parts that it has made, by gradients that are as much smaller as the norm is too large
 * (torch.nn.utils.clip_grad_norm_).
 */
import { UPDATE_BLOCK } from '../averaging/averaging.js';
import type { Engine } from '../engines/engine.js';
import type { Batch } from '../plan/batch.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import type { Averaging, UseSums } from './averaging/averaging.js';

/** Added to the norm, as PyTorch does: no division by 0. */
const EPSILON = 1e-6;

/** What averaged gradients of such a norm are multiplied by. @param most `train.clip.norm` */
export function clipFactor(norm: number, most: number): number {
  return Math.min(1, most / (norm + EPSILON));
}

/** The update of `n` parameters from `first` on by the sums of their gradients, `factor` times which are to count. */
type Apply = (sums: number, first: number, n: number, factor: number) => boolean;

export class NormClipping {
  readonly #norms: Float64Array;
  readonly #gradients: number;
  readonly #most: number;
  /** The parts that this worker has made in this step: first parameters and lengths. Steps leave no garbage. */
  readonly #firsts: Float64Array;
  readonly #lengths: Int32Array;
  #count = 0;

  /** @param meet waits for all workers */
  constructor(
    private readonly engine: Engine,
    { memory, layout, clip }: Setup,
    private readonly meet: () => void,
    private readonly apply: Apply,
  ) {
    this.#norms = view(memory, layout.norms);
    this.#gradients = layout.gradients.offset;
    this.#most = clip?.norm ?? Number.POSITIVE_INFINITY;
    this.#firsts = new Float64Array(this.#norms.length);
    this.#lengths = new Int32Array(this.#norms.length);
  }

  /**
   * Sum → norm → apply, of this worker's share.
   * @returns milliseconds spent on products, if `timed`; NaN where the gradients are not finite, and nothing was applied
   */
  sum(averaging: Averaging, batch: Batch, timed: boolean): number {
    this.#count = 0;
    const spent = averaging.sum(batch, timed, this.#store);
    this.meet();
    let squares = 0;
    for (let part = 0; part < this.#norms.length; part++) squares += this.#norms[part];
    if (!Number.isFinite(squares)) return Number.NaN;
    const factor = clipFactor(Math.sqrt(squares) / batch.stepRows, this.#most);
    for (let k = 0; k < this.#count; k++) {
      const first = this.#firsts[k];
      this.apply(this.#place(first), first, this.#lengths[k], factor);
    }
    return spent;
  }

  /** To the place of the first shard's gradients, which nobody reads any more where these parameters are summed. */
  readonly #store: UseSums = (sums, first, n, part) => {
    const place = this.#place(first);
    if (sums !== place) this.engine.copy(sums, place, n);
    this.#norms[part] = this.engine.squares(place, n);
    this.#firsts[this.#count] = first;
    this.#lengths[this.#count++] = n;
    return true;
  };

  #place(first: number): number {
    return this.#gradients + first * this.engine.bytes;
  }
}

/** Values that slices are cut on where their parts must be whole; see `AveragingPlan.parts`. */
export const wholeParts = ({ clip }: Setup): number | undefined =>
  clip?.norm === undefined ? undefined : UPDATE_BLOCK;
