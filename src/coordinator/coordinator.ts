/** What the coordinator thread offers to its caller. */
import type { CoordinatorApi } from '../protocol.js';
import { checkGradients } from './gradcheck.js';
import { Trainer } from './trainer.js';

export function coordinator(): CoordinatorApi {
  const trainer = new Trainer();
  return {
    train: (config, options, onEvent) => trainer.train(config, options, onEvent),
    gradcheck: checkGradients,
    stop: () => trainer.stop(),
  };
}
