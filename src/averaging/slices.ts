/** Each worker its tiles of the gradient, over the whole minibatch: no gradient is ever stored whole. */

import { type AveragingPlan, UPDATE_BLOCK } from './averaging.js';
import { countTiles, largestTile } from './tiles.js';

export const slices: AveragingPlan = {
  description: 'Each worker its share of the gradient over the whole minibatch.',
  storesShards: false,
  parts: countTiles,
  sums: (net) => Math.max(UPDATE_BLOCK, largestTile(net)),
  share: (net, threads) =>
    threads === 1 ? 1 : Math.min(1, 1 / threads + largestTile(net) / 2 / net.parameters),
  moved: () => 3,
};
