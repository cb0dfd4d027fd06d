/** What the coordinator thread offers to its caller. */
import { forbidden, UserError } from '../errors.js';
import type { CoordinatorApi } from '../protocol.js';
import { abandon } from './abandon.js';
import { evaluateWeights } from './evaluate.js';
import { checkGradients } from './gradcheck.js';
import { Trainer } from './trainer.js';

export function coordinator(): CoordinatorApi {
  const trainer = new Trainer();
  return {
    ready: () => {},
    abandon,
    train: (config, options, onEvent) => told(trainer.train(config, options, onEvent)),
    gradcheck: (config, options, onProgress) => told(checkGradients(config, options, onProgress)),
    evaluate: (config, options) => told(evaluateWeights(config, options)),
    stop: () => trainer.stop(),
  };
}

/** Only the message of an error crosses to the caller, so that what Node has refused is put into words here. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const refused = forbidden(error);
    throw refused === undefined ? error : new UserError(refused);
  }
}
