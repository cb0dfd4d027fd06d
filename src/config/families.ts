/** The families that a configuration names members of: the only place that says which there are. */
import { datasets } from '../data/index.js';
import { defaultSampling, samplings } from '../data/sampling/index.js';
import { splits } from '../data/splits/index.js';
import { defaultEngine, engines } from '../engines/index.js';
import { activationMembers } from '../model/activations/index.js';
import { defaultInitializer, initializerMembers } from '../model/init/index.js';
import { defaultLayer, layerMembers } from '../model/layers/index.js';
import { lossMembers } from '../model/losses/index.js';
import { metrics } from '../model/metrics/index.js';
import { defaultOptimizer, methodMembers, optimizerMembers } from '../optimizers/index.js';
import { scheduleMembers } from '../optimizers/schedules/index.js';
import { encodings } from '../preprocess/encodings/index.js';
import { missingRules } from '../preprocess/missing/index.js';
import { scales } from '../preprocess/scales/index.js';

/** The member that stands where none is named. */
export const defaults = {
  engine: defaultEngine,
  init: defaultInitializer,
  layer: defaultLayer,
  optimizer: defaultOptimizer,
  sampling: defaultSampling,
} as const;

export const families = {
  activations: activationMembers,
  data: datasets,
  encodings,
  engines,
  init: initializerMembers,
  layers: layerMembers,
  losses: lossMembers,
  metrics,
  missing: missingRules,
  optimizers: { ...optimizerMembers, ...methodMembers },
  samplings,
  scales,
  schedules: scheduleMembers,
  splits,
};
