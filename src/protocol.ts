/** The messages that cross threads: types only. What is told while a run goes on is in `events.ts`. */

import type { MessagePort } from 'node:worker_threads';
import type { Config } from './config/schema.js';
import type { EvaluateOptions } from './evaluate-options.js';
import type { DoneEvent, HostsFacts, TrainEvent } from './events.js';
import type { Tensors } from './formats/safetensors-bytes.js';
import type { InsightsEvent } from './insights.js';
import type { Work } from './machine/work.js';
import type { Real } from './model/precision.js';
import type { RateFinding } from './rate-finding.js';
import type { Evaluated, LayerCheck } from './results.js';
import type { Damaged } from './runs/checkpoints.js';
import type { Provenance } from './runs/provenance.js';

export type * from './events.js';

/** What the caller decides about a run beside its configuration; none of it changes the result. */
export interface RunOptions {
  /** Worker threads, at least 1; `auto`: as many as the cores, the shards and the work are good for. */
  threads: number | 'auto';
  /** Folder of this run, which must not hold a run already; `null` writes nothing. */
  runDir: string | null;
  /** Where relative paths of a run's files begin, wherever the process goes; default: where it is. */
  cwd?: string;
  /** By which the caller knows this run's lock, should it have to take it away; default: nobody knows it. */
  lock?: string;
  /** Folder in which tables that were read are kept; default: none. */
  cache?: string;
  /** Version of gradpool and the like, recorded with the run. */
  version: string;
  /** Go on from a checkpoint, with the run that `runDir` holds where there is one; null begins a run. */
  resume?: ResumeOptions | null;
  /** What the run's bits must follow from here as they did elsewhere; null: anything will do. */
  expected?: Expected | null;
  /** Begin with the weights of a file, in place of drawn ones. Not read again where the run goes on from a checkpoint. */
  initFrom?: InitFrom | undefined;
  /** Tells now and then what becomes of a few validation rows (`SampleEvent`); default: no. */
  sample?: boolean;
  /** Whether the run waits at each validation until its caller has done with the event; default: no. */
  waits?: boolean;
  /** Ends the run after this step, as if it had been stopped there; null: at its last epoch. */
  untilStep?: number | null;
  /** The same as an interval from the run's beginning, e.g. `2 epochs`; the earlier of both holds. */
  until?: string;
  /** The test rows belong to no part of this run: nothing looks at them. What it learns is the same. */
  withoutTest?: boolean;
  /** Where several hosts train together: how they are reached. */
  hosts?: HostsAddress | undefined;
}

/** Who takes part where several hosts train together, as one of them knows it. */
export interface Joined extends HostsFacts {
  /** This one's number, from 0. */
  readonly host: number;
  readonly hosts: number;
}

/** How a thread asks the one that talks to the other hosts. */
export interface HostsAddress extends Joined {
  /** A word that changes as long as all hosts are alive. */
  readonly pulse: Int32Array;
  readonly port: MessagePort;
}

/** Weights to begin with. */
export interface InitFrom {
  /** The file, absolute. */
  path: string;
  /** Tensors that it lacks, or has in another shape, are drawn, and others that it has are left out. */
  allowMissing: boolean;
  /** What the file must be to the last bit; undefined: anything that fits. */
  sha256?: string | undefined;
}

/** What the weights of the run in a folder followed from. */
export interface Expected extends Pick<Provenance, 'config' | 'engine' | 'data'> {
  runDir: string;
}

export interface ResumeOptions {
  /** Path of the checkpoint; null: none is whole, and the run begins anew. */
  checkpoint: string | null;
  /** Newer ones that are not whole. */
  damaged: Damaged[];
  /** Go on although something differs that changes the result. */
  force: boolean;
}

/** What `gradcheck` asks of the coordinator. */
export interface GradcheckOptions {
  threads: number;
  /** Training rows that the gradients are computed on. */
  rows: number;
  /** So many parameters a layer, chosen by the seed, not counting those at kinks; null: all. */
  sample: number | null;
  /** Folder in which tables that were read are kept; default: none. */
  cache?: string;
}

/** What `findRate` asks of the coordinator. */
export interface FindRateOptions {
  /** The rates of the first and of the last step. */
  from: number;
  to: number;
  steps: number;
  threads: number | 'auto';
  /** Folder in which tables that were read are kept; default: none. */
  cache?: string;
}

/** How far a search for a learning rate is. */
export interface FindRateProgress {
  event: 'progress';
  /** Minibatches done. */
  done: number;
  /** Minibatches in all, if the search does not end before. */
  total: number;
  /** The learning rate of the last one. */
  rate: number;
  /** Its mean loss. */
  loss: number;
}

/** What is asked of weights that are there already, with the data that they came of. */
export interface InsightsRequest {
  threads: number | 'auto';
  tensors: Tensors;
  /** What the data were; null: nobody knows. */
  data: { sha256: string } | null;
  /** Steps that the run has made. */
  steps: number;
  /** Folder in which tables that were read are kept; default: none. */
  cache?: string;
}

/** What a network is asked for row by row, with the data that its weights came of. */
export interface OutputsRequest extends Omit<InsightsRequest, 'steps'> {
  /** Layers of which every unit is watched on the training rows, by their places in the network. */
  watched: readonly number[];
}

/** What a network makes of the rows of a part. */
export interface PartOutputs {
  part: 'train' | 'validation' | 'test';
  rows: number;
  /** Rows × outputs, in the targets' own units. */
  outputs: Float64Array;
  /** For each unit of the watched layers, one layer after another: 1 where it was not 0 for some row. */
  alive: Uint8Array;
}

/** How far a check is. */
export interface GradcheckProgress {
  event: 'progress';
  /** Parameters that were checked. */
  done: number;
  /** Parameters to check. */
  total: number;
  /** Not finite before the first parameter is done. */
  secondsLeft: number;
}

/** What `estimate` asks of the coordinator. */
export interface EstimateOptions {
  /** The most threads that are of interest. */
  most: number;
  /** Folder in which tables that were read are kept; default: none. */
  cache?: string;
}

/** What is known of a run before it begins. */
export interface Estimate {
  /** Seconds of a step with 1, 2, … `most` threads, by the model in plan/step-time.ts. */
  seconds: number[];
  trainRows: number;
  validationRows: number;
  testRows: number;
}

/** A step is done: what `onStep` is told, and nobody else. */
export interface StepEvent {
  event: 'step';
  /** Steps done in the whole run. */
  step: number;
  /** The epoch that the step belongs to, from 1. */
  epoch: number;
  /** Mean loss of the minibatch's rows, before the step's update. */
  loss: number;
  /** Rows of the minibatch; the last one of an epoch may have fewer. */
  rows: number;
  /** The step's learning rate. */
  learningRate: number;
}

/** What the coordinator thread offers (through Comlink). */
export interface CoordinatorApi {
  /** Resolves once the thread has loaded. */
  ready(): void;
  /** Tells from now on what the thread is at, for whoever waits. */
  watch(told: (work: Work | undefined) => void): void;
  /**
   * The configuration that the next call is about. It comes alone, as data in it may be what no thread can be handed: with
   * a listener's port in the same message, that would stay open and keep the process.
   */
  give(config: Config): void;
  /** @param onStep called after each step, which the next one waits for; undefined: nobody wants to know */
  train(
    options: RunOptions,
    onEvent: (event: TrainEvent) => unknown,
    onStep?: (event: StepEvent) => unknown,
  ): Promise<TrainResult>;
  gradcheck(options: GradcheckOptions, onProgress: (event: GradcheckProgress) => void): Promise<LayerCheck[]>;
  findRate(options: FindRateOptions, onProgress: (event: FindRateProgress) => void): Promise<RateFinding>;
  evaluate(config: Config, options: EvaluateOptions): Promise<Evaluated>;
  estimate(config: Config, options: EstimateOptions): Promise<Estimate>;
  /** undefined: see `insightsOf` of the coordinator. */
  insights(config: Config, options: InsightsRequest): Promise<InsightsEvent | undefined>;
  /** Parts without rows are left out. */
  outputs(config: Config, options: OutputsRequest): Promise<PartOutputs[]>;
  /** Ends the run under way after its current minibatch. */
  stop(): void;
  /** Begins nothing any more. Resolves once the thread may be ended: none of its own is loading. */
  abandon(): Promise<void>;
}

/** The best weights by tensor name (`layer1.weight`: inputs×units, `layer1.bias`: units), and the summary. */
export interface TrainResult {
  /** What the `done` event carries. */
  summary: DoneEvent;
  /** The weights that are left, by name. */
  tensors: Record<string, { shape: number[]; data: Real }>;
}
