/** The library: what `import … from 'gradpool'` offers. Re-exports only. */

export { type CompareSettings, compare } from './api/compare.js';
export { type CrossValidateOptions, crossValidate } from './api/cross-validate.js';
export { type DescribeSettings, describeData } from './api/describe-data.js';
export { type Draft, type DraftSettings, draftConfig } from './api/draft.js';
export { type EvaluateSettings, evaluate } from './api/evaluate.js';
export { type ExportResult, type ExportSettings, exportModel } from './api/export.js';
export { type FetchEvent, type Fetched, type FetchSettings, fetchData } from './api/fetch-data.js';
export { type GradcheckSettings, gradcheck, numericDerivative } from './api/gradcheck.js';
export { type ImportResult, type ImportSettings, importModel } from './api/import.js';
export { type InsightsSettings, insightsOf } from './api/insights.js';
export { inspect } from './api/inspect.js';
export { type FindRateSettings, findLearningRate } from './api/lr-find.js';
export { type PredictResult, type PredictSettings, predict } from './api/predict.js';
export { type PruneSettings, prune } from './api/prune.js';
export { type ReportResult, type ReportSettings, report } from './api/report.js';
export { type ResumeSettings, resume } from './api/resume.js';
export type { RunSettings, TrainRun } from './api/run.js';
export { runs } from './api/runs.js';
export { type SweepOptions, sweep } from './api/sweep.js';
export { type TrainOptions, train } from './api/train.js';
export { type VerifySettings, verify } from './api/verify.js';
export { type WatchOptions, watch } from './api/watch.js';
export type { Overrides } from './config/load.js';
export type { Config, ConfigInput } from './config/schema.js';
export type { ColumnFacts, ReadFacts } from './data/source.js';
export type { EngineName } from './engines/index.js';
export type { Bits } from './engines/kernels.js';
export { RunFailure, UserError } from './errors.js';
export type {
  CheckpointEvent,
  DoneEvent,
  EngineFacts,
  EpochEvent,
  FaultEvent,
  InitFacts,
  ProgressEvent,
  ResumeEvent,
  SampleEvent,
  StartEvent,
  TimeShares,
  TrainEvent,
} from './events.js';
export type { Comparison, Copy, Group, GroupFigure, Significance } from './history/compare.js';
export type { ComparedRun, Part } from './history/compared-run.js';
export type { DifferingKey } from './history/differences.js';
export { type RunRecord, type RunState, readRun } from './history/record.js';
export type { RowState, RunRow } from './history/runs.js';
export type { TestResult } from './history/significance.js';
export type { BestFigure } from './history/summary.js';
export type { Layout } from './import/tensors.js';
export type { Histogram, InsightsEvent, LayerInsight, WorstExample } from './insights.js';
export type { ColumnDescription, DataDescription, ImageDescription } from './look/describe.js';
export { availableCores } from './machine/cores.js';
export type { MachineFacts } from './machine/facts.js';
export type { Figures } from './model/metrics/index.js';
export type { LearningTask } from './model/metrics/task.js';
export type { Precision } from './model/precision.js';
export type { FindRateProgress, GradcheckProgress, StepEvent, TrainResult } from './protocol.js';
export type { DeadUnits, PrunedLayer, PruneResult } from './pruning.js';
export type { RateEnd, RateFinding, RatePoint } from './rate-finding.js';
export type {
  ClassFigures,
  CrossValidation,
  Evaluated,
  EvaluateResult,
  FoldResult,
  GradcheckResult,
  Importance,
  InspectedColumn,
  InspectedLayer,
  Inspection,
  LayerCheck,
  Spread,
  Verdict,
  VerifyResult,
} from './results.js';
export type { Damaged } from './runs/checkpoints.js';
export type {
  CrossValidationEvent,
  CrossValidationStart,
  FinalResult,
  SweepEvent,
  SweepProgress,
  SweepResult,
  SweepStart,
  TrialResult,
} from './series.js';
export type { SubscriberName, Subscriptions } from './subscribers/index.js';
export type { SweepInput } from './sweep/spec.js';
