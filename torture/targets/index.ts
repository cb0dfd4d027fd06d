/** The fuzzer's targets by the names that cases give them; "X without Y" is X with its guard Y taken out. */

import { arrayTargets } from './arrays.js';
import { configTargets } from './config.js';
import { idxTargets } from './idx.js';
import { modelTargets } from './models.js';
import { runTargets } from './runs.js';
import { tableTargets } from './tables.js';
import type { Targets } from './target.js';

export const targets: Targets = {
  ...idxTargets,
  ...configTargets,
  ...runTargets,
  ...tableTargets,
  ...arrayTargets,
  ...modelTargets,
};
