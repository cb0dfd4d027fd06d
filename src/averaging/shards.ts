/** A partial gradient for each shard, then their sum in a fixed tree: what a sum over several hosts starts from. */
import { type AveragingPlan, UPDATE_BLOCK } from './averaging.js';

export const shards: AveragingPlan = {
  description: 'A partial gradient for each shard, then their sum.',
  storesShards: true,
  parts: (net) => Math.ceil(net.parameters / UPDATE_BLOCK),
  sums: () => UPDATE_BLOCK,
  share: (_net, _threads, ofShards) => ofShards,
  moved: (count) => 2 + 2 * count,
};
