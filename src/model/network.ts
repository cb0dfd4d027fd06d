/** A configuration's layers as a network. */
import type { InitSpec } from './init/index.js';
import { defaultLayer, layOut, type Network } from './lay-out.js';
import { type LayerName, layers as types } from './layers/index.js';
import type { Layer } from './layers/layer.js';
import { isTrained } from './layers/trained.js';

export { lengthOf, type Network } from './lay-out.js';

/** A layer as a configuration describes it; one without a name is the default. */
export interface LayerSpec {
  /** Which layer. */
  readonly name?: LayerName;
  /** Of a dense layer: its outputs. */
  readonly units?: number | 'auto';
  /** Of a layer `activation`: which one. */
  readonly activation?: unknown;
  /** Its options, by name. */
  readonly [option: string]: unknown;
}

/** Where backward passes end: what comes before has no parameters that are trained. −1: nothing has any. */
export const firstTrained = ({ layers }: Network): number => layers.findIndex(isTrained);

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
  return layOut(types, inputs, specs.map(wholeSpec), outputs, init);
}

/** A layer whose members of other families, and its own layers', are mappings all. */
function wholeSpec(spec: LayerSpec): LayerSpec {
  const described = types[spec.name ?? defaultLayer].options;
  const whole = (key: string, value: unknown) => {
    const type = described[key]?.type;
    if (type === 'members') return (value as readonly LayerSpec[]).map(wholeSpec);
    return type === 'member' ? memberSpec(value) : value;
  };
  return Object.fromEntries(Object.entries(spec).map(([key, value]) => [key, whole(key, value)]));
}

/** Widths from the input to the output, each where a layer changes it. */
export function widthsOf({ inputs, layers }: Network): number[] {
  return [inputs, ...layers.filter(hasMatrix).map(({ outputs }) => outputs)];
}

/** Whether a layer decides its outputs' number, as one that multiplies by a matrix does. */
export function hasMatrix({ tensors }: Layer): boolean {
  return tensors.some(({ shape }) => shape.length > 1);
}

/** A member with its options, where it may be a bare name. */
function memberSpec(value: unknown): unknown {
  return typeof value === 'string' ? { name: value } : value;
}
