/** What a way of averaging gradients needs, as plans are made with it; worker/averaging has what it does. */
import type { Network } from '../model/network.js';

export interface AveragingPlan {
  /** One sentence. */
  readonly description: string;
  /** Whether every shard's gradient sums are stored. */
  readonly storesShards: boolean;
  /** Whether there must be a power of two of shards: what several hosts add up is then what one would. */
  readonly powerOfTwo?: true;
  /** Parts of the gradient sums that are made whole, each by one worker, whatever the number of these. */
  parts(net: Network): number;
  /** Values of a worker's own buffer for sums on their way to the update. */
  sums(net: Network): number;
  /** The busiest worker's part of the products of gradients, given its part of the shards. */
  share(net: Network, threads: number, ofShards: number): number;
  /** How many times a step writes or reads each parameter's worth of memory. */
  moved(shards: number): number;
}

/** Parameters that are averaged and updated at a time: they stay in the first-level cache. */
export const UPDATE_BLOCK = 1024;
