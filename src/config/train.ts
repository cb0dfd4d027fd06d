/** What a configuration says under `train`: how long, and in what portions, to learn. */
import * as z from 'zod';
import { averagingNames, averagings, defaultAveraging } from '../averaging/index.js';
import { families } from './families.js';
import { familySchema, intervalSchema } from './family.js';
import type { InputOf, SpecOf } from './spec.js';

/** A sentence that another one goes on with. */
const inSentence = (sentence: string) => sentence[0].toLowerCase() + sentence.slice(1);

export const MOST_ROWS_A_MINIBATCH = 1 << 20;
export const USUAL_ROWS_A_MINIBATCH = 32;

const count = (max: number) => z.int().min(1).max(max);

/** @param members those that may be named */
export const trainSchema = (members: typeof families) =>
  z
    .strictObject({
      batchSize: count(MOST_ROWS_A_MINIBATCH).optional().meta({
        default: USUAL_ROWS_A_MINIBATCH,
        description:
          'Examples a minibatch, whatever the number of threads. With lbfgs all, and so is its default.',
      }),
      epochs: count(1_000_000).default(1).meta({ description: 'Passes over the training rows.' }),
      shards: count(64)
        .optional()
        .meta({
          description:
            'Parts that a minibatch is cut into; at most so many threads can share it. Part of what decides the ' +
            'result, unlike the number of threads. Default: one for each 16 examples of a minibatch, at most 16.',
        }),
      accumulate: count(1 << 16)
        .optional()
        .meta({
          description:
            'Minibatches that an update is made from: their gradients are added up, and averaged over all of their rows, as ' +
            'if they were one minibatch that needs the memory of a part; an epoch ends with those that are left. Steps are ' +
            'counted in updates. Default: 1.',
        }),
      classWeights: z
        .union([
          z.literal('balanced'),
          z
            .record(z.string().min(1).max(256), z.number().min(0).max(1e6))
            .refine((weights) => Object.keys(weights).length > 0, {
              error: 'expected a weight for some of the classes, by their names, got none; leave it out',
            }),
        ])
        .optional()
        .meta({
          description:
            'How much the rows of each class count while learning, by the name of the class (1 where it is not named); ' +
            'balanced: n/(K·n_c) for a class of n_c of the n training rows, of K classes. Default: all count the same.',
        }),
      clip: z
        .strictObject({
          norm: z.number().gt(0).max(1e30).optional().meta({
            description:
              'c: where the norm over the gradients of all parameters is larger, they are made smaller together: times c/(norm + 1e-6).',
          }),
          value: z.number().gt(0).max(1e30).optional().meta({
            description: 'Each value of the gradients is brought to between −value and value.',
          }),
        })
        .refine(({ norm, value }) => (norm === undefined) !== (value === undefined), {
          error: ({ input }) =>
            `expected either norm or value, got ${Object.keys(input as object).length === 0 ? 'neither' : 'both'}`,
        })
        .optional()
        .meta({
          description:
            'Bounds the averaged gradients, before l2 is added: by their norm, or value by value. Default: not at all.',
        }),
      ema: z
        .strictObject({
          decay: z.number().min(0).max(0.999999).default(0.999).meta({
            description: 'd: after each step the average becomes d·average + (1 − d)·weights.',
          }),
        })
        .optional()
        .meta({
          description:
            'A moving average of the weights, from those after the first step on. It is what is validated, and what the ' +
            'run leaves; training goes on with the weights themselves. Default: none.',
        }),
      sampling: familySchema(members.samplings, members).optional().meta({
        description:
          'Which training rows an epoch is made of. Default: each comes once, in an order of its own (shuffle).',
      }),
      mixup: z
        .strictObject({
          alpha: z.number().gt(0).max(1e3).default(0.2).meta({
            description:
              'α: how much of both rows there is; the share of one is of the distribution Beta(α, α).',
          }),
        })
        .optional()
        .meta({
          description:
            'Each row of a minibatch is mixed with another of it while learning, inputs and targets alike (mixup, Zhang et al. ' +
            '2018). Default: rows stay as they are.',
        }),
      averaging: z
        .enum(averagingNames)
        .default(defaultAveraging)
        .meta({
          description:
            'How gradients are summed. ' +
            averagingNames.map((name) => `${name}: ${inSentence(averagings[name].description)}`).join(' '),
        }),
      exchange: z
        .enum(['fixed', 'fast', 'half'])
        .optional()
        .meta({
          description:
            "How several hosts add up their sums. fixed, the default: in one tree, to one host's bits. fast: as their MPI " +
            'library finds fastest, and the bits are those of so many hosts and of this library. half: in the tree, with 16 ' +
            'bits a value on the way (bfloat16), which halves the bytes; what is rounded away is kept and sent the next ' +
            'time. Its bits are those of so many hosts, and of a run that was not interrupted: what is kept is no part of a ' +
            'checkpoint, and begins at 0 where a run goes on. On one host all are the same.',
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
          metrics: (
            z.array(familySchema(members.metrics, members)).min(1).max(32) as unknown as z.ZodType<
              readonly SpecOf<typeof families.metrics, typeof families>[],
              readonly InputOf<typeof families.metrics, typeof families>[]
            >
          )
            .optional()
            .meta({ description: 'What is computed beside the loss; default: what suits the task.' }),
          monitor: z
            .enum(['loss', ...(Object.keys(families.metrics) as (keyof typeof families.metrics)[])])
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
