/** The update of parameters by their gradients' sums: times 1/N, one step of the optimizer with this step's rate. */
import type { Engine, OptimizerOps } from '../engines/engine.js';
import type { Offset } from '../model/operations.js';
import { optimizers } from '../optimizers/index.js';
import { MOST_SCALARS, MOST_SLOTS, type Optimizer } from '../optimizers/optimizer.js';
import { rateOf } from '../optimizers/schedules/index.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { Counter } from '../shared/control.js';

/** Steps leave no garbage: one object for all of them. */
export class Update {
  readonly #optimizer: Optimizer;
  readonly #ops: OptimizerOps;
  readonly #rateOf: (step: number, level: number) => number;
  readonly #counters: Float64Array;
  /** Of slices that decay, and of those that do not; the same numbers where nothing decays, or all does. */
  readonly #decaying = new Float64Array(MOST_SCALARS);
  readonly #staying = new Float64Array(MOST_SCALARS);
  /** Ends of the tensors in the parameter vector, and which of them decay; one where all are alike. */
  readonly #ends: readonly number[];
  readonly #decays: readonly boolean[];
  readonly #alike: boolean;
  readonly #slots: Offset[] = new Array(MOST_SLOTS).fill(0);
  #rate = 0;

  constructor(
    private readonly engine: Engine,
    private readonly setup: Setup,
  ) {
    const { optimizer, net, trainRows, batchSize, steps, memory, layout } = setup;
    this.#counters = view(memory, layout.counters);
    this.#optimizer = optimizers[optimizer.name];
    this.#ops = engine.optimizers[optimizer.name];
    this.#rateOf = rateOf(optimizer, Math.ceil(trainRows / batchSize), steps);
    this.#optimizer.scalars(optimizer, 1, true, this.#decaying);
    this.#optimizer.scalars(optimizer, 1, optimizer.decay === 'all', this.#staying);
    this.#alike = this.#decaying.every((value, k) => value === this.#staying[k]);
    const tensors = net.layers.flatMap((layer) => layer.tensors);
    this.#ends = this.#alike ? [net.parameters] : tensors.map(({ offset, length }) => offset + length);
    this.#decays = this.#alike ? [true] : tensors.map(({ decays }) => decays);
  }

  /** The learning rate of the step that was begun. */
  get rate(): number {
    return this.#rate;
  }

  /** The update of a minibatch of one row in one pass, where the optimizer has one for its options. */
  get rank1(): OptimizerOps['rank1'] {
    return this.#optimizer.rank1?.(this.setup.optimizer) ? this.#ops.rank1 : undefined;
  }

  /** Makes ready for a step of the run, from 0 on. */
  begin(step: number): void {
    const { optimizer } = this.setup;
    this.#rate = this.#rateOf(step, this.#counters[Counter.level]);
    this.#optimizer.scalars(optimizer, step + 1, true, this.#decaying);
    if (!this.#alike) this.#optimizer.scalars(optimizer, step + 1, optimizer.decay === 'all', this.#staying);
  }

  /**
   * Updates the parameters [first, first + n) by their gradients' sums over `rows` examples, which stay as they are.
   * @returns whether the new parameters and their state are finite
   */
  apply(sums: Offset, first: number, n: number, rows: number): boolean {
    const ends = this.#ends;
    let tensor = 0;
    while (ends[tensor] <= first) tensor++;
    let finite = true;
    for (let from = first; from < first + n; tensor++) {
      const to = Math.min(first + n, ends[tensor]);
      const at = sums + (from - first) * this.engine.bytes;
      finite = this.#step(at, from, to - from, rows, this.#decays[tensor]) && finite;
      from = to;
    }
    return finite;
  }

  #step(sums: Offset, first: number, n: number, rows: number, decays: boolean): boolean {
    const { layout } = this.setup;
    const shift = first * this.engine.bytes;
    for (let k = 0; k < layout.state.length; k++) this.#slots[k] = layout.state[k].offset + shift;
    const theta = layout.parameters.offset + shift;
    const scalars = decays ? this.#decaying : this.#staying;
    return this.#ops.step(theta, sums, this.#slots, n, 1 / rows, this.#rate, scalars);
  }
}
