/** Lays layers out over one flat vector of parameters, and one of buffers. Knows no member: whoever calls has them. */
import { UserError } from '../user-error.js';
import type { Structure, TensorShape } from './layers/forward/forward.js';
import type { Layer, Tensor } from './layers/layer.js';

/** A layer as a configuration describes it, with members of other families as `{ name, … }`; one without a name is dense. */
export interface WholeSpec {
  readonly name?: string;
  readonly [option: string]: unknown;
}

/** What a mapping without a name is. */
export const defaultLayer = 'dense';

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
const NOT_WRITTEN = '';

/**
 * Lays the layers out; one of a configuration's may become several.
 * @param outputs units of a layer that leaves them to the data and the loss, with `units: auto`
 * @param init how weights are drawn, for those who ask for it
 * @throws UserError for layers whose widths do not fit each other
 */
export function layOut(
  types: Readonly<Record<string, Structure>>,
  inputs: number,
  specs: readonly WholeSpec[],
  outputs: number | undefined,
  init?: unknown,
): Network {
  const layers: Layer[] = [];
  /** Layers that open a way around others, which none has closed yet. */
  const open: number[] = [];
  let parameters = 0;
  let buffers = 0;
  let width = inputs;
  const nameOf = naming();
  const add = (place: string, type: string, options: Readonly<Record<string, unknown>>) => {
    const member = types[type];
    const name = nameOf(member);
    const partner = member.closes ? open.pop() : undefined;
    const around = partner === undefined ? undefined : layers[partner].outputs;
    const shape = member.shape(width, options as never, init as never, around);
    if (typeof shape === 'string') throw new UserError(`model.layers.${place}: ${shape}`);
    const tensors = placed(shape.tensors, name, parameters);
    const kept = placed(shape.buffers ?? [], name, buffers);
    const index = layers.length;
    const { outputs } = shape;
    const own = { type, name, index, place, inputs: width, outputs, options, tensors, buffers: kept };
    layers.push(partner === undefined ? own : { ...own, partner });
    if (partner !== undefined) layers[partner] = { ...layers[partner], partner: index };
    if (member.opens) open.push(index);
    parameters += lengthOf(tensors);
    buffers += lengthOf(kept);
    width = outputs;
  };
  const addAll = (place: string, type: string, options: Readonly<Record<string, unknown>>) => {
    for (const part of types[type].parts?.(options, outputs) ?? [{ type, options }]) {
      const at = part.below === undefined ? place : `${place}.${part.below}`;
      if (at === place && part.type === type) add(at, type, part.options);
      else addAll(at, part.type, part.options);
    }
  };
  let place = 0;
  for (const { name = defaultLayer, ...options } of specs) {
    addAll(types[name].implied ? NOT_WRITTEN : String(place++), name, options);
  }
  if (open.length > 0) throw new UserError(`model.layers: a way around layers ends nowhere`);
  return { layers, inputs, outputs: width, parameters, buffers };
}

/**
 * Names layers one after another: `layer1` is the first counted layer and what follows it without a suffix; a second
 * norm after it is `layer1.norm2`, and what stands before any is `input`.
 */
function naming(): (member: Pick<Structure, 'counted' | 'suffix' | 'ownName'>) => string {
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
function placed(specs: readonly TensorShape[], layer: string, from: number): Tensor[] {
  let offset = from;
  return specs.map(({ name, shape, decays = false, training }) => {
    const length = shape.reduce((product, side) => product * side, 1);
    const own = { name: `${layer}.${name}`, shape, offset, length, decays };
    offset += length;
    return training === undefined ? own : { ...own, training };
  });
}

/** How many values tensors have together. */
export function lengthOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { length }) => sum + length, 0);
}
