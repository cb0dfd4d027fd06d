/**
 * A model file's bytes as a network with its weights and what stands beside them. A file is somebody's: what it says is
 * checked before anything is computed with it.
 */

import { isMapping, parseJson } from '../formats/json.js';
import { parseSafetensors, type Tensors } from '../formats/safetensors-bytes.js';
import { sha256 } from '../formats/sha256.js';
import { activationMembers } from '../model/activations/index.js';
import { layOut, type Network, type WholeSpec } from '../model/lay-out.js';
import { forwardLayers } from '../model/layers/forward/index.js';
import type { Tensor } from '../model/layers/layer.js';
import type { Real } from '../model/precision.js';
import { quoted, UserError } from '../user-error.js';
import { checkPreprocessing } from './check.js';
import { DESCRIPTION_FORMAT, DESCRIPTION_KEY, type ModelDescription } from './description.js';

export interface ModelFile {
  /** What it is called in messages. */
  readonly where: string;
  readonly description: ModelDescription;
  readonly net: Network;
  /** Parameters and buffers by the places of their tensors. */
  readonly fill: (parameters: Real, buffers: Real) => void;
  readonly tensors: Tensors;
  /** What else the file says of itself. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Hexadecimal SHA-256 of some bytes. */
export type Hash = (bytes: Uint8Array) => string;

/**
 * @param where what messages begin with
 * @param hash what computes SHA-256, where there is something quicker than plain TypeScript
 * @throws UserError for a file that is damaged, or does not say what it takes to predict with it
 */
export function readModel(bytes: Uint8Array, where: string, hash: Hash = sha256): ModelFile {
  const fail = (what: string): never => {
    throw new UserError(`${where}: ${what}`);
  };
  const { metadata, data, tensors } = parseSafetensors(bytes, fail);
  const { bestHash } = metadata;
  if (bestHash !== undefined && bestHash !== `sha256:${hash(data)}`) {
    fail('damaged: its weights have another hash than it says');
  }
  const { description, net } = describedIn(metadata, fail);
  const named = [...net.layers.flatMap((layer) => [...layer.tensors, ...layer.buffers])];
  for (const tensor of named) checkTensor(tensor, tensors, fail);
  const fill = (parameters: Real, buffers: Real) => {
    for (const layer of net.layers) {
      for (const { name, offset } of layer.tensors) parameters.set(tensors[name].data, offset);
      for (const { name, offset } of layer.buffers) buffers.set(tensors[name].data, offset);
    }
  };
  return { where, description, net, fill, tensors, metadata };
}

type Fail = (what: string) => never;

/** What a file's metadata say of its model, checked, and the network that this makes. */
export function describedIn(
  metadata: Readonly<Record<string, string>>,
  fail: Fail,
): Pick<ModelFile, 'description' | 'net'> {
  const description = descriptionIn(metadata, fail);
  return { description, net: networkIn(description, fail) };
}

function descriptionIn(metadata: Readonly<Record<string, string>>, fail: Fail): ModelDescription {
  const text = metadata[DESCRIPTION_KEY];
  if (text === undefined) {
    const { format, gradpool } = metadata;
    if (format?.startsWith('gradpool-checkpoint')) {
      return fail('is a checkpoint, not the weights.safetensors of an ended run');
    }
    return fail(
      format?.startsWith('gradpool-weights')
        ? `gradpool ${quoted(gradpool ?? '')} did not describe its models yet; train it again`
        : 'says nothing of a model; expected the weights.safetensors of a run',
    );
  }
  const description = parseJson(text);
  if (!isMapping(description)) return fail('what it says of its model is not JSON');
  const { format } = description;
  if (format !== DESCRIPTION_FORMAT) {
    return fail(
      `describes its model as ${quoted(String(format))}, expected ${DESCRIPTION_FORMAT}; use the one that wrote it`,
    );
  }
  const { layers, inputs, outputs, precision, preprocessing } = description;
  if (!isWhole(inputs) || !isWhole(outputs)) return fail('does not say its inputs and outputs');
  if (precision !== 'float32' && precision !== 'float64') return fail('does not say its precision');
  if (!Array.isArray(layers) || layers.length === 0 || !layers.every(isLayer)) {
    return fail('has layers that are unknown here; use the one that wrote it');
  }
  const wrong = checkPreprocessing(preprocessing, Number(inputs), Number(outputs));
  if (wrong !== undefined) return fail(`its rows and outputs do not fit its model: ${wrong}`);
  return description as unknown as ModelDescription;
}

const isEmbedded = (value: unknown) =>
  isMapping(value) && isWhole(value.codes) && isWhole(value.size) && (value.at === 0 || isWhole(value.at));

const isWhole = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0;

/** Whether it is one of these layers, with an activation and a width that there are. */
function isLayer(value: unknown): value is WholeSpec {
  if (!isMapping(value)) return false;
  const { name = 'dense', activation, units, columns, layers } = value;
  const isActivation = (one: unknown) => typeof one === 'string' && Object.hasOwn(activationMembers, one);
  if (typeof name !== 'string' || !Object.hasOwn(forwardLayers, name)) return false;
  if (columns !== undefined && !(isMapping(columns) && Object.values(columns).every(isEmbedded)))
    return false;
  if (layers !== undefined && !(Array.isArray(layers) && layers.length > 0 && layers.every(isLayer)))
    return false;
  if (units !== undefined && units !== 'auto' && !isWhole(units)) return false;
  return activation === undefined || (isMapping(activation) && isActivation(activation.name));
}

function networkIn({ inputs, layers, outputs }: ModelDescription, fail: Fail): Network {
  const net = laidOut(inputs, layers, outputs, fail);
  for (const { inputs: width, options } of net.layers) {
    const places = Object.values((options.columns ?? {}) as Readonly<Record<string, { at: number }>>);
    if (places.some(({ at }) => at >= width) || new Set(places.map(({ at }) => at)).size < places.length)
      fail('its layers do not fit each other');
  }
  if (net.outputs !== outputs) fail(`its layers have ${net.outputs} outputs, and it says ${outputs}`);
  return net;
}

/** What an option that is missing leads to, a layer alone knows. */
function laidOut(inputs: number, layers: readonly WholeSpec[], outputs: number, fail: Fail): Network {
  try {
    return layOut(forwardLayers, inputs, layers, outputs);
  } catch {
    return fail('its layers lack what they need');
  }
}

function checkTensor({ name, shape }: Tensor, tensors: Tensors, fail: Fail): void {
  const found = tensors[name];
  if (found === undefined) throw fail(`has no tensor ${quoted(name)}, which its layers need`);
  if (found.shape.join() !== shape.join()) {
    fail(`its tensor ${quoted(name)} is ${found.shape.join('×')}, its layers need ${shape.join('×')}`);
  }
}
