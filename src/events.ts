/** What is told while something goes on: of a run, and of the runs of a cross-validation. Types only. */

import type { ColumnFacts } from './data/source.js';
import type { EngineName } from './engines/index.js';
import type { Bits } from './engines/kernels.js';
import type { InsightsEvent, WorstExample } from './insights.js';
import type { MachineFacts } from './machine/facts.js';
import type { Figures } from './model/metrics/index.js';
import type { Precision } from './model/precision.js';
import type { Damaged } from './runs/checkpoints.js';

/** What a run begins with of a file's weights. */
export interface InitFacts {
  /** Of the file. */
  path: string;
  /** Of the file’s bytes. */
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
  /** Forward and backward. */
  compute: number;
  /** For other threads. */
  wait: number;
  /** Averaging over the shards and the optimizer's update. */
  update: number;
  /** The rest. */
  other: number;
  /** For other hosts; undefined: this process trained alone. */
  hosts?: number;
  /** The part of the time that the exchange with other hosts took in which workers computed; undefined: likewise. */
  hidden?: number;
}

/** What a run computes with. */
export interface EngineFacts {
  /** By its name. */
  engine: EngineName;
  /** Why this engine, where `auto` chose it; null where the configuration names it. */
  engineReason: string | null;
  /** The kind of its bits, on all machines; null: they are its own. */
  bits: Bits | null;
}

/** Hosts that train together. */
export interface HostsFacts {
  /** Their names, in the order of their numbers; those of two processes on one machine are the same. */
  readonly names: readonly string[];
  /** What carries their messages, as it names itself. */
  readonly library: string;
  /** Numbers of hosts that a launcher has left a single core of several. */
  readonly bound: readonly number[];
}

/** A run begins: what it computes, on what, with what. */
export interface StartEvent extends EngineFacts {
  event: 'start';
  /** When: ISO 8601, UTC; undefined: written by a version that did not say. */
  at?: string;
  /** Undefined: written by a version that did not say. */
  machine?: MachineFacts;
  /** Of the configuration. */
  name: string;
  /** Of the configuration. */
  seed: number;
  /** Of the weights. */
  precision: Precision;
  /** Threads asked for, or those that `auto` came to. */
  threads: number;
  /** Why so many, where `auto` chose; null where a number was asked for. */
  threadsReason: string | null;
  /** Threads that have a shard to compute; the others rest. */
  activeThreads: number;
  /** Where several hosts train together (`nodes`): who they are; undefined: this process trains alone. */
  hosts?: HostsFacts;
  /** Of a minibatch. */
  shards: number;
  /** Rows a step. */
  batchSize: number;
  /** That it is to have. */
  epochs: number;
  /** The last of which may have fewer rows. */
  stepsPerEpoch: number;
  /** Widths from the input to the output, e.g. [784, 100, 100, 10]. */
  network: number[];
  /** Numbers that are learned. */
  parameters: number;
  /** Learned from. */
  trainRows: number;
  /** By which the best weights are chosen. */
  validationRows: number;
  /** Looked at once, at the end. */
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
  /**
   * SHA-256 over which rows are for validation and for the test, and over what is to be predicted of them (not where it
   * is scaled). Figures of runs with different ones are of different rows. Undefined: written by an older version.
   */
  splitHash?: string;
  /** Null where nothing is written. */
  runDir: string | null;
}

/** How far a run is, some times a second. */
export interface ProgressEvent {
  event: 'progress';
  /** Steps done in the whole run, of `totalSteps`. */
  step: number;
  /** Of the whole run. */
  totalSteps: number;
  /** The epoch under way, from 1. */
  epoch: number;
  /** Mean loss of the epoch's minibatches so far; NaN before the first. */
  trainLoss: number;
  /** Over the seconds of training so far. */
  examplesPerSecond: number;
  /** Not finite before the first step. */
  secondsLeft: number;
}

/** A validation: after an epoch, or as `train.validate` says. */
export interface EpochEvent {
  event: 'epoch';
  /** Under way or done, from 1. */
  epoch: number;
  /** Done in the whole run. */
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
  /** Over the seconds of training so far. */
  examplesPerSecond: number;
  /** The learning rate of the last step. */
  learningRate: number;
}

/** What the network makes of a few rows after a validation, now and then, where somebody watches the run. */
export interface SampleEvent {
  event: 'sample';
  /** Done in the whole run. */
  step: number;
  /** The first validation rows, always the same: pictures and cells are told once, with the first of these events. */
  examples: WorstExample[];
  /** Where the threads' time has gone so far. */
  time: TimeShares;
}

/** The run goes on from a checkpoint, or from its beginning where it has none. */
export interface ResumeEvent {
  event: 'resume';
  /** That it goes on from. */
  step: number;
  /** Of the whole run. */
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
  /** After which it stands. */
  step: number;
  /** Its file. */
  path: string;
  /** Whether its weights are the best so far by the monitored figure. */
  best: boolean;
}

/** A worker failed, and the run goes on with unchanged results from its last consistent state. */
export interface FaultEvent {
  event: 'fault';
  /** When it was noticed: ISO 8601, UTC. */
  at: string;
  /** That the run goes on from. */
  step: number;
  /** Its number; null: nobody knows. */
  worker: number | null;
  /** What the worker was doing. */
  phase: string;
  /** What is known of it. */
  message: string;
  /** 1 for the first failure at this step. */
  attempt: number;
}

/** A run is at its end; of what is left, and how it went. */
export interface DoneEvent extends EngineFacts {
  event: 'done';
  /** When: ISO 8601, UTC; undefined: written by a version that did not say. */
  at?: string;
  /** Epochs completed. */
  epochs: number;
  /** Done in the whole run. */
  steps: number;
  /** Rows that were learned from, each time counted. */
  examples: number;
  /** Validation left out. */
  trainSeconds: number;
  /** Over the seconds of training. */
  examplesPerSecond: number;
  /** As the start event has it. */
  threads: number;
  /** Of a minibatch. */
  shards: number;
  /** Of the weights. */
  precision: Precision;
  /** The step whose weights are left, the best by `monitor`: the last one where nothing was validated. */
  bestStep: number;
  /** As the start event has it. */
  monitor: string;
  /** The monitored figure of the validation rows after that step; null where nothing was validated. */
  bestValue: number | null;
  /** Those of the weights that are left, as all that follow; null, and no metrics, where there are no rows. */
  validLoss: number | null;
  /** By their names, over the validation rows. */
  validMetrics: Figures;
  /** Mean over the test rows. */
  testLoss: number | null;
  /** By their names, over the test rows. */
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
  /** Null where nothing is written. */
  runDir: string | null;
  /** The newest checkpoint; null where nothing is written. */
  checkpoint: string | null;
  /** Worker failures that were survived. */
  faults: number;
  /** True when a signal or the caller ended the run before its last epoch. */
  stopped: boolean;
  /** True when `train.stop` ended it before its last epoch. */
  learnedEnough: boolean;
  /** Where it went. */
  time: TimeShares;
  /** Inputs, targets and outputs of the training rows, where there are at most 8 rows of at most 8 values. */
  outputs?: { input: number[]; target: number[]; output: number[] }[];
}

/** What a run tells of while it goes on. */
export type TrainEvent =
  | StartEvent
  | ResumeEvent
  | ProgressEvent
  | EpochEvent
  | SampleEvent
  | CheckpointEvent
  | FaultEvent
  | InsightsEvent
  | DoneEvent;
