/** The loss at the end of a pass: from the last layer's values to numbers, and to the first Δ. */
import { losses } from '../model/losses/index.js';
import { startsFromLogits } from '../model/losses/loss.js';
import type { LossOps, NetworkOps, Offset } from '../model/operations.js';
import { scalarsOf } from '../options.js';
import type { Setup } from '../plan/task.js';
import type { Region } from '../shared/arena.js';

/** A run's loss over one set of matrices, of which rows are given by their place. */
export class BoundLoss {
  /** How many layers passes go through: a loss that starts from logits applies the last activation itself. */
  readonly depth: number;
  readonly #ops: LossOps;
  readonly #scalars: readonly number[];
  readonly #outputs: number;
  readonly #rowBytes: number;
  /** The network's outputs, and the logits if these lie elsewhere. */
  readonly #h: Offset;
  readonly #logits: Offset;

  /**
   * @param values the matrices of the layers' outputs
   * @param matrices which of them each layer has
   */
  constructor(
    private readonly engine: NetworkOps,
    { net, loss }: Setup,
    values: readonly Region[],
    matrices: readonly number[],
  ) {
    const last = net.layers.length - 1;
    const member = losses[loss.name];
    const fromLogits = startsFromLogits(member, loss);
    this.depth = fromLogits ? last : last + 1;
    this.#ops = engine.losses[loss.name];
    this.#scalars = scalarsOf(member.options, loss);
    this.#outputs = net.outputs;
    this.#rowBytes = net.outputs * engine.bytes;
    this.#h = values[matrices[last]].offset;
    this.#logits = fromLogits && last > 0 ? values[matrices[last - 1]].offset : this.#h;
  }

  /**
   * The loss summed over rows [first, first + rows), each times its weight; leaves the network's outputs in place of logits.
   * @param y targets @param w weights; 0: none
   */
  forward(y: Offset, w: Offset, first: number, rows: number): number {
    const at = first * this.#rowBytes;
    if (this.#logits !== this.#h) this.engine.copy(this.#logits + at, this.#h + at, rows * this.#outputs);
    return this.#ops.forward(this.#h + at, y + at, this.#from(w, first), rows, this.#outputs, this.#scalars);
  }

  /** Δ by what `forward` began with. @param delta its matrix */
  backward(y: Offset, w: Offset, delta: Offset, first: number, rows: number): void {
    const at = first * this.#rowBytes;
    const weights = this.#from(w, first);
    this.#ops.backward(this.#h + at, y + at, weights, delta + at, rows, this.#outputs, this.#scalars);
  }

  #from(w: Offset, first: number): Offset {
    return w === 0 ? 0 : w + first * this.engine.bytes;
  }
}
