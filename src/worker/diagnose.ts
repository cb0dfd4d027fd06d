/**
 * Where in a step a number that is not finite first appears: one worker goes through the step stage by stage, and
 * looks at all that each leaves behind. advice.ts says what to do about it.
 */

import { tensorsOf } from '../averaging/tiles.js';
import type { Engine } from '../engines/engine.js';
import type { Layer } from '../model/layers/layer.js';
import { trainedTensors } from '../model/layers/trained.js';
import type { Offset } from '../model/operations.js';
import type { Precision, Real } from '../model/precision.js';
import { Batch } from '../plan/batch.js';
import { matricesOf } from '../plan/matrices.js';
import type { Setup } from '../plan/task.js';
import { type Region, view } from '../shared/arena.js';
import { clipFactor } from './clipping.js';
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
  readonly tensor: string | null;
  /** [input, unit] of a weight matrix, [unit] of a bias and the like, [row, unit] else, [row] of the loss; [] of the rows' sum of it. */
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
 * still lie in memory. All rows go through a layer at once, whatever the shards; where it is taken in parts, those of one. Leaves the parameters and the
 * optimizer's state as they were; overwrites the minibatch's matrices and the gradient buffer, as every step does.
 * @param pass of a worker that nobody else uses meanwhile
 */
export function diagnose(engine: Engine, setup: Setup, pass: Pass, step: number): Diagnosis {
  const { memory, layout, net } = setup;
  const matrices = matricesOf(net);
  const batch = new Batch(setup).find(step);
  const look = new Look();
  const alone = () => {};
  const trained = net.layers.filter(({ tensors }) => tensors.length > 0);
  const learned = trainedTensors(net.layers);
  const parameters = view(memory, layout.parameters);
  /** The largest over all parts of the step. */
  const most = (sizes: number[], l: number, size: number) => {
    sizes[l] = Math.max(sizes[l] ?? 0, size);
  };
  const [outputs, delta]: number[][] = [[], []];
  let [inputs, targets] = [0, 0];
  // The first gradient buffer holds all of them, with either way of averaging.
  const buffer = layout.gradients.offset;
  const averages = view(memory, layout.gradients).subarray(0, net.parameters);
  const sums = batch.parts > 1 ? averages.slice().fill(0) : averages;

  const theta = trained.map((layer) => look.atLayer('parameters', layer, parameters));
  for (let part = 0; part < batch.parts; part++) {
    const { rows, slot, order } = batch.find(step, part);
    const matrix = (region: Region<Precision>, cols: number) => view(memory, region).subarray(0, rows * cols);
    look.dataRows = new Uint32Array(memory.buffer, order, rows);
    pass.gather(batch);
    const x = look.at({ what: 'inputs' }, matrix(layout.x[slot], net.inputs), net.inputs);
    const y = look.at({ what: 'targets' }, matrix(layout.y[slot], net.outputs), net.outputs);
    inputs = Math.max(inputs, x);
    targets = Math.max(targets, y);

    pass.forward(batch, 0, batch.shards, alone);
    // Layers that work in place leave one matrix, which is looked at where the last of them stands.
    let before = x;
    for (const [l, { name, outputs: units }] of net.layers.slice(0, pass.depth).entries()) {
      const place = matrices.outputs[l];
      if (l + 1 < pass.depth && matrices.outputs[l + 1] === place) continue;
      before = look.at({ what: 'outputs', layer: name }, matrix(layout.values[place], units), units, before);
      most(outputs, l, before);
    }

    const losses = Float64Array.from({ length: rows }, (_, row) => pass.loss(batch, row, 1));
    const largestLoss = look.at({ what: 'loss' }, losses, 1, before);
    const sum = losses.reduce((sum, loss) => sum + loss, 0);
    look.at({ what: 'loss' }, Float64Array.of(sum), 0, largestLoss);

    pass.backward(batch, 0, batch.shards, alone);
    for (let l = net.layers.length - 1; l >= 0; l--) {
      const place = matrices.outputDelta[l];
      if (place < 0 || (l > 0 && matrices.inputDelta[l] === place)) continue;
      const { name, outputs: units } = net.layers[l];
      before = look.at({ what: 'delta', layer: name }, matrix(layout.deltas[place], units), units, before);
      most(delta, l, before);
    }

    for (const { layer, tensor, count, parameter, values } of tensorsOf(net)) {
      if (learned[layer][tensor]) {
        const into = buffer + parameter * engine.bytes;
        pass.layers[layer].gradient(batch, 0, batch.shards, tensor, 0, count, into);
      } else averages.fill(0, parameter, parameter + values);
    }
    if (sums !== averages) for (let p = 0; p < sums.length; p++) sums[p] += averages[p];
  }
  averages.set(sums);
  engine.scale(buffer, net.parameters, 1 / batch.stepRows);
  const deltaOf = (layer: Layer) => delta.findLast((size, l) => l <= layer.index && size !== undefined) ?? 0;
  const gradient: number[] = [];
  for (let k = trained.length - 1; k >= 0; k--) {
    gradient[k] = look.atLayer('gradient', trained[k], averages, deltaOf(trained[k]));
  }

  const [updated, ...state] = updatedCopies(engine, setup, buffer, step);
  for (let k = trained.length - 1; k >= 0; k--) {
    look.atLayer('update', trained[k], updated, gradient[k]);
    for (const slot of state) look.atLayer('state', trained[k], slot, gradient[k]);
  }

  return {
    step,
    first: look.first,
    inputs,
    targets,
    layers: trained.map((layer, k) => ({
      layer: layer.name,
      parameters: theta[k],
      outputs: outputs.find((size, l) => l >= layer.index && size !== undefined) ?? 0,
      delta: deltaOf(layer),
      gradient: gradient[k],
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
  const { norm } = setup.clip ?? {};
  const factor =
    norm === undefined ? 1 : clipFactor(Math.sqrt(engine.squares(averages, net.parameters)), norm);
  update.apply(averages, 0, net.parameters, 1, factor);
  const updated = written.map((values) => values.slice());
  for (const [k, values] of written.entries()) values.set(before[k]);
  return updated;
}

/** Looks at one quantity after another, and keeps the first number that is not finite. */
class Look {
  first: Finding | null = null;

  /** The numbers in the data set of the rows that are looked at. */
  dataRows: Uint32Array = new Uint32Array();

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
  atLayer(what: Stage, { name, tensors }: Layer, values: Real, before?: number): number {
    const found = tensors.map(({ offset, length }) => extremes(values, offset, offset + length));
    const largest = Math.max(...found.map((each) => each.largest));
    for (const [k, { odd }] of found.entries()) {
      if (odd < 0) continue;
      const { offset, shape } = tensors[k];
      const at = odd - offset;
      const cols = shape[shape.length - 1];
      const index = shape.length < 2 ? [at] : [Math.floor(at / cols), at % cols];
      const tensor = tensors[k].name.slice(name.length + 1);
      this.#note({ what, layer: name, dataRow: null, tensor, index }, values[odd], before ?? largest);
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
