/**
 * A partial gradient for each shard, their sum in a fixed tree, and where several hosts train together, the sum of theirs
 * in the same tree: each of them has whole subtrees.
 */
import type { AveragingPlan } from './averaging.js';
import { shards } from './shards.js';

export const hosts: AveragingPlan = {
  ...shards,
  description: 'As shards, of which there are a power of two, that several hosts can share (--nodes).',
  powerOfTwo: true,
};
