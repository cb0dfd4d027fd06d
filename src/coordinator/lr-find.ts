/**
 * The search for a learning rate: minibatch after minibatch with a rate that rises exponentially, in a workspace of its own,
 * of which nothing is left.
 */
import type { Config } from '../config/schema.js';
import { openData } from '../data/index.js';
import { UserError } from '../errors.js';
import { atWork } from '../machine/work.js';
import { isMethod } from '../optimizers/index.js';
import { rateOf } from '../optimizers/schedules/index.js';
import type { FindRateOptions, FindRateProgress } from '../protocol.js';
import { nearness, type RateEnd, type RateFinding, RunningLoss, suggested } from '../rate-finding.js';
import { Counter } from '../shared/control.js';
import { notCut } from './abandon.js';
import { contextOf, refuseSmallMinibatches } from './network.js';
import { ordersOf } from './streamed-orders.js';
import { Workspace } from './workspace.js';

const PROGRESS_EVERY_MS = 100;

/**
 * Makes the steps that a run would begin with, in its order, but for the rate: `from` in the first, `to` in the last one.
 * @throws UserError for a run that could not begin, and where the first loss is not finite
 */
export async function findRate(
  config: Config,
  { from, to, steps, threads, cache }: FindRateOptions,
  onProgress: (progress: FindRateProgress) => void,
): Promise<RateFinding> {
  if (isMethod(config.optimizer.name)) {
    throw new UserError(`optimizer: "${config.optimizer.name}" has no learning rate that could be found`);
  }
  atWork({ what: 'reading the data' });
  const source = await notCut(() => openData(config.data, contextOf(config, cache)));
  refuseSmallMinibatches(config, source);
  // Math.pow need not have the same bits on every machine.
  const factor = Math.exp(Math.log(to / from) / (steps - 1));
  const optimizer = {
    ...config.optimizer,
    learningRate: from,
    schedule: { name: 'exponential', every: '1 step', factor } as const,
  };
  const workspace = await Workspace.open({ ...config, optimizer }, source, threads);
  try {
    atWork(undefined);
    const { setup, counters, supervisor } = workspace;
    const stepsPerEpoch = Math.ceil(setup.trainRows / setup.batchSize);
    const epochs = Math.ceil(steps / stepsPerEpoch);
    const orders = ordersOf(workspace, stepsPerEpoch, epochs, 0);
    const rateAt = rateOf(optimizer, stepsPerEpoch, steps);
    const active = Math.min(workspace.threads, setup.shards);
    const running = new RunningLoss(nearness(steps));
    const tried: { rate: number; loss: number }[] = [];
    let ended: RateEnd = 'all steps';
    let toldAt = performance.now();
    try {
      for (let step = 0; step < steps && ended === 'all steps'; step++) {
        await orders.prepare(step);
        counters[Counter.epochLoss] = 0;
        counters[Counter.epochExamples] = 0;
        const outcome = await supervisor.train(step, step + 1, Number.POSITIVE_INFINITY, active);
        orders.ahead(step + 1);
        const rate = rateAt(step);
        const loss = counters[Counter.epochLoss] / counters[Counter.epochExamples];
        if (Number.isFinite(loss)) tried.push({ rate, loss });
        if (outcome === 'not finite') ended = 'not finite';
        else if (running.rises(loss)) ended = 'loss rose';
        if (performance.now() - toldAt < PROGRESS_EVERY_MS) continue;
        toldAt = performance.now();
        onProgress({ event: 'progress', done: step + 1, total: steps, rate, loss });
      }
    } finally {
      await orders.close();
    }
    if (tried.length === 0) {
      throw new UserError(
        'the loss of the first minibatch is not a finite number, whatever the rate; look for features or weights that are far too large',
      );
    }
    return suggested(tried, steps, ended);
  } finally {
    await workspace.close();
  }
}
