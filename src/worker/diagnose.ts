/**
 * Where in a step a number that is not finite first appears: one worker goes through the step stage by stage, and
 * looks at all that each leaves behind. advice.ts says what to do about it.
 */

import type { Engine, Offset } from '../engines/engine.js';
import type { Precision, Real } from '../model/precision.js';
import { Minibatch } from '../plan/minibatch.js';
import type { Setup } from '../plan/task.js';
import { type Region, view } from '../shared/arena.js';
import type { Pass } from './pass.js';
import { Update } from './update.js';

/**
 * The stages in the order in which they are looked at. `outputs` are those of a layer, of the last one before an
 * activation that its loss applies; `delta` and `gradient` go from the last layer to the first; `update` is the
 * parameter that the step leads to, `state` what the optimizer keeps beside it.
 */
export type Stage =
  | 'parameters'
  | 'inputs'
  | 'targets'
  | 'outputs'
  | 'loss'
  | 'delta'
  | 'gradient'
  | 'update'
  | 'state';

/** The first number that is not finite. */
export interface Finding {
  readonly what: Stage;
  /** `layer1`, …; null for inputs, targets and the loss. */
  readonly layer: string | null;
  /** Which of a layer's parameters, where `what` is said of these. */
  readonly tensor: 'weight' | 'bias' | null;
  /** [input, unit] of a weight, [unit] of a bias, [row, unit] else, [row] of the loss; [] of the rows' sum of it. */
  readonly index: readonly number[];
  /** The number of that row in the data set; null where the number belongs to no row. */
  readonly dataRow: number | null;
  readonly value: number;
  /** Largest finite magnitude in the stage that it was made from; of parameters, inputs, targets: in themselves. */
  readonly before: number;
}

/** Largest finite magnitudes, 0 where there is none; what comes after the first odd number may be anything. */
export interface LayerFigures {
  readonly layer: string;
  readonly parameters: number;
  readonly outputs: number;
  readonly delta: number;
  readonly gradient: number;
}

/** A plain object: it crosses threads. */
export interface Diagnosis {
  readonly step: number;
  /** Null where every number of the step is finite. */
  readonly first: Finding | null;
  readonly inputs: number;
  readonly targets: number;
  readonly layers: readonly LayerFigures[];
}

/**
 * Goes through step `step` with the parameters as they are, which are to be those before it; its epoch's order must
 * still lie in memory. All rows go through a layer at once, whatever the shards. Leaves the parameters and the
 * optimizer's state as they were; overwrites the minibatch's matrices and the gradient buffer, as every step does.
 * @param pass of a worker that nobody else uses meanwhile
 */
export function diagnose(engine: Engine, setup: Setup, pass: Pass, step: number): Diagnosis {
  const { memory, layout, net } = setup;
  const { layers } = net;
  const last = layers.length - 1;
  const slot = step & 1;
  const batch = new Minibatch(setup);
  batch.find(step);
  const { rows } = batch;
  const look = new Look(new Uint32Array(memory.buffer, batch.order, rows));
  const matrix = (region: Region<Precision>, cols: number) => view(memory, region).subarray(0, rows * cols);
  const parameters = view(memory, layout.parameters);

  const theta = layers.map((layer) => look.atLayer('parameters', layer, parameters));
  pass.gather(batch.order, 0, rows, slot);
  pass.useSlot(slot);
  const inputs = look.at({ what: 'inputs' }, matrix(layout.x[slot], net.inputs), net.inputs);
  const targets = look.at({ what: 'targets' }, matrix(layout.y[slot], net.outputs), net.outputs);

  pass.forward(0, rows);
  const outputs: number[] = [];
  for (const [l, { name, units }] of layers.entries()) {
    const before = l === 0 ? inputs : outputs[l - 1];
    outputs.push(look.at({ what: 'outputs', layer: name }, matrix(layout.h[l], units), units, before));
  }

  const losses = Float64Array.from({ length: rows }, (_, row) => pass.loss(row, 1));
  const largestLoss = look.at({ what: 'loss' }, losses, 1, outputs[last]);
  const sum = losses.reduce((sum, loss) => sum + loss, 0);
  look.at({ what: 'loss' }, Float64Array.of(sum), 0, largestLoss);

  pass.backward(0, rows);
  const delta: number[] = [];
  for (let l = last; l >= 0; l--) {
    const { name, units } = layers[l];
    const before = l === last ? outputs[last] : delta[l + 1];
    delta[l] = look.at({ what: 'delta', layer: name }, matrix(layout.delta[l], units), units, before);
  }

  // The first gradient buffer holds all of them, with either way of averaging.
  const buffer = layout.gradients.offset;
  pass.gradientSums(0, rows, buffer);
  engine.scale(buffer, net.parameters, 1 / rows);
  const averages = view(memory, layout.gradients);
  const gradient: number[] = [];
  for (let l = last; l >= 0; l--) gradient[l] = look.atLayer('gradient', layers[l], averages, delta[l]);

  const [updated, ...state] = updatedCopies(engine, setup, buffer, step);
  for (let l = last; l >= 0; l--) {
    look.atLayer('update', layers[l], updated, gradient[l]);
    for (const slot of state) look.atLayer('state', layers[l], slot, gradient[l]);
  }

  return {
    step,
    first: look.first,
    inputs,
    targets,
    layers: layers.map(({ name }, l) => ({
      layer: name,
      parameters: theta[l],
      outputs: outputs[l],
      delta: delta[l],
      gradient: gradient[l],
    })),
  };
}

/** The parameters and the optimizer's state as it would leave them. It works in place: what it wrote is put back. */
function updatedCopies(engine: Engine, setup: Setup, averages: Offset, step: number): Real[] {
  const { memory, layout, net } = setup;
  const written = [layout.parameters, ...layout.state].map((region) => view(memory, region));
  const before = written.map((values) => values.slice());
  const update = new Update(engine, setup);
  update.begin(step);
  update.apply(averages, 0, net.parameters, 1);
  const updated = written.map((values) => values.slice());
  for (const [k, values] of written.entries()) values.set(before[k]);
  return updated;
}

/** Looks at one quantity after another, and keeps the first number that is not finite. */
class Look {
  first: Finding | null = null;

  /** @param dataRows the numbers in the data set of the minibatch's rows */
  constructor(private readonly dataRows: Uint32Array) {}

  /**
   * Looks at a matrix with `cols` columns, a row an example; 0 columns: at one number that belongs to no row.
   * @returns the largest finite magnitude
   */
  at(where: { what: Stage; layer?: string }, values: Real, cols: number, before?: number): number {
    const { odd, largest } = extremes(values, 0, values.length);
    if (odd >= 0) {
      const row = Math.floor(odd / cols);
      const index = cols === 0 ? [] : where.what === 'loss' ? [row] : [row, odd % cols];
      const dataRow = cols === 0 ? null : this.dataRows[row];
      this.#note({ ...where, tensor: null, index, dataRow }, values[odd], before ?? largest);
    }
    return largest;
  }

  /** Looks at a layer's part of a vector that is made like the parameters. */
  atLayer(
    what: Stage,
    layer: { name: string; units: number; weights: number; biases: number },
    values: Real,
    before?: number,
  ): number {
    const { name, units, weights, biases } = layer;
    const w = extremes(values, weights, biases);
    const b = extremes(values, biases, biases + units);
    const largest = Math.max(w.largest, b.largest);
    const where = { what, layer: name, dataRow: null };
    if (w.odd >= 0) {
      const index = [Math.floor((w.odd - weights) / units), (w.odd - weights) % units];
      this.#note({ ...where, tensor: 'weight', index }, values[w.odd], before ?? largest);
    } else if (b.odd >= 0) {
      this.#note({ ...where, tensor: 'bias', index: [b.odd - biases] }, values[b.odd], before ?? largest);
    }
    return largest;
  }

  #note(
    found: Omit<Finding, 'layer' | 'value' | 'before'> & { layer?: string },
    value: number,
    before: number,
  ): void {
    this.first ??= { ...found, layer: found.layer ?? null, value, before };
  }
}

/** Of values [from, to): where the first that is not finite lies, or −1, and the largest magnitude of the others. */
function extremes(values: Real, from: number, to: number): { odd: number; largest: number } {
  let odd = -1;
  let largest = 0;
  for (let i = from; i < to; i++) {
    const size = Math.abs(values[i]);
    if (!Number.isFinite(size)) odd = odd < 0 ? i : odd;
    else if (size > largest) largest = size;
  }
  return { odd, largest };
}
