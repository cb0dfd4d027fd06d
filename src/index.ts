/** The library: what `import … from 'gradpool'` offers. Re-exports only. */
export type { Overrides } from './config/load.js';
export type { Config, ConfigInput } from './config/schema.js';
export { UserError } from './errors.js';
export {
  type GradcheckResult,
  type GradcheckSettings,
  gradcheck,
  numericDerivative,
} from './gradcheck.js';
export { availableCores } from './parallel/cores.js';
export type {
  DoneEvent,
  EpochEvent,
  GradcheckProgress,
  LayerCheck,
  ProgressEvent,
  StartEvent,
  TimeShares,
  TrainEvent,
  TrainResult,
} from './protocol.js';
export { type TrainOptions, train } from './train.js';
