/** Layers over one flat vector of parameters, and one of buffers. */
import { keyed } from '../random.js';
import type { InitSpec } from './init/index.js';
import { defaultLayer, impliedLayers, type LayerName, layers as types } from './layers/index.js';
import type { Layer, LayerType, Tensor, TensorSpec } from './layers/layer.js';
import type { Real } from './precision.js';

/** A layer as a configuration describes it; one without a name is the default. */
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

/** The place of a layer that is not in the configuration's list. */
const NOT_WRITTEN = -1;

/**
 * Lays the layers out; one of a configuration's may become several.
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
  const nameOf = naming();
  const add = (place: number, type: LayerName, options: Readonly<Record<string, unknown>>) => {
    const member = types[type];
    const name = nameOf(member);
    const shape = member.shape(width, options as never, init);
    const tensors = placed(shape.tensors, name, parameters);
    const kept = placed(shape.buffers ?? [], name, buffers);
    const { outputs } = shape;
    layers.push({
      type,
      name,
      index: layers.length,
      place,
      inputs: width,
      outputs,
      options,
      tensors,
      buffers: kept,
    });
    parameters += lengthOf(tensors);
    buffers += lengthOf(kept);
    width = outputs;
  };
  let place = 0;
  for (const { name = defaultLayer, ...given } of specs) {
    const { options: described, parts } = types[name];
    const own = Object.hasOwn(impliedLayers, name) ? NOT_WRITTEN : place++;
    const options = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [
        key,
        described[key]?.type === 'member' ? memberSpec(value) : value,
      ]),
    );
    for (const part of parts?.(options, outputs) ?? [{ type: name, options }]) {
      add(own, part.type as LayerName, part.options);
    }
  }
  return { layers, inputs, outputs: width, parameters, buffers };
}

/**
 * Names layers one after another: `layer1` is the first counted layer and what follows it without a suffix; a second
 * norm after it is `layer1.norm2`, and what stands before any is `input`.
 */
function naming(): (member: Pick<LayerType, 'counted' | 'suffix' | 'ownName'>) => string {
  let layers = 0;
  let given = new Map<string, number>();
  return ({ counted = false, suffix, ownName }) => {
    if (ownName !== undefined) return ownName;
    if (counted) {
      layers++;
      given = new Map();
    }
    const after = layers === 0 ? 'input' : `layer${layers}`;
    if (suffix === undefined) return after;
    const count = (given.get(suffix) ?? 0) + 1;
    given.set(suffix, count);
    return `${after}.${suffix}${count === 1 ? '' : count}`;
  };
}

/** A layer's tensors one after another, the first at index `from` of their vector. */
function placed(specs: readonly TensorSpec[], layer: string, from: number): Tensor[] {
  let offset = from;
  return specs.map(({ name, shape, decays = false }) => {
    const length = shape.reduce((product, side) => product * side, 1);
    const tensor = { name: `${layer}.${name}`, shape, offset, length, decays };
    offset += length;
    return tensor;
  });
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

/** A member with its options, where it may be a bare name. */
function memberSpec(value: unknown): unknown {
  return typeof value === 'string' ? { name: value } : value;
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
