/** Options that every optimizer has, and one that many have. */

/** @param rate the default learning rate @param weightDecay its default */
export function commonOptions(rate: number, weightDecay = 0) {
  return {
    learningRate: {
      type: 'number',
      above: 0,
      max: 1e6,
      default: rate,
      description: 'η, the size of a step, before the schedule.',
    },
    l2: {
      type: 'number',
      min: 0,
      max: 1e6,
      default: 0,
      description: 'λ of L2 regularisation: λθ is added to the averaged gradient.',
    },
    weightDecay: {
      type: 'number',
      min: 0,
      max: 1e6,
      default: weightDecay,
      description:
        'λ of decoupled weight decay (Loshchilov and Hutter 2019, times η as in PyTorch): θ ← θ(1 − ηλ).',
    },
    decay: {
      type: 'choice',
      of: ['weights', 'all'],
      default: 'weights',
      description: 'What l2 and weightDecay apply to: the weights of dense layers alone, or all parameters.',
    },
    schedule: {
      type: 'member',
      family: 'schedules',
      default: 'constant',
      description: 'How the learning rate changes from step to step.',
    },
  } as const;
}

/** What keeps a division from being one by 0. @param what is done with it, in words */
export function epsilonOption(value: number, what: string) {
  return {
    type: 'number',
    // Less would be 0 in float32, where 0/0 is not a number.
    min: 1e-30,
    max: 1,
    default: value,
    description: `ε, ${what}.`,
  } as const;
}
