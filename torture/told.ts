/** What a run comes to, in a line: its weights, and all that it tells of them. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ConfigInput } from '../src/config/schema.js';
import { isUserError } from '../src/errors.js';
import type { TrainEvent, TrainResult } from '../src/protocol.js';

/** Trains a configuration into a new folder. */
export type TrainedBy = (
  config: ConfigInput,
  runDir: string,
  onEvent: (event: TrainEvent) => void,
) => Promise<TrainResult>;

/**
 * @param folder where the run is written to, so that it tells what its end has found out
 * @returns the same for the same bits, on any number of hosts and threads; what went wrong where that is not a bug
 */
export async function toldOf(config: ConfigInput, folder: string, trained: TrainedBy): Promise<string> {
  const digest = createHash('sha256');
  try {
    const { summary } = await trained(config, join(folder, `run-${process.pid}-${created++}`), (event) => {
      if (event.event === 'epoch')
        digest.update(JSON.stringify([event.trainLoss, event.validLoss, event.validMetrics]));
      if (event.event === 'insights') digest.update(JSON.stringify(event));
    });
    const { weightsHash, bestHash, testLoss, testMetrics } = summary;
    digest.update(JSON.stringify([testLoss, testMetrics]));
    return `${weightsHash} ${bestHash} ${digest.digest('hex')}`;
  } catch (error) {
    if (!isUserError(error)) throw error;
    return (error as Error).message.split('\n')[0];
  }
}

let created = 0;
