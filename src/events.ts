/** What is told while something goes on: of a run, and of the runs of a cross-validation. Types only. */
import type { ColumnFacts, ReadFacts } from './data/source.js';
import type { EngineName } from './engines/index.js';
import type { Bits } from './engines/kernels.js';
import type { InsightsEvent, WorstExample } from './insights.js';
import type { MachineFacts } from './machine/facts.js';
import type { Figures } from './model/metrics/index.js';
import type { Precision } from './model/precision.js';
import type { Damaged } from './runs/checkpoints.js';

/** What a run begins with of a file's weights. */
export interface InitFacts {
  /** The file's path, as it was named. */
  path: string;
  /** SHA-256 of the file's bytes, in hexadecimal. */
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
  /** Share of the forward and the backward pass, 0 to 1. */
  compute: number;
  /** Share of waiting for other threads, 0 to 1. */
  wait: number;
  /** Share of averaging over the shards and of the optimizer's update, 0 to 1. */
  update: number;
  /** Share of all else, 0 to 1. */
  other: number;
  /** Share of waiting for other hosts, 0 to 1; undefined: this process trained alone. */
  hosts?: number;
  /** The part of the time that the exchange with other hosts took in which workers computed; undefined: likewise. */
  hidden?: number;
}

/** What a run computes with. */
export interface EngineFacts {
  /** The name of the engine that computes: `native`, `wasm`, `reference`. */
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
  /** Processor, cores, memory and versions; undefined: written by a version that did not say. */
  machine?: MachineFacts;
  /** The configuration's `name`. */
  name: string;
  /** The configuration's `seed`, from which every random choice follows. */
  seed: number;
  /** Type of the weights and of what is computed with them. */
  precision: Precision;
  /** Threads asked for, or those that `auto` came to. */
  threads: number;
  /** Why so many, where `auto` chose; null where a number was asked for. */
  threadsReason: string | null;
  /** Threads that have a shard to compute; the others rest. */
  activeThreads: number;
  /** Where several hosts train together (`nodes`): who they are; undefined: this process trains alone. */
  hosts?: HostsFacts;
  /** Parts that a step's rows are cut into, whatever the number of threads. */
  shards: number;
  /** Rows a step, and in how many minibatches these are taken (`train.accumulate`; undefined: one). */
  batchSize: number;
  /** See `batchSize`. */
  accumulate?: number;
  /** Epochs that the run is to have. */
  epochs: number;
  /** Steps of an epoch, the last of which may have fewer rows. */
  stepsPerEpoch: number;
  /** Widths from the input to the output, e.g. [784, 100, 100, 10]. */
  network: number[];
  /** Numbers that are learned. */
  parameters: number;
  /** Rows that are learned from. */
  trainRows: number;
  /** Rows by which the best weights are chosen. */
  validationRows: number;
  /** Rows that are looked at once, at the end. */
  testRows: number;
  /** The metrics that validations and the test find beside the loss. */
  metrics: string[];
  /** What counts more or less in the loss: rows by sample weights, classes while learning; undefined: nothing does. */
  weighted?: ('rows' | 'classes')[];
  /** Training rows are drawn so that classes come equally often (`train.sampling: balanced`, `data.balance`). */
  balanced?: true;
  /** How training rows are drawn (`train.sampling`), in words; undefined: each comes once an epoch, in some order. */
  sampling?: string;
  /** The figure of the validation rows that decides which weights are the best: `loss`, or a metric. */
  monitor: string;
  /** Rows of the data that belong to no part. */
  unusedRows: number;
  /** Rows that were left out for a missing value; undefined: none. */
  droppedRows?: number;
  /** What was noticed as the data were read, and of settings that do nothing, a line each; undefined: nothing. */
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
  /** The run's folder, as it was named; null where nothing is written. */
  runDir: string | null;
}

/** How far a run is, some times a second. */
export interface ProgressEvent {
  event: 'progress';
  /** Steps done in the whole run. */
  step: number;
  /** Steps that it is to have. */
  totalSteps: number;
  /** The epoch under way, from 1. */
  epoch: number;
  /** Mean loss of the epoch's minibatches so far; NaN before the first. */
  trainLoss: number;
  /** Rows learned from a second of training, the mean since the run began. */
  examplesPerSecond: number;
  /** Seconds until the last step, at the speed so far; not finite before the first step. */
  secondsLeft: number;
}

/** A validation: after an epoch, or as `train.validate` says. */
export interface EpochEvent extends ReadFacts {
  event: 'epoch';
  /** The epoch under way or done, from 1. */
  epoch: number;
  /** Steps done in the whole run. */
  step: number;
  /** Mean of the minibatches' losses over this epoch. */
  trainLoss: number;
  /** Mean loss of the validation rows; null where there are none. */
  validLoss: number | null;
  /** The metrics by their names, each over all validation rows; empty where there are none. */
  validMetrics: Figures;
  /** Why a metric is null, by its name; absent where none is. */
  reasons?: Record<string, string>;
  /** Seconds spent training so far (validation left out). */
  trainSeconds: number;
  /** Rows learned from a second of training, the mean since the run began: not of this epoch alone. */
  examplesPerSecond: number;
  /** The learning rate of the last step. */
  learningRate: number;
}

/** What the network makes of a few rows after a validation, now and then, where somebody watches the run. */
export interface SampleEvent {
  event: 'sample';
  /** Steps done in the whole run. */
  step: number;
  /** The first validation rows, always the same: pictures and cells are told once, with the first of these events. */
  examples: WorstExample[];
  /** Where the threads' time has gone so far. */
  time: TimeShares;
}

/** The run goes on from a checkpoint, or from its beginning where it has none. */
export interface ResumeEvent {
  event: 'resume';
  /** The step after which it goes on. */
  step: number;
  /** Steps that the whole run is to have. */
  totalSteps: number;
  /** The checkpoint's file; null: it goes on from the beginning. */
  checkpoint: string | null;
  /** Newer checkpoints that were not whole. */
  damaged: Damaged[];
  /** What is not as it was, and was overridden by --force. */
  forced: string[];
}

/** A checkpoint stands. */
export interface CheckpointEvent {
  event: 'checkpoint';
  /** The step after which the run stood so. */
  step: number;
  /** The checkpoint's file. */
  path: string;
  /** Whether its weights are the best so far by the monitored figure. */
  best: boolean;
}

/** A worker failed, and the run goes on with unchanged results from its last consistent state. */
export interface FaultEvent {
  event: 'fault';
  /** When it was noticed: ISO 8601, UTC. */
  at: string;
  /** The step from which the run goes on. */
  step: number;
  /** The worker's number, from 0; null: nobody knows. */
  worker: number | null;
  /** What the worker was doing. */
  phase: string;
  /** What is known of the failure, in words. */
  message: string;
  /** 1 for the first failure at this step. */
  attempt: number;
}

/** A run is at its end; of what is left, and how it went. */
export interface DoneEvent extends EngineFacts, ReadFacts {
  event: 'done';
  /** When: ISO 8601, UTC; undefined: written by a version that did not say. */
  at?: string;
  /** Epochs completed. */
  epochs: number;
  /** Steps done in the whole run. */
  steps: number;
  /** Rows that were learned from, each time counted. */
  examples: number;
  /** Seconds spent training, validations left out. */
  trainSeconds: number;
  /** Rows learned from a second of training, the mean over the run. */
  examplesPerSecond: number;
  /** Threads asked for, or those that `auto` came to. */
  threads: number;
  /** Parts that a minibatch was cut into, whatever the number of threads. */
  shards: number;
  /** Type of the weights and of what was computed with them. */
  precision: Precision;
  /** The step whose weights are left, the best by `monitor`: the last one where nothing was validated. */
  bestStep: number;
  /** The figure by which the best weights were chosen: `loss`, or a metric. */
  monitor: string;
  /** The monitored figure of the validation rows after that step; null where nothing was validated. */
  bestValue: number | null;
  /** Those of the weights that are left, as all that follow; null, and no metrics, where there are no rows. */
  validLoss: number | null;
  /** The metrics of these weights by their names, each over all validation rows. */
  validMetrics: Figures;
  /** Mean loss of these weights over the test rows; null where there are none. */
  testLoss: number | null;
  /** The metrics of these weights by their names, each over all test rows. */
  testMetrics: Figures;
  /** Why a metric of the test is null, by its name; absent where none is. */
  reasons?: Record<string, string>;
  /** Targets that were scaled while learning, as the start event has them. */
  scaledTargets?: string[];
  /** SHA-256 of the weights that are left. */
  bestHash: string;
  /** SHA-256 of the parameters after the last step. */
  weightsHash: string;
  /** Bytes of memory that the whole process has had in use at most. */
  peakMemoryBytes: number;
  /** The run's folder, as it was named; null where nothing is written. */
  runDir: string | null;
  /** File of the newest checkpoint; null where nothing is written. */
  checkpoint: string | null;
  /** Worker failures that were survived. */
  faults: number;
  /** True when a signal or the caller ended the run before its last epoch. */
  stopped: boolean;
  /** True when `train.stop` ended it before its last epoch, or it had `converged`. */
  learnedEnough: boolean;
  /** The gradient is within `optimizer.tolerance`, or no step lowers the loss. */
  converged?: true;
  /** Where the time of the threads of this process went. */
  time: TimeShares;
  /** Inputs, targets and outputs of the training rows, where there are at most 8 of at most 8 values. */
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
