/** What every worker of a run must know, as it is posted to them. Types only. */

import type { AveragingName } from '../averaging/index.js';
import type { Targets } from '../data/source.js';
import type { FeatureType } from '../engines/gather.js';
import type { InitSpec } from '../model/init/index.js';
import type { LossSpec } from '../model/losses/index.js';
import type { Network } from '../model/network.js';
import type { Precision } from '../model/precision.js';
import type { MethodSpec, OptimizerSpec } from '../optimizers/index.js';
import type { Spec } from '../options.js';
import type { FittedScale } from '../preprocess/fitted.js';
import type { Evaluated } from './evaluation.js';
import type { ExchangePlan } from './exchange.js';
import type { Layout } from './layout.js';
import type { Look } from './look.js';

/** A source's `Scale` for an engine of one precision. */
export type SetupScale =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly high: number; readonly low: number; readonly offset: number }
  | { readonly kind: 'columns' }
  | { readonly kind: 'slots' };

export interface Setup {
  /** Tells one run's setup from another's, for workers that keep what they made of it. */
  readonly id: string;
  readonly seed: number;
  readonly memory: WebAssembly.Memory;
  readonly kernels: WebAssembly.Module;
  readonly layout: Layout;
  readonly net: Network;
  /** How weights are drawn where a layer does not say. */
  readonly init: InitSpec;
  readonly loss: LossSpec;
  readonly evaluated: Evaluated;
  readonly optimizer: OptimizerSpec;
  /** The moving average of the weights, where there is one: what evaluations and results are of. */
  readonly ema?: { readonly decay: number };
  /** Bounds of the averaged gradient: of its norm over all parameters, or of each value. */
  readonly clip?: { readonly norm?: number | undefined; readonly value?: number | undefined };
  /** What trains in place of updates by minibatch; undefined: nothing does. */
  readonly method?: MethodSpec;
  readonly engine: Spec;
  readonly precision: Precision;
  readonly featureType: FeatureType;
  /** What is made of features as they are gathered; the columns' own scales and offsets lie in the layout. */
  readonly scale: SetupScale;
  readonly targets: Targets;
  /** What targets, and so outputs, were scaled by, one each: metrics are of the values before; undefined: by nothing. */
  readonly targetScales?: readonly FittedScale[];
  /** α of mixup; undefined: rows stay as they are. */
  readonly mixup?: number;
  /** Rows of a step, all but an epoch's last. */
  readonly batchSize: number;
  /** Shards of a step. */
  readonly shards: number;
  /** Parts that a step is taken in, one after another; each has as much of its rows and shards as any other. Default: 1. */
  readonly accumulate?: number;
  readonly averaging: AveragingName;
  /** Where several hosts train together: which of them this is. */
  readonly exchange?: ExchangePlan;
  readonly trainRows: number;
  /** Where training rows are streamed: so many steps have a place for the numbers of their rows, in turn; else 0. */
  readonly orderSteps: number;
  /** Steps of the whole run, from its first epoch to its last. */
  readonly steps: number;
  /** Times to look before sleeping at a barrier. */
  readonly spins: number;
}

/** One task: a stretch of work that `threads` workers begin together, this one as number `worker`. */
export type Task = { readonly setup: Setup; readonly worker: number; readonly threads: number } & (
  | { readonly kind: 'train'; readonly fromStep: number; readonly toStep: number; readonly copyEvery: number }
  | { readonly kind: 'evaluate'; readonly rows: EvaluationRows }
  | { readonly kind: 'rank'; readonly rows: RankedRows }
  | { readonly kind: 'ready' }
  | { readonly kind: 'look'; readonly look: Look }
  /** `watched`: a worker that gives no sign of life counts as stuck. */
  | { readonly kind: 'gradients'; readonly watched?: true }
  | { readonly kind: 'diagnose'; readonly step: number }
  | {
      readonly kind: 'numeric';
      readonly rows: number;
      readonly parameters: SharedParameters;
      /** The error that will do; null: that of a first difference, whatever it is. */
      readonly wanted: number | null;
    }
);

export type EvaluationRows = 'train' | RankedRows;
/** The parts of which there are figures over all rows. */
export type RankedRows = 'validation' | 'test';

/** The parameters whose numeric derivatives are wanted, and where these go; all as long as each other. */
export interface SharedParameters {
  readonly indices: Uint32Array;
  readonly derivatives: Float64Array;
  /** Standard errors of the derivatives. */
  readonly errors: Float64Array;
  /** 1 where θ ± h moved a unit across a kink of its activation, or the loss across one. */
  readonly kinks: Uint8Array;
}
