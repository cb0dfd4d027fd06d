/** The layers by the names they have in a configuration: a name is its file's name. */
import { activation } from './activation.js';
import { batchNorm } from './batch-norm.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { embedding } from './embedding.js';
import type { LayerType } from './layer.js';
import { layerNorm } from './layer-norm.js';

/** Those that configurations write, with the types of their options. */
export const layerMembers = {
  dense,
  activation,
  dropout,
  'batch-norm': batchNorm,
  'layer-norm': layerNorm,
};

export { defaultLayer } from '../lay-out.js';

/** Those that follow from the data: a network has them before the configuration's. */
export const impliedLayers = { embedding };

export type LayerName = keyof typeof layerMembers | keyof typeof impliedLayers;
export const layers = { ...layerMembers, ...impliedLayers } as unknown as Readonly<Record<string, LayerType>>;
export const layerNames = Object.keys(layers) as LayerName[];
