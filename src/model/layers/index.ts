/** The layers by the names they have in a configuration: a name is its file's name. */
import { activation } from './activation.js';
import { batchNorm } from './batch-norm.js';
import { concat } from './concat.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { embedding } from './embedding.js';
import { fork } from './fork.js';
import { gaussianNoise } from './gaussian-noise.js';
import type { LayerType } from './layer.js';
import { layerNorm } from './layer-norm.js';
import { prelu } from './prelu.js';
import { residual } from './residual.js';

/** Those that configurations write, with the types of their options. */
export const layerMembers = {
  dense,
  activation,
  dropout,
  'gaussian-noise': gaussianNoise,
  'batch-norm': batchNorm,
  'layer-norm': layerNorm,
  prelu,
  residual,
  concat,
};

export { defaultLayer } from '../lay-out.js';

/** Those that follow: from the data, before the configuration's, or from layers that have layers of their own. */
export const impliedLayers = { embedding, fork };

export type LayerName = keyof typeof layerMembers | keyof typeof impliedLayers;
export const layers = { ...layerMembers, ...impliedLayers } as unknown as Readonly<Record<string, LayerType>>;
export const layerNames = Object.keys(layers) as LayerName[];
