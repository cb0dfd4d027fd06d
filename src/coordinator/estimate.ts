/** What is known of a run before it begins: how many rows it has for what, and how long a step should take. */

import type { Config } from '../config/schema.js';
import { openData } from '../data/index.js';
import { chooseEngine, plannedEngine } from '../engines/index.js';
import { compileKernels } from '../engines/kernels.js';
import { shardsOfMinibatch } from '../plan/shards.js';
import { stepTime } from '../plan/step-time.js';
import type { Estimate, EstimateOptions } from '../protocol.js';
import { notCut } from './abandon.js';
import { contextOf, networkOf, refuseSmallMinibatches } from './network.js';
import { objectiveOf } from './objective.js';

/**
 * Opens the data, and reads of them what their sizes take.
 * @throws UserError for a run that could not begin
 */
export async function estimate(config: Config, { most, cache }: EstimateOptions): Promise<Estimate> {
  const source = await notCut(() => openData(config.data, contextOf(config, cache)));
  try {
    refuseSmallMinibatches(config, source);
    const net = networkOf(config.model, source);
    objectiveOf(config, source);
    await notCut(compileKernels);
    const { choice } = chooseEngine(config.engine);
    const { bytes } = plannedEngine(choice.name, config.model.precision);
    const { batchSize, averaging, clip } = config.train;
    const shards = shardsOfMinibatch(config.train);
    const clipsNorm = clip?.norm !== undefined;
    const shape = { net, engine: choice.name, bytes, batchSize, shards, averaging, clipsNorm };
    const { train, validation, test } = source.parts;
    return {
      seconds: Array.from({ length: most }, (_, k) => stepTime(shape, k + 1).seconds),
      trainRows: train,
      validationRows: validation,
      testRows: test,
    };
  } finally {
    await source.stream?.close?.();
  }
}
