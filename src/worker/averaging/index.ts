/** What a worker does for each way of averaging, by its name: its file's name, here and in src/averaging. */
import type { AveragingName } from '../../averaging/index.js';
import type { CreateAveraging } from './averaging.js';
import { hosts } from './hosts.js';
import { shards } from './shards.js';
import { slices } from './slices.js';

export const averagings: Readonly<Record<AveragingName, CreateAveraging>> = { slices, shards, hosts };
