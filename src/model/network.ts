/** Layers over one flat vector of parameters, and one of buffers. */
import { keyed } from '../random.js';
import type { InitSpec } from './init/index.js';
import { type LayerName, layers as types } from './layers/index.js';
import type { Layer, Tensor, TensorSpec } from './layers/layer.js';
import type { Real } from './precision.js';

/** A layer as a configuration describes it: without a name it is a dense one. */
export interface LayerSpec {
  readonly name?: LayerName;
  readonly units?: number | 'auto';
  readonly activation?: unknown;
  readonly [option: string]: unknown;
}

/** The layers of a network in the order of its forward pass, and the lengths of its vectors. */
export interface Network {
  readonly layers: readonly Layer[];
  readonly inputs: number;
  readonly outputs: number;
  /** Length of the vector of parameters: the layers' tensors one after another, W₁ b₁ W₂ b₂ …, without gaps. */
  readonly parameters: number;
  /** Length of the vector of buffers. */
  readonly buffers: number;
}

/**
 * Lays the layers out. A dense layer's activation becomes a layer of its own.
 * @param outputs units of a layer that leaves them to the data and the loss, with `units: auto`
 */
export function network(
  inputs: number,
  specs: readonly LayerSpec[],
  init: InitSpec,
  outputs?: number,
): Network {
  const layers: Layer[] = [];
  let parameters = 0;
  let buffers = 0;
  let width = inputs;
  let dense = 0;
  /** Names that were given after the dense layer before: a second norm is `norm2`. */
  let suffixes = new Map<string, number>();
  const add = (place: number, type: LayerName, options: Readonly<Record<string, unknown>>) => {
    const member = types[type];
    if (type === 'dense') {
      dense++;
      suffixes = new Map();
    }
    const after = dense === 0 ? 'input' : `layer${dense}`;
    let name = after;
    if (member.suffix !== undefined) {
      const count = (suffixes.get(member.suffix) ?? 0) + 1;
      suffixes.set(member.suffix, count);
      name = `${after}.${member.suffix}${count === 1 ? '' : count}`;
    }
    const shape = member.shape(width, options as never, init);
    const tensorOf = (spec: TensorSpec, offset: number): Tensor => ({
      name: `${name}.${spec.name}`,
      shape: spec.shape,
      offset,
      length: spec.shape.reduce((product, side) => product * side, 1),
      decays: spec.decays ?? false,
    });
    const placed = (tensors: readonly TensorSpec[], from: number) => {
      let offset = from;
      return tensors.map((spec) => {
        const tensor = tensorOf(spec, offset);
        offset += tensor.length;
        return tensor;
      });
    };
    const own = placed(shape.tensors, parameters);
    const kept = placed(shape.buffers ?? [], buffers);
    layers.push({
      ...{ type, name, index: layers.length, place, inputs: width, outputs: shape.outputs },
      ...{ options, tensors: own, buffers: kept },
    });
    parameters += lengthOf(own);
    buffers += lengthOf(kept);
    width = shape.outputs;
  };
  for (const [place, { name = 'dense', ...options }] of specs.entries()) {
    const { activation, ...others } = options;
    if (name !== 'dense') {
      add(place, name, name === 'activation' ? { ...others, activation: memberSpec(activation) } : others);
      continue;
    }
    add(place, name, others.units === 'auto' ? { ...others, units: outputs } : others);
    const follows = memberSpec(activation);
    if (follows !== undefined && follows.name !== 'linear') add(place, 'activation', { activation: follows });
  }
  return { layers, inputs, outputs: width, parameters, buffers };
}

/** Widths from the input to the output, each where a layer changes it. */
export function widthsOf({ inputs, layers }: Network): number[] {
  return [inputs, ...layers.filter(hasMatrix).map(({ outputs }) => outputs)];
}

/** Whether a layer decides its outputs' number, as one that multiplies by a matrix does. */
export function hasMatrix({ tensors }: Layer): boolean {
  return tensors.some(({ shape }) => shape.length > 1);
}

/** How many values tensors have together. */
export function lengthOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { length }) => sum + length, 0);
}

/** A member by its bare name, or with its options. */
function memberSpec(value: unknown): { readonly name: string } | undefined {
  return typeof value === 'string' ? { name: value } : (value as { readonly name: string } | undefined);
}

/** Draws the initial values of parameters and buffers, keyed by (seed, layer). @param init as `network` had it */
export function initialize(
  net: Network,
  seed: number,
  init: InitSpec,
  parameters: Real,
  buffers?: Real,
): void {
  for (const { type, name, inputs, options, tensors, buffers: kept } of net.layers) {
    const shape = types[type].shape(inputs, options as never, init);
    const random = keyed(seed, 'init', name);
    const draw = (specs: readonly TensorSpec[], places: readonly Tensor[], into: Real | undefined) => {
      for (const [k, { initial }] of specs.entries()) {
        const { offset, length } = places[k];
        if (into) for (let i = offset; i < offset + length; i++) into[i] = initial(random);
      }
    };
    draw(shape.tensors, tensors, parameters);
    draw(shape.buffers ?? [], kept, buffers);
  }
}
