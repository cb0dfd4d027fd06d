/**
 * A network without some of its units. One that is 0 for every row adds nothing to the sums of the dense layer after it:
 * without it, its column there and its values in the layers between, the network says the same of these rows.
 */
import type { Tensor, Tensors } from '../formats/safetensors-bytes.js';
import { defaultLayer } from './lay-out.js';
import { layers as types } from './layers/index.js';
import type { Layer } from './layers/layer.js';
import type { LayerSpec, Network } from './network.js';

/** A dense layer whose units can be taken out. */
export interface Chain {
  readonly layer: Layer;
  /** Those up to the next dense layer, of which each takes the units one by one. */
  readonly between: readonly Layer[];
  /** The dense layer that takes them all. */
  readonly next: Layer;
  /** The place in the network of the last layer before that. */
  readonly last: number;
}

/** A hidden dense layer whose units must stay, and what follows it that needs them. */
export interface Fixed {
  readonly layer: Layer;
  readonly before: Layer;
}

const isDense = ({ type }: Layer) => type === defaultLayer;

/** The dense layers but for those that make the outputs. */
export function prunableLayers({ layers }: Network): { chains: Chain[]; fixed: Fixed[] } {
  const chains: Chain[] = [];
  const fixed: Fixed[] = [];
  for (const layer of layers.filter(isDense)) {
    const from = layer.index + 1;
    const rest = layers.slice(from);
    const end = rest.findIndex((each) => !(types[each.type].byUnit?.(each.options as never) ?? false));
    const next = rest[end];
    if (next === undefined) continue;
    if (isDense(next)) chains.push({ layer, between: rest.slice(0, end), next, last: from + end - 1 });
    // What mixes the outputs, as a softmax does, has no layer after it that needs them.
    else if (rest.slice(end + 1).some(isDense) || next.partner !== undefined)
      fixed.push({ layer, before: next });
  }
  return { chains, fixed };
}

/**
 * The tensors of the network with these units of the layers alone, in the same order.
 * @param kept units by the name of their dense layer, ascending, at least one
 */
export function prunedTensors(
  tensors: Tensors,
  chains: readonly Chain[],
  kept: ReadonlyMap<string, readonly number[]>,
): Tensors {
  const found: Record<string, Tensor> = { ...tensors };
  for (const { layer, between, next } of chains) {
    const units = kept.get(layer.name);
    if (units === undefined || units.length === layer.outputs) continue;
    const take = (name: string, side: 'rows' | 'columns') => {
      found[name] = side === 'rows' ? rowsOf(found[name], units) : columnsOf(found[name], units);
    };
    for (const { name } of layer.tensors) take(name, 'columns');
    for (const { tensors: learned, buffers } of between) {
      // One value for all units stays.
      for (const { name, length } of [...learned, ...buffers])
        if (length === layer.outputs) take(name, 'columns');
    }
    take(next.tensors[0].name, 'rows');
  }
  return found;
}

/** Of a matrix, or of one row. */
function columnsOf({ shape, data }: Tensor, columns: readonly number[]): Tensor {
  const cols = shape[shape.length - 1];
  const rows = data.length / cols;
  const left = data.slice(0, rows * columns.length);
  for (let r = 0; r < rows; r++) {
    for (const [k, column] of columns.entries()) left[r * columns.length + k] = data[r * cols + column];
  }
  return { shape: [...shape.slice(0, -1), columns.length], data: left };
}

function rowsOf({ shape: [, cols], data }: Tensor, rows: readonly number[]): Tensor {
  const left = data.slice(0, rows.length * cols);
  for (const [k, row] of rows.entries()) left.set(data.subarray(row * cols, (row + 1) * cols), k * cols);
  return { shape: [rows.length, cols], data: left };
}

/** The layers of a configuration with so many units, by the layers' places in its list (`1.layers.0`). */
export function withUnits(
  specs: readonly LayerSpec[],
  units: ReadonlyMap<string, number>,
  below = '',
): LayerSpec[] {
  let place = 0;
  return specs.map((spec) => {
    if (types[spec.name ?? defaultLayer].implied) return spec;
    const own = `${below}${place++}`;
    const { layers } = spec;
    const count = units.get(own);
    return {
      ...spec,
      ...(count !== undefined && { units: count }),
      ...(Array.isArray(layers) && { layers: withUnits(layers, units, `${own}.layers.`) }),
    };
  });
}
