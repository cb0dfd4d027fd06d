/** What predictions need of the layers, by the names that they have in a configuration: a name is its file's name. */
import { activation } from './activation.js';
import { batchNorm } from './batch-norm.js';
import { concat } from './concat.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { embedding } from './embedding.js';
import { fork } from './fork.js';
import type { ForwardLayer } from './forward.js';
import { gaussianNoise } from './gaussian-noise.js';
import { layerNorm } from './layer-norm.js';
import { prelu } from './prelu.js';
import { residual } from './residual.js';

export const forwardLayers: Readonly<Record<string, ForwardLayer>> = {
  dense,
  activation,
  dropout,
  'gaussian-noise': gaussianNoise,
  'batch-norm': batchNorm,
  'layer-norm': layerNorm,
  embedding,
  prelu,
  residual,
  concat,
  fork,
};
