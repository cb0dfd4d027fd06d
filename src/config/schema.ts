/**
 * The configuration: one schema gives the types, the validation and the JSON Schema that editors complete from. What
 * families have for members, and these for options, they say themselves. Main thread only: other threads get the
 * resolved object.
 */
import * as z from 'zod';
import { engineOf } from '../engines/index.js';
import { isMethod } from '../optimizers/index.js';
import { problemsBetween } from './checks.js';
import { defaults, families } from './families.js';
import { familySchema, membersSchema } from './family.js';
import type { InputOf, SpecOf } from './spec.js';
import { MOST_ROWS_A_MINIBATCH, trainSchema, USUAL_ROWS_A_MINIBATCH } from './train.js';

/** A run's name becomes part of a folder's name, so it cannot climb out of it. */
const runName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'expected 1 to 64 letters, digits, ".", "_" or "-", first a letter or digit',
  )
  .meta({ description: 'Name of the run: its folder is runs/<name>-<time>.' });

const layersSchema = (members: typeof families) =>
  membersSchema(members.layers, members, { fallback: defaults.layer, most: 64 }).meta({
    description: `Layers, first to last; a mapping without a name is a ${defaults.layer} one.`,
  }) as unknown as z.ZodType<
    readonly SpecOf<typeof families.layers, typeof families>[],
    readonly InputOf<typeof families.layers, typeof families, typeof defaults.layer>[]
  >;

const modelSchema = (members: typeof families) =>
  z
    .strictObject({
      precision: z
        .enum(['float32', 'float64'])
        .optional()
        .meta({ description: 'Default: float32, unless the engine computes in float64 only.' }),
      init: familySchema(members.init, members, defaults.init)
        .prefault(defaults.init)
        .meta({ description: 'How initial weights are drawn; biases start at zero.' }),
      layers: layersSchema(members),
    })
    .meta({ description: 'The network; its inputs are those of the data.' });

type Model = ReturnType<typeof modelSchema>;
type Train = ReturnType<typeof trainSchema>;

/** What a family's members are as they are read, and as a user writes them. */
type All = typeof families;
type Read<Name extends keyof All> = SpecOf<All[Name], All>;
type Input<Name extends keyof All, Default = never> = InputOf<All[Name], All, Default>;

// Written out: what TypeScript infers of so many members is longer than it serializes.

/** As it is written, with every default that depends on nothing else. */
export interface Written {
  $schema?: string | undefined;
  name: string;
  seed: number;
  engine: Read<'engines'>;
  data: Read<'data'>;
  model: z.output<Model>;
  loss: Read<'losses'>;
  optimizer: Read<'optimizers'>;
  train: z.output<Train>;
}

/** What a user writes. */
export interface ConfigInput {
  /** For editors: where the JSON Schema is. */
  $schema?: string | undefined;
  /** Of the run: letters, digits, dots, dashes and underscores, 64 at most. */
  name: string;
  /** Everything random follows from it; default 0. */
  seed?: number | undefined;
  /** What computes; default `auto`. */
  engine?: Input<'engines', typeof defaults.engine> | undefined;
  /** The data, by family: `csv`, `memory`, `mnist` and others (docs/data.md), with their split. */
  data: Input<'data'>;
  /** The network: `layers`, `init`, `precision`. */
  model: z.input<Model>;
  /** What training minimises. */
  loss: Input<'losses'>;
  /** The update rule; default `sgd`. */
  optimizer?: Input<'optimizers', typeof defaults.optimizer> | undefined;
  /** How long, in which minibatches, and when to validate, to stop and to write a checkpoint. */
  train?: z.input<Train> | undefined;
}

const writtenSchema = (members: typeof families): z.ZodType<Written, ConfigInput> =>
  z.strictObject({
    $schema: z.string().optional().meta({ description: 'For editors: where the JSON Schema is.' }),
    name: runName,
    seed: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .default(0)
      .meta({ description: 'Everything random follows from it.' }),
    engine: familySchema(members.engines, members, defaults.engine)
      .prefault(defaults.engine)
      .meta({ description: 'What computes.' }),
    data: familySchema(members.data, members).meta({ description: 'The data set.' }),
    model: modelSchema(members),
    loss: familySchema(members.losses, members).meta({ description: 'What training minimises.' }),
    optimizer: familySchema(members.optimizers, members, defaults.optimizer)
      .prefault(defaults.optimizer)
      .meta({ description: 'The update rule.' }),
    train: trainSchema(members).prefault({}),
  });

type WrittenConfig = Omit<Written, '$schema'>;
/** Checked, with every default filled in. */
export interface Config extends Omit<WrittenConfig, 'model' | 'train'> {
  /** How long, and in which minibatches; of a training method that sees all rows at once, as many as there can be. */
  readonly train: Written['train'] & { readonly batchSize: number };
  /** The network; its precision is that of the engine where the configuration says none. */
  readonly model: Written['model'] & { readonly precision: 'float32' | 'float64' };
}

/** The check of configurations that name no members but these. */
export const schemaOf = (members: typeof families): z.ZodType<Config, ConfigInput> =>
  writtenSchema(members)
    .transform(({ $schema: _, ...config }, context) => {
      const precision = config.model.precision ?? engineOf(config.engine.name).precision ?? 'float32';
      const isWhole = isMethod(config.optimizer.name);
      const { batchSize = isWhole ? MOST_ROWS_A_MINIBATCH : USUAL_ROWS_A_MINIBATCH } = config.train;
      const model = { ...config.model, precision };
      const whole = { ...config, model, train: { ...config.train, batchSize } };
      for (const { path, message } of problemsBetween(whole)) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
      return whole;
    })
    .meta({ title: 'gradpool configuration', description: 'What to train, on what, and how.' });

let whole: z.ZodType<Config, ConfigInput> | undefined;

/** The check of any configuration, made when it is first needed. */
export function wholeSchema(): z.ZodType<Config, ConfigInput> {
  whole ??= schemaOf(families);
  return whole;
}

/** As `wholeSchema`, for those who have a configuration and no interest in its schema. */
export const configSchema: Pick<z.ZodType<Config, ConfigInput>, 'parse'> = {
  parse: (...of) => wholeSchema().parse(...of),
};
