/** The ways of averaging by the names they have in a configuration: a name is its file's name, here and in worker/averaging. */
import type { AveragingPlan } from './averaging.js';
import { hosts } from './hosts.js';
import { shards } from './shards.js';
import { slices } from './slices.js';

const members = { slices, shards, hosts } satisfies Record<string, AveragingPlan>;

export const defaultAveraging = 'slices';

export type AveragingName = keyof typeof members;
export const averagings: Readonly<Record<AveragingName, AveragingPlan>> = members;
export const averagingNames = Object.keys(averagings) as AveragingName[];
