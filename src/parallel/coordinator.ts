/** What the coordinator thread offers to its caller. Knows nothing of how calls reach it. */
import type { CoordinatorApi } from '../protocol.js';
import { checkGradients } from './check.js';
import { Trainer } from './trainer.js';

export function coordinator(): CoordinatorApi {
  const trainer = new Trainer();
  return {
    train: (config, options, onEvent) => trainer.train(config, options, onEvent),
    gradcheck: checkGradients,
    stop: () => trainer.stop(),
  };
}
