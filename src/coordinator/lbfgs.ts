/**
 * L-BFGS: the steps of a run that are not made by workers. These evaluate loss and gradient of all rows, as they do for a
 * minibatch, whose sums have the same order for any threads; vectors are added up here, in float64 and in their order.
 *
 * All that a step depends on are the parameters and the differences that are remembered, which stand in the optimizer's
 * slots, the newest first, zeros where there are none: so checkpoints hold all of it.
 */
import { Diverged } from '../errors.js';
import { trainingOf } from '../model/layers/trained.js';
import type { Real } from '../model/precision.js';
import type { MethodSpec } from '../optimizers/index.js';
import { shardsOf } from '../plan/shards.js';
import { view } from '../shared/arena.js';
import { Counter } from '../shared/control.js';
import { lineSearch, type Point } from './line-search.js';
import type { Workspace } from './workspace.js';

/** A place that was looked at: `value` is the loss and what l2 adds to it. */
interface Evaluated extends Point {
  readonly loss: number;
  readonly theta: Float64Array;
  readonly gradient: Float64Array;
}

export class Lbfgs {
  readonly #steps: readonly Real[];
  readonly #changes: readonly Real[];
  /** Of each parameter, λ of l2; undefined: of none. */
  readonly #l2: Float64Array | undefined;
  readonly #tolerance: number;
  /** A loss that falls by a smaller part of itself has not fallen. */
  readonly #least: number;
  #here: Evaluated | undefined;
  #converged = false;

  constructor(
    private readonly workspace: Workspace,
    spec: MethodSpec,
    private readonly threads: number,
  ) {
    const { setup, state } = workspace;
    const { history, tolerance, l2, decay } = spec;
    this.#steps = state.slice(0, Number(history));
    this.#changes = state.slice(Number(history), 2 * Number(history));
    this.#tolerance = Number(tolerance);
    this.#least = setup.precision === 'float64' ? 2 ** -52 : 2 ** -24;
    if (Number(l2) > 0) {
      this.#l2 = new Float64Array(setup.net.parameters);
      for (const layer of setup.net.layers) {
        for (const tensor of layer.tensors) {
          const { offset, length, decays } = tensor;
          const { frozen, decayFactor } = trainingOf(layer, tensor);
          if (frozen || !(decays || decay === 'all')) continue;
          this.#l2.fill(decayFactor * Number(l2), offset, offset + length);
        }
      }
    }
    // The rows of the first minibatch, which is all of them, in one order for the whole run.
    workspace.prepareOrder(0);
  }

  /** Whether the last step has found that there is nothing left to be done. */
  get converged(): boolean {
    return this.#converged;
  }

  /**
   * Makes one step, and counts it; where none lowers the loss it makes none, and has `converged`.
   * @throws Diverged where the loss is not finite to begin with
   */
  async step(): Promise<void> {
    const { counters, setup } = this.workspace;
    const from = this.#here ?? (await this.#evaluate(Float64Array.from(this.workspace.parameters), 0));
    this.#here = from;
    if (!Number.isFinite(from.value) || !from.gradient.every(Number.isFinite)) {
      throw new Diverged(
        `Before step ${counters[Counter.step] + 1} the loss of the training rows is ${from.value}, or its gradient is not ` +
          'finite. Scale the inputs, or draw smaller initial weights (model.init).',
      );
    }
    this.#converged = this.#isFlat(from);
    if (this.#converged) return;
    let found = await this.#search(from, this.#direction(from.gradient));
    if (found === undefined && this.#steps[0].some((value) => value !== 0)) {
      // What is remembered has led nowhere: once more without it.
      for (const slot of [...this.#steps, ...this.#changes]) slot.fill(0);
      found = await this.#search(from, this.#direction(from.gradient));
    }
    if (found === undefined) {
      this.workspace.parameters.set(from.theta);
      this.#converged = true;
      return;
    }
    this.workspace.parameters.set(found.theta);
    this.#remember(from, found);
    this.#here = found;
    counters[Counter.step]++;
    counters[Counter.epochLoss] = found.loss * setup.trainRows;
    counters[Counter.epochExamples] = setup.trainRows;
    const fell = from.value - found.value;
    const size = Math.max(Math.abs(from.value), Math.abs(found.value));
    this.#converged = this.#isFlat(found) || fell <= this.#least * size;
  }

  #isFlat({ gradient }: Evaluated): boolean {
    return gradient.every((value) => Math.abs(value) <= this.#tolerance);
  }

  async #search(from: Evaluated, direction: Float64Array): Promise<Evaluated | undefined> {
    const slope = dot(from.gradient, direction);
    const isFirst = this.#steps[0].every((value) => value === 0);
    const first = isFirst
      ? Math.min(1, 1 / from.gradient.reduce((sum, value) => sum + Math.abs(value), 0))
      : 1;
    const start: Evaluated = { ...from, at: 0, slope };
    return lineSearch(start, first, (at) =>
      this.#evaluate(
        from.theta.map((value, k) => value + at * direction[k]),
        at,
        direction,
      ),
    );
  }

  /** Loss and gradient at `theta`, rounded to the run's precision. */
  async #evaluate(theta: Float64Array, at: number, direction?: Float64Array): Promise<Evaluated> {
    const { workspace } = this;
    const { setup, parameters, supervisor } = workspace;
    const { layout, memory, net, trainRows } = setup;
    parameters.set(theta);
    theta.set(parameters);
    await supervisor.run({ kind: 'gradients', watched: true }, this.threads);
    const losses = view(memory, layout.shardLosses);
    let sum = 0;
    for (let shard = 0; shard < shardsOf(trainRows, setup.shards); shard++) sum += losses[shard];
    const gradient = Float64Array.from(view(memory, { ...layout.gradients, length: net.parameters }));
    const loss = sum / trainRows;
    let value = loss;
    if (this.#l2) {
      let penalty = 0;
      for (let k = 0; k < theta.length; k++) {
        gradient[k] += this.#l2[k] * theta[k];
        penalty += this.#l2[k] * theta[k] * theta[k];
      }
      value += penalty / 2;
    }
    return { at, value, slope: direction ? dot(gradient, direction) : 0, loss, theta, gradient };
  }

  /** −Hg by the two loops over what is remembered; where that would lead uphill, −g. */
  #direction(gradient: Float64Array): Float64Array {
    const direction = gradient.map((value) => -value);
    const alphas: number[] = [];
    const pairs = this.#steps
      .map((step, k) => ({ step, change: this.#changes[k], curvature: dot(step, this.#changes[k]) }))
      .filter(({ curvature }) => curvature > 0);
    for (const { step, change, curvature } of pairs) {
      const alpha = dot(step, direction) / curvature;
      alphas.push(alpha);
      for (let k = 0; k < direction.length; k++) direction[k] -= alpha * change[k];
    }
    if (pairs.length > 0) {
      const [{ change, curvature }] = pairs;
      const scale = curvature / dot(change, change);
      for (let k = 0; k < direction.length; k++) direction[k] *= scale;
    }
    for (const [n, { step, change, curvature }] of [...pairs.entries()].reverse()) {
      const beta = dot(change, direction) / curvature;
      for (let k = 0; k < direction.length; k++) direction[k] += (alphas[n] - beta) * step[k];
    }
    return dot(direction, gradient) < 0 ? direction : gradient.map((value) => -value);
  }

  /** The newest difference comes first; one without curvature would make H indefinite, and is left out. */
  #remember(from: Evaluated, to: Evaluated): void {
    const step = to.theta.map((value, k) => value - from.theta[k]);
    const change = to.gradient.map((value, k) => value - from.gradient[k]);
    if (!(dot(step, change) > Number.EPSILON * dot(change, change))) return;
    for (const slots of [this.#steps, this.#changes]) {
      for (let k = slots.length - 1; k > 0; k--) slots[k].set(slots[k - 1]);
    }
    this.#steps[0].set(step);
    this.#changes[0].set(change);
  }
}

/** In the order of the indices. */
function dot(a: Real, b: Real): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
