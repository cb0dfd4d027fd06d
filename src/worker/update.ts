/**
 * The update of parameters by their gradients' sums: times 1/N, one step of the optimizer with this step's rate. What goes
 * with it happens while they are in the cache: bounds for each value before, a moving average of the weights after.
 */
import type { Engine, OptimizerOps } from '../engines/engine.js';
import { trainingOf } from '../model/layers/trained.js';
import type { Offset } from '../model/operations.js';
import { type OptimizerSpec, optimizers, slotsOf } from '../optimizers/index.js';
import { MOST_SCALARS, MOST_SLOTS, type Optimizer, type Scalars } from '../optimizers/optimizer.js';
import { rateOf } from '../optimizers/schedules/index.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { Counter } from '../shared/control.js';

/** What a step does to parameters that are alike. */
interface Kind {
  /** The optimizer with the decays of these. */
  readonly spec: OptimizerSpec;
  readonly decays: boolean;
  /** What the learning rate is multiplied by; 0: they stay as they are. */
  readonly rate: number;
  readonly scalars: Scalars;
}

/** Steps leave no garbage: one object for all of them. */
export class Update {
  readonly #optimizer: Optimizer;
  readonly #ops: OptimizerOps;
  readonly #rateOf: (step: number, level: number) => number;
  readonly #counters: Float64Array;
  readonly #kinds: readonly Kind[];
  /** Ends of the tensors in the parameter vector, and the kind of each; one where all are alike. */
  readonly #ends: readonly number[];
  readonly #kindOf: readonly Kind[];
  readonly #slots: Offset[] = new Array(MOST_SLOTS).fill(0);
  /** How many vectors the optimizer keeps. */
  readonly #kept: number;
  /** Bounds for each value of the averaged gradients; undefined: none. */
  readonly #limit: number | undefined;
  /** From each parameter to its average in bytes, and how slowly that forgets; undefined: there is none. */
  readonly #toAverage: number | undefined;
  readonly #decay: number;
  #rate = 0;
  /** The average begins with the weights after the run's first step. */
  #isFirst = false;

  constructor(
    private readonly engine: Engine,
    private readonly setup: Setup,
  ) {
    const { optimizer, net, trainRows, batchSize, steps, memory, layout, clip, ema } = setup;
    this.#counters = view(memory, layout.counters);
    this.#optimizer = optimizers[optimizer.name];
    this.#ops = engine.optimizers[optimizer.name];
    this.#rateOf = rateOf(optimizer, Math.ceil(trainRows / batchSize), steps);
    const tensors = net.layers.flatMap((layer) => layer.tensors);
    const kinds = this.#makeKinds();
    this.#kinds = [...new Set(kinds)];
    const alike = this.#kinds.length === 1;
    this.#ends = alike ? [net.parameters] : tensors.map(({ offset, length }) => offset + length);
    this.#kindOf = alike ? this.#kinds : kinds;
    this.#kept = slotsOf(optimizer).length;
    this.#limit = clip?.value;
    this.#toAverage = ema && layout.evaluated.offset - layout.parameters.offset;
    this.#decay = ema?.decay ?? 0;
  }

  /** Of each tensor its kind, the same object for those that are alike. */
  #makeKinds(): Kind[] {
    const { optimizer, net } = this.setup;
    const kinds: Kind[] = [];
    return net.layers.flatMap((layer) => {
      const { l2, weightDecay } = optimizer as { l2?: number; weightDecay?: number };
      return layer.tensors.map((tensor) => {
        const { frozen, rateFactor, decayFactor } = trainingOf(layer, tensor);
        const decay = { l2: decayFactor * (l2 ?? 0), weightDecay: decayFactor * (weightDecay ?? 0) };
        const spec = decayFactor === 1 ? optimizer : { ...optimizer, ...decay };
        const rate = frozen ? 0 : rateFactor;
        const decays = tensor.decays || optimizer.decay === 'all';
        const scalars = new Float64Array(MOST_SCALARS);
        this.#optimizer.scalars(spec, 1, decays, scalars);
        const same = kinds.find(
          (kind) => kind.rate === rate && kind.scalars.every((value, k) => value === scalars[k]),
        );
        if (same) return same;
        const kind = { spec, decays, rate, scalars };
        kinds.push(kind);
        return kind;
      });
    });
  }

  /** The learning rate of the step that was begun. */
  get rate(): number {
    return this.#rate;
  }

  /** The update of a minibatch of one row in one pass, where the optimizer has one for its options and nothing goes with it. */
  get rank1(): OptimizerOps['rank1'] {
    const { optimizer, clip, ema } = this.setup;
    const alone = clip === undefined && ema === undefined && this.#kinds.every(({ rate }) => rate === 1);
    return alone && this.#optimizer.rank1?.(optimizer) ? this.#ops.rank1 : undefined;
  }

  /** Makes ready for a step of the run, from 0 on. */
  begin(step: number): void {
    this.#rate = this.#rateOf(step, this.#counters[Counter.level]);
    this.#isFirst = step === 0;
    for (let k = 0; k < this.#kinds.length; k++) {
      const { spec, decays, scalars } = this.#kinds[k];
      this.#optimizer.scalars(spec, step + 1, decays, scalars);
    }
  }

  /**
   * Updates the parameters [first, first + n) by their gradients' sums over `rows` examples, which stay as they are unless
   * each value has bounds.
   * @param factor what the averages are multiplied by
   * @returns whether the new parameters and their state are finite
   */
  apply(sums: Offset, first: number, n: number, rows: number, factor = 1): boolean {
    const ends = this.#ends;
    let finite = true;
    let scale = factor / rows;
    if (this.#limit !== undefined) {
      this.engine.scale(sums, n, scale);
      finite = this.engine.clamp(sums, n, this.#limit);
      scale = 1;
    }
    let tensor = 0;
    while (ends[tensor] <= first) tensor++;
    for (let from = first; from < first + n; tensor++) {
      const to = Math.min(first + n, ends[tensor]);
      const at = sums + (from - first) * this.engine.bytes;
      const kind = this.#kindOf[tensor];
      if (kind.rate !== 0) finite = this.#step(at, from, to - from, scale, kind) && finite;
      from = to;
    }
    return finite;
  }

  #step(sums: Offset, first: number, n: number, scale: number, { rate, scalars }: Kind): boolean {
    const { layout } = this.setup;
    const shift = first * this.engine.bytes;
    for (let k = 0; k < this.#kept; k++) this.#slots[k] = layout.state[k].offset + shift;
    const theta = layout.parameters.offset + shift;
    const finite = this.#ops.step(theta, sums, this.#slots, n, scale, rate * this.#rate, scalars);
    if (this.#toAverage !== undefined) this.#average(theta, theta + this.#toAverage, n);
    return finite;
  }

  #average(theta: Offset, mean: Offset, n: number): void {
    if (this.#isFirst) this.engine.copy(theta, mean, n);
    else this.engine.average(mean, theta, n, this.#decay, 1 - this.#decay);
  }
}
