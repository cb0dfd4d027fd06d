/** Models put together by hand, and what they predict by the formulas of the families, in float64. */
import type { LoadedModel } from '../../src/export/model.js';
import type { Tensor, Tensors } from '../../src/formats/safetensors.js';
import { batchNorm } from '../../src/model/layers/formulas/batch-norm.js';
import { layers as layerTypes } from '../../src/model/layers/index.js';
import type { Layer } from '../../src/model/layers/layer.js';
import { type LayerSpec, type Network, network } from '../../src/model/network.js';
import type { Precision } from '../../src/model/precision.js';
import { DESCRIPTION_FORMAT, type ModelDescription } from '../../src/predict/description.js';
import {
  encodeCategory,
  encodeDate,
  encodeNumber,
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

/** Where columns are embedded: the layer that the network begins with, and what it makes of a row. */
function embeddingOf({ columns = [] }: Preprocessing): Layer | undefined {
  const embedded: Record<string, { at: number; codes: number; size: number }> = {};
  let inputs = 0;
  let more = 0;
  for (const column of columns) {
    if (column.type === 'category' && column.encode.name === 'embed') {
      const { size } = column.encode;
      embedded[column.name] = { at: inputs, codes: column.codes, size };
      more += size - 1;
    }
    inputs += inputsOf(slotsOf(column));
  }
  if (more === 0) return undefined;
  const tensors = Object.entries(embedded).map(([name, { codes, size }]) => ({
    name: `embedding.${name}.weight`,
    shape: [codes, size],
    offset: 0,
    length: codes * size,
    decays: true,
  }));
  const options = { columns: embedded };
  const outputs = inputs + more;
  return {
    type: 'embedding',
    name: 'embedding',
    index: 0,
    place: '',
    inputs,
    outputs,
    options,
    tensors,
    buffers: [],
  };
}

const widthOf = ({ columns, matrix }: Preprocessing): number =>
  columns === undefined ? (matrix?.features ?? 0) : inputsOf(columns.flatMap(slotsOf));

/** A model whose tensors are drawn: weights around 0, variances around 1. */
export function modelWith({
  layers,
  preprocessing,
  outputs,
  precision = 'float32',
  size = 1,
}: ModelGiven): LoadedModel {
  const inputs = widthOf(preprocessing);
  const first = embeddingOf(preprocessing);
  const rest = network(first?.outputs ?? inputs, layers, { name: 'glorot-uniform' }, outputs);
  const net: Network = first ? { ...rest, inputs, layers: [first, ...rest.layers] } : rest;
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
  const description: ModelDescription = {
    format: DESCRIPTION_FORMAT,
    name: 'by-hand',
    precision,
    inputs,
    outputs,
    layers: first ? [{ name: 'embedding', columns: first.options.columns }, ...layers] : layers,
    loss: { name: 'mean-squared-error' },
    task: 'values' as ModelDescription['task'],
    preprocessing,
    best: { step: 1, monitor: 'loss', loss: null, metrics: {} },
  };
  return { description, net, tensors };
}

/** The network's inputs for a row of cells. @throws CellProblem */
export function inputsFor({ description }: LoadedModel, row: readonly Cell[]): Float64Array {
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
      if (codes === 0) values.push(into[j]);
      else for (let code = 0; code < codes; code++) values.push(code === into[j] ? 1 : 0);
    }
  }
  return Float64Array.from(values);
}

/** A network's outputs for its inputs. */
export function outputsFor({ net, tensors }: LoadedModel, inputs: Float64Array): Float64Array {
  const theta = new Float64Array(net.parameters);
  const kept = new Float64Array(net.buffers);
  for (const layer of net.layers) {
    if (layer.type === 'embedding') continue;
    for (const { name, offset } of layer.tensors) theta.set(tensors[name].data, offset);
    for (const { name, offset } of layer.buffers) kept.set(tensors[name].data, offset);
  }
  let x = inputs;
  const made: Float64Array[] = [];
  for (const layer of net.layers) {
    made[layer.index] = x;
    if (layer.type === 'dropout' || layer.type === 'gaussian-noise') continue;
    if (layer.type === 'embedding') {
      x = embedded(layer, x, tensors);
      continue;
    }
    const y = new Float64Array(layer.outputs);
    if (layer.type === 'batch-norm') {
      const [gamma, beta] = layer.tensors.map(({ offset, length }) =>
        theta.subarray(offset, offset + length),
      );
      const running = kept.subarray(layer.buffers[0].offset, layer.buffers[0].offset + 2 * layer.inputs);
      batchNorm.evaluate.run(x, gamma, beta, running, y, 1, layer.inputs, Number(layer.options.epsilon));
    } else {
      // What goes around layers is what the first of them begins with; no row is left out.
      const whole = { ...layer, options: { ...layer.options, drop: 0 } };
      const around = layer.partner === undefined ? undefined : made[layer.partner];
      layerTypes[layer.type]
        .numeric(whole, { theta, buffers: kept, rows: 1, seed: 0, step: 0 })
        .forward(x, y, 0, around);
    }
    x = y;
  }
  return x;
}

/** The rows of tables in the places of codes; zeros where there is no such row. */
function embedded({ options }: Layer, x: Float64Array, tensors: Tensors): Float64Array {
  const columns = Object.entries(options.columns as Record<string, { at: number; size: number }>);
  const values = [...x].map((value, k): number[] => {
    const [name, { size }] = columns.find(([, { at }]) => at === k) ?? ['', { size: 0 }];
    if (size === 0) return [value];
    const { data } = tensors[`embedding.${name}.weight`];
    return Array.from({ length: size }, (_, i) => (value < 0 ? 0 : data[value * size + i]));
  });
  return Float64Array.from(values.flat());
}

/** Values in their own units. */
export function valuesOf(target: FittedTarget, outputs: Float64Array): Float64Array {
  if (target.kind !== 'values') throw new Error('no values');
  return outputs.map((y, k) => unscale(y, target.columns[k].scale));
}
