/**
 * Limited-memory BFGS (Liu and Nocedal 1989): each step goes along −Hg, where H follows from the last differences of
 * parameters and of gradients (Nocedal and Wright 2006, algorithm 7.4), as far as a line search says that satisfies the
 * strong Wolfe conditions (their algorithms 3.5 and 3.6). For small data, all of which each step sees, and smooth losses.
 * coordinator/lbfgs.ts makes the steps.
 */
import { commonOptions } from './common.js';
import type { Method } from './method.js';

const { l2, decay } = commonOptions(1);

const options = {
  history: {
    type: 'integer',
    min: 1,
    max: 100,
    default: 10,
    description: 'Steps that are remembered: two vectors each, as long as the parameters.',
  },
  tolerance: {
    type: 'number',
    min: 0,
    max: 1,
    default: 1e-6,
    description: 'The run ends once no part of the gradient is larger, or no step lowers the loss any more.',
  },
  l2: { ...l2, description: 'λ of L2 regularisation: ½λ‖θ‖² is added to the loss that is minimised.' },
  decay: {
    ...decay,
    description: 'What l2 applies to: the weights of dense layers alone, or all parameters.',
  },
} as const;

export const lbfgs: Method<typeof options> = {
  description:
    'L-BFGS with a line search (strong Wolfe): steps of all rows, an epoch each, for small data; train.batchSize is all rows.',
  options,
  slots: ({ history }) => [
    ...Array.from({ length: history }, (_, k) => `step${k}`),
    ...Array.from({ length: history }, (_, k) => `change${k}`),
  ],
};
