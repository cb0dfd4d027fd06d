/** Models put together by hand, and what they predict by the formulas of the families, in float64. */
import { type LoadedModel, modelOf } from '../../src/export/model.js';
import type { Tensor } from '../../src/formats/safetensors.js';
import { batchNorm } from '../../src/model/layers/formulas/batch-norm.js';
import { layers as layerTypes } from '../../src/model/layers/index.js';
import { type LayerSpec, network } from '../../src/model/network.js';
import type { Precision } from '../../src/model/precision.js';
import { DESCRIPTION_FORMAT, type ModelDescription } from '../../src/predict/description.js';
import {
  encodeCategory,
  encodeDate,
  encodeNumber,
  type FittedColumn,
  type FittedTarget,
  inputsOf,
  type Preprocessing,
  slotsOf,
  unscale,
} from '../../src/preprocess/fitted.js';
import { keyed } from '../../src/random.js';

/** A cell as it comes: NaN and null are missing ones. */
export type Cell = number | string | null;

export interface ModelGiven {
  layers: readonly LayerSpec[];
  preprocessing: Preprocessing;
  outputs: number;
  precision?: Precision;
  /** Largest size of a weight. */
  size?: number;
}

/** Inputs that a network has for columns, each embedding's vector in the place of its column. */
function widthOf({ columns, matrix }: Preprocessing): number {
  if (columns === undefined) return matrix?.features ?? 0;
  return columns.reduce((sum, column) => {
    const embeds = column.type === 'category' && column.encode.name === 'embed';
    return sum + (embeds ? sizeOf(column) : inputsOf(slotsOf(column)));
  }, 0);
}

const sizeOf = (column: FittedColumn) =>
  column.type === 'category' && column.encode.name === 'embed' ? column.encode.size : 0;

/** A model whose tensors are drawn: weights around 0, variances around 1. */
export function modelWith({ layers, preprocessing, outputs, precision = 'float32', size = 1 }: ModelGiven) {
  const inputs = widthOf(preprocessing);
  const net = network(inputs, layers, { name: 'glorot-uniform' }, outputs);
  const random = keyed(7, 'model');
  const tensors: Record<string, Tensor> = {};
  const add = (name: string, shape: readonly number[]) => {
    const length = shape.reduce((product, side) => product * side, 1);
    const draw = (): number =>
      name.endsWith('running_var') ? 0.5 + random.uniform() : size * (2 * random.uniform() - 1);
    const data = Float64Array.from({ length }, draw);
    tensors[name] = { shape, data: precision === 'float32' ? Float32Array.from(data) : data };
  };
  for (const { name, shape } of net.layers.flatMap((layer) => [...layer.tensors, ...layer.buffers])) {
    add(name, shape);
  }
  for (const column of preprocessing.columns ?? []) {
    if (column.type !== 'category' || column.encode.name !== 'embed') continue;
    add(`embedding.${column.name}.weight`, [column.codes, column.encode.size]);
  }
  const description: ModelDescription = {
    format: DESCRIPTION_FORMAT,
    name: 'by-hand',
    precision,
    inputs,
    outputs,
    layers,
    loss: { name: 'mean-squared-error' },
    task: 'values' as ModelDescription['task'],
    preprocessing,
    best: { step: 1, monitor: 'loss', loss: null, metrics: {} },
  };
  return modelOf(description, tensors, 'by hand');
}

/** The network's inputs for a row of cells. @throws CellProblem */
export function inputsFor({ description, tensors }: LoadedModel, row: readonly Cell[]): Float64Array {
  const { columns, matrix } = description.preprocessing;
  if (columns === undefined) {
    const { scales = [], offsets = [] } = matrix ?? {};
    const of = (values: readonly number[], k: number) => values[values.length === 1 ? 0 : k];
    return Float64Array.from(row, (cell, k) => Number(cell) * of(scales, k) + of(offsets, k));
  }
  const values: number[] = [];
  for (const [k, column] of columns.entries()) {
    const slots = slotsOf(column);
    const into = new Float64Array(slots.length);
    const cell = row[k];
    if (column.type === 'number') encodeNumber(column, Number(cell), into, 0);
    else if (column.type === 'date') encodeDate(column, Number(cell), into, 0);
    else encodeCategory(column, cell === null ? null : String(cell), into, 0);
    for (const [j, { codes }] of slots.entries()) {
      const size = sizeOf(column);
      if (size > 0) {
        const { data } = tensors[`embedding.${column.name}.weight`];
        for (let i = 0; i < size; i++) values.push(into[j] < 0 ? 0 : data[into[j] * size + i]);
      } else if (codes > 0) {
        for (let code = 0; code < codes; code++) values.push(code === into[j] ? 1 : 0);
      } else values.push(into[j]);
    }
  }
  return Float64Array.from(values);
}

/** A network's outputs for its inputs. */
export function outputsFor({ net, tensors }: LoadedModel, inputs: Float64Array): Float64Array {
  const theta = new Float64Array(net.parameters);
  const kept = new Float64Array(net.buffers);
  for (const layer of net.layers) {
    for (const { name, offset } of layer.tensors) theta.set(tensors[name].data, offset);
    for (const { name, offset } of layer.buffers) kept.set(tensors[name].data, offset);
  }
  let x = inputs;
  for (const layer of net.layers) {
    if (layer.type === 'dropout') continue;
    const y = new Float64Array(layer.outputs);
    if (layer.type === 'batch-norm') {
      const [gamma, beta] = layer.tensors.map(({ offset, length }) =>
        theta.subarray(offset, offset + length),
      );
      const running = kept.subarray(layer.buffers[0].offset, layer.buffers[0].offset + 2 * layer.inputs);
      batchNorm.evaluate.run(x, gamma, beta, running, y, 1, layer.inputs, Number(layer.options.epsilon));
    } else {
      layerTypes[layer.type].numeric(layer, { theta, rows: 1, seed: 0, step: 0 }).forward(x, y, 0);
    }
    x = y;
  }
  return x;
}

/** Values in their own units. */
export function valuesOf(target: FittedTarget, outputs: Float64Array): Float64Array {
  if (target.kind !== 'values') throw new Error('no values');
  return outputs.map((y, k) => unscale(y, target.columns[k].scale));
}
