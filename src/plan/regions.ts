/** Parts of a run's memory (layout.ts): what the layers keep, what a worker alone writes, what rows weigh. */
import type { Precision } from '../model/precision.js';
import type { Region } from '../shared/arena.js';

/** What a worker has for the rows that it evaluates: `EVALUATION_ROWS` of them. */
export interface EvaluationRegions {
  readonly x: Region<Precision>;
  readonly y: Region<Precision>;
  /** How much each row counts; empty without sample weights. */
  readonly w: Region<Precision>;
  /** As `matricesOf` numbers them for an evaluation. */
  readonly values: readonly Region<Precision>[];
  /** What each layer keeps for each row. */
  readonly kept: readonly Region<Precision>[];
}

/** What a layer keeps; regions are empty where it keeps nothing. */
export interface KeptRegions {
  /** A part for each row of the minibatch. */
  readonly rows: Region<Precision>;
  /** A part for each shard, `shardStride` bytes apart. */
  readonly shards: Region<Precision>;
  readonly shardStride: number;
}

/** What one worker alone writes. */
export interface WorkerRegions {
  readonly evaluation: EvaluationRegions;
  /** What each layer keeps for this worker. */
  readonly kept: readonly Region<Precision>[];
  readonly scratch: Region<'uint8'>;
  /** Gradient sums on their way to the update: a block of a slice, or a tile. */
  readonly sums: Region<Precision>;
  readonly timing: Region<'float64'>;
  /** A number for each row of a part, in which outputs are sorted; empty where no metric ranks rows. */
  readonly space: Region<'float64'>;
  /** What metrics count in the pieces that this worker evaluates: whole numbers. */
  readonly counts: Region<'float64'>;
  /** Says that this worker is alive, and where it is. */
  readonly heartbeat: Region<'int32'>;
}

/** How much each row of the window counts in the loss; empty where all count 1. */
export interface RowWeights {
  /** The sample weights, with which evaluations weight too. */
  readonly sample: Region<'float64'>;
  /** Those of training, which classes have a share in; the same region where they have none. */
  readonly training: Region<'float64'>;
}

/** What rows of the minibatch are mixed with: their numbers, inputs and targets. Each worker has its rows there. */
export interface MixRegions {
  readonly order: Region<'uint32'>;
  readonly x: Region<Precision>;
  readonly y: Region<Precision>;
}

/** What metrics rank: all rows of a part as they were evaluated; empty where none does. */
export interface RankedRegions {
  readonly outputs: Region<Precision>;
  readonly targets: Region<Precision>;
  /** What comes of it, as evaluation.ts has it. */
  readonly places: Region<'float64'>;
}
