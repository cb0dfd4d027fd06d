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
  CheckpointEvent,
  DoneEvent,
  EpochEvent,
  FaultEvent,
  GradcheckProgress,
  LayerCheck,
  ProgressEvent,
  ResumeEvent,
  StartEvent,
  TimeShares,
  TrainEvent,
  TrainResult,
} from './protocol.js';
export { type ResumeSettings, resume } from './resume.js';
export type { RunSettings } from './running.js';
export { type TrainOptions, train } from './train.js';
export { type VerifyResult, type VerifySettings, verify } from './verify.js';
