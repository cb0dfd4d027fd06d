/** What the coordinator thread offers to its caller. */
import type { Config } from '../config/schema.js';
import { forbidden, UserError } from '../errors.js';
import { watchWork } from '../machine/work.js';
import type { CoordinatorApi } from '../protocol.js';
import { abandon } from './abandon.js';
import { estimate } from './estimate.js';
import { evaluateWeights, insightsInto } from './evaluate.js';
import { checkGradients } from './gradcheck.js';
import { findRate } from './lr-find.js';
import { outputsOf } from './outputs.js';
import { Trainer } from './trainer.js';

export function coordinator(): CoordinatorApi {
  const trainer = new Trainer();
  let given: Config | undefined;
  /** The configuration, once: its data are kept no longer than its run. */
  const taken = (): Config => {
    const config = given;
    given = undefined;
    if (config === undefined) throw new Error('no configuration was given');
    return config;
  };
  return {
    ready: () => {},
    watch: watchWork,
    abandon,
    give: (config) => {
      given = config;
    },
    train: (options, onEvent, onStep) => told(trainer.train(taken(), options, onEvent, {}, onStep)),
    gradcheck: (options, onProgress) => told(checkGradients(taken(), options, onProgress)),
    findRate: (options, onProgress) => told(findRate(taken(), options, onProgress)),
    evaluate: (config, options) => told(evaluateWeights(config, options)),
    estimate: (config, options) => told(estimate(config, options)),
    insights: (config, options) => told(insightsInto(config, options)),
    outputs: (config, options) => told(outputsOf(config, options)),
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
