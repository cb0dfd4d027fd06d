/** The layers by the names they have in a configuration: a name is its file's name. */
import { activation } from './activation.js';
import { batchNorm } from './batch-norm.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import type { LayerType } from './layer.js';
import { layerNorm } from './layer-norm.js';

const members = {
  dense,
  activation,
  dropout,
  'batch-norm': batchNorm,
  'layer-norm': layerNorm,
} satisfies Record<string, LayerType>;

export type LayerName = keyof typeof members;
export const layers: Readonly<Record<LayerName, LayerType>> = members;
export const layerNames = Object.keys(layers) as LayerName[];
