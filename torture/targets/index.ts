/** The fuzzer's targets by the names that cases give them; "X without Y" is X with its guard Y taken out. */
import { configTargets } from './config.js';
import { idxTargets } from './idx.js';
import { runTargets } from './runs.js';
import type { Targets } from './target.js';

export const targets: Targets = { ...idxTargets, ...configTargets, ...runTargets };
