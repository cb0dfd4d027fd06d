/** What is told while something goes on: of a run, and of the runs of a cross-validation. Types only. */

import type { ColumnFacts } from './data/source.js';
import type { EngineName } from './engines/index.js';
import type { Bits } from './engines/kernels.js';
import type { InsightsEvent } from './insights.js';
import type { MachineFacts } from './machine/facts.js';
import type { Figures } from './model/metrics/index.js';
import type { Precision } from './model/precision.js';
import type { FoldResult, TrialResult } from './results.js';
import type { Damaged } from './runs/checkpoints.js';

/** What a run begins with of a file's weights. */
export interface InitFacts {
  path: string;
  sha256: string;
  /** Tensors of the network that the file has. */
  taken: string[];
  /** Those that were drawn. */
  drawn: string[];
  /** Tensors of the file that the network does not have, or in another shape. */
  unused: string[];
}

/** Where the threads' time went, in fractions of threads × wall-clock time; they add up to 1. */
export interface TimeShares {
  compute: number;
  wait: number;
  /** Averaging over the shards and the optimizer's update. */
  update: number;
  other: number;
}

/** What a run computes with. */
export interface EngineFacts {
  engine: EngineName;
  /** Why this engine, where `auto` chose it; null where the configuration names it. */
  engineReason: string | null;
  /** The kind of its bits, on all machines; null: they are its own. */
  bits: Bits | null;
}

export interface StartEvent extends EngineFacts {
  event: 'start';
  /** When: ISO 8601, UTC; undefined: written by a version that did not say. */
  at?: string;
  /** Undefined: written by a version that did not say. */
  machine?: MachineFacts;
  name: string;
  seed: number;
  precision: Precision;
  /** Threads asked for, or those that `auto` came to. */
  threads: number;
  /** Why so many, where `auto` chose; null where a number was asked for. */
  threadsReason: string | null;
  /** Threads that have a shard to compute; the others rest. */
  activeThreads: number;
  shards: number;
  batchSize: number;
  epochs: number;
  stepsPerEpoch: number;
  /** Widths from the input to the output, e.g. [784, 100, 100, 10]. */
  network: number[];
  parameters: number;
  trainRows: number;
  validationRows: number;
  testRows: number;
  /** The metrics that validations and the test find beside the loss. */
  metrics: string[];
  /**
   * What counts more or less in the loss: rows by their sample weights, also in validations and the test; classes while
   * learning. Undefined: nothing does. Metrics count each row once.
   */
  weighted?: ('rows' | 'classes')[];
  /** Training rows are drawn so that classes come equally often (`data.balance`); undefined: each comes once an epoch. */
  balanced?: true;
  /** The figure of the validation rows that decides which weights are the best: `loss`, or a metric. */
  monitor: string;
  /** Rows of the data that belong to no part. */
  unusedRows: number;
  /** Rows that were left out for a missing value; undefined: none. */
  droppedRows?: number;
  /** What was noticed as the data were read, a line each; undefined: nothing. */
  notes?: readonly string[];
  /** The data's columns, where these have names. */
  columns?: readonly ColumnFacts[];
  /** Targets that are scaled while learning: losses are of the scaled values, metrics of those before; undefined: none. */
  scaledTargets?: string[];
  /** Where the run begins with the weights of a file: what of them. */
  initFrom?: InitFacts;
  runDir: string | null;
}

export interface ProgressEvent {
  event: 'progress';
  /** Steps done in the whole run, of `totalSteps`. */
  step: number;
  totalSteps: number;
  /** The epoch under way, from 1. */
  epoch: number;
  /** Mean loss of the epoch's minibatches so far; NaN before the first. */
  trainLoss: number;
  examplesPerSecond: number;
  /** Not finite before the first step. */
  secondsLeft: number;
}

export interface EpochEvent {
  event: 'epoch';
  epoch: number;
  step: number;
  /** Mean of the minibatches' losses over this epoch. */
  trainLoss: number;
  /** null where there are no validation rows. */
  validLoss: number | null;
  /** The metrics by their names, each over all validation rows; empty where there are none. */
  validMetrics: Figures;
  /** Why a metric is null, by its name; absent where none is. */
  reasons?: Record<string, string>;
  /** Seconds spent training so far (validation left out). */
  trainSeconds: number;
  examplesPerSecond: number;
  /** The learning rate of the last step. */
  learningRate: number;
}

/** The run goes on from a checkpoint, or from its beginning where it has none. */
export interface ResumeEvent {
  event: 'resume';
  step: number;
  totalSteps: number;
  /** null: from the beginning. */
  checkpoint: string | null;
  /** Newer checkpoints that were not whole. */
  damaged: Damaged[];
  /** What is not as it was, and was overridden by --force. */
  forced: string[];
}

/** A checkpoint stands. */
export interface CheckpointEvent {
  event: 'checkpoint';
  step: number;
  path: string;
  /** Whether its weights are the best so far by the monitored figure. */
  best: boolean;
}

/** A worker failed, and the run goes on with unchanged results from its last consistent state. */
export interface FaultEvent {
  event: 'fault';
  /** When it was noticed: ISO 8601, UTC. */
  at: string;
  step: number;
  worker: number | null;
  phase: string;
  message: string;
  /** 1 for the first failure at this step. */
  attempt: number;
}

export interface DoneEvent extends EngineFacts {
  event: 'done';
  /** When: ISO 8601, UTC; undefined: written by a version that did not say. */
  at?: string;
  /** Epochs completed. */
  epochs: number;
  steps: number;
  examples: number;
  trainSeconds: number;
  examplesPerSecond: number;
  threads: number;
  shards: number;
  precision: Precision;
  /** The step whose weights are left, the best by `monitor`: the last one where nothing was validated. */
  bestStep: number;
  monitor: string;
  /** The monitored figure of the validation rows after that step; null where nothing was validated. */
  bestValue: number | null;
  /** Those of the weights that are left, as all that follow; null, and no metrics, where there are no rows. */
  validLoss: number | null;
  validMetrics: Figures;
  testLoss: number | null;
  testMetrics: Figures;
  /** Why a metric of the test is null, by its name; absent where none is. */
  reasons?: Record<string, string>;
  /** As the start event has it. */
  scaledTargets?: string[];
  /** Hash of the weights that are left. */
  bestHash: string;
  /** Hash of the parameters after the last step. */
  weightsHash: string;
  /** The most memory that the whole process has had in use at a time. */
  peakMemoryBytes: number;
  runDir: string | null;
  /** The newest checkpoint; null where nothing is written. */
  checkpoint: string | null;
  /** Worker failures that were survived. */
  faults: number;
  /** True when a signal or the caller ended the run before its last epoch. */
  stopped: boolean;
  /** True when `train.stop` ended it before its last epoch. */
  learnedEnough: boolean;
  time: TimeShares;
  /** Inputs, targets and outputs of the training rows, where there are at most 8 rows of at most 8 values. */
  outputs?: { input: number[]; target: number[]; output: number[] }[];
}

export type TrainEvent =
  | StartEvent
  | ResumeEvent
  | ProgressEvent
  | EpochEvent
  | CheckpointEvent
  | FaultEvent
  | InsightsEvent
  | DoneEvent;

export interface CrossValidationStart {
  event: 'start';
  name: string;
  folds: number;
  repeats: number;
  stratify: boolean;
  seed: number;
  /** Runs in all. */
  runs: number;
  /** Folder of the runs; null where nothing is written. */
  folder: string | null;
}

/** What a cross-validation tells of while it goes on. */
export type CrossValidationEvent =
  | CrossValidationStart
  | { event: 'run'; run: number; told: TrainEvent }
  | ({ event: 'fold' } & FoldResult);

/** A sweep begins, or goes on. */
export interface SweepStart {
  event: 'start';
  name: string;
  folder: string;
  search: string;
  /** Trials in all. */
  trials: number;
  parameters: string[];
  goal: string;
  better: 'higher' | 'lower';
  halving: { every: string; keep: number } | null;
  /** Trials at the same time, and threads of each, of the first round; and why so many. */
  parallel: number;
  threads: number;
  reason: string;
  /** Trials that an earlier process has brought to their end. */
  found: number;
}

/** How far a sweep is. */
export interface SweepProgress {
  event: 'progress';
  /** Trials that are trained to their end, dropped, broken. */
  done: number;
  dropped: number;
  broken: number;
  trials: number;
  /** Trials under way, each with the epoch that it is in. */
  running: { trial: number; epoch: number; epochs: number }[];
  /** Of the trials that are trained to their end. */
  best: { trial: number; value: number } | null;
  /** Not finite where nobody knows. */
  secondsLeft: number;
}

/** What a sweep tells of while it goes on. */
export type SweepEvent =
  | SweepStart
  | SweepProgress
  /** A trial is at its end, or at that of its round. */
  | ({ event: 'trial'; round: number } & TrialResult)
  /** All trials of a round are, and some are dropped. */
  | { event: 'round'; round: number; until: string; survivors: number[]; dropped: number[] }
  | { event: 'final'; told: TrainEvent };
