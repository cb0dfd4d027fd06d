/** Whom a run tells what becomes of it, and whom it waits for. */

import { shardsOf } from '../plan/shards.js';
import type { StepEvent, TrainEvent } from '../protocol.js';
import { view } from '../shared/arena.js';
import type { RunProgress } from './progress.js';
import type { Workspace } from './workspace.js';

export interface Listeners {
  /** What it returns is waited for after a validation, where the run `waits`. */
  readonly emit: (event: TrainEvent) => unknown;
  readonly waits?: boolean | undefined;
  /** Called after each step, which the next one waits for: each step is then a stretch of its own. */
  readonly onStep?: ((event: StepEvent) => unknown) | undefined;
}

/**
 * What there is to tell of the step that was just made. Its loss is added up anew from the shards', in their order, so
 * that no step does anything for those who want to know.
 */
export function stepEvent(
  { setup }: Workspace,
  progress: RunProgress,
  rateOf: (step: number) => number,
): StepEvent {
  const { step, stepsPerEpoch } = progress;
  const epoch = Math.ceil(step / stepsPerEpoch);
  const before = (step - 1 - (epoch - 1) * stepsPerEpoch) * setup.batchSize;
  const rows = Math.min(setup.batchSize, setup.trainRows - before);
  const losses = view(setup.memory, setup.layout.shardLosses);
  let loss = 0;
  for (let shard = 0; shard < shardsOf(rows, setup.shards); shard++) loss += losses[shard];
  // A line search has looked at other places too.
  const mean = setup.method ? progress.epochLoss : loss / rows;
  return { event: 'step', step, epoch, loss: mean, rows, learningRate: rateOf(step - 1) };
}
