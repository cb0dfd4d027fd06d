/** What gradcheck, verify and cross-validation come to: computed on one side, told on the other. */
import type { Figures } from './model/metrics/index.js';
import type { LearningTask } from './model/metrics/task.js';
import type { Precision } from './model/precision.js';
import type { DeadUnits } from './pruning.js';

/** The largest relative difference between backpropagation and the numeric gradient that counts as right. */
export const threshold = 1e-7;

/**
 * What is said of a layer's gradients. `too small`: the numeric ones are not exact enough to tell right from wrong, since
 * the gradients are tiny beside the rounding of the loss. `not checked`: there is nothing to compare with.
 */
export type Verdict = 'right' | 'wrong' | 'too small' | 'not checked';

/** What a check found of a layer. */
export interface LayerCheck {
  /** The layer's name, as its tensors have it: `layer1`. */
  name: string;
  /** Whether its gradients are right. */
  verdict: Verdict;
  /** What is wrong, or why nothing can be said; null where the layer is right. */
  because: string | null;
  /** Parameters that the layer has. */
  parameters: number;
  /** Parameters whose numeric derivative was compared. */
  checked: number;
  /**
   * Parameters that were tried and left out of the comparison: the step h = 1e-5 moves a unit across a kink of its
   * activation in some row (ReLU: across 0), where the loss has no derivative that a difference could show.
   */
  kinks: number;
  /**
   * ‖g_backprop − g_numeric‖₂ / (‖g_backprop‖₂ + ‖g_numeric‖₂) over the compared parameters as one vector; null where
   * there are none.
   */
  numericVsBackprop: number | null;
  /** The estimated error of the numeric gradient in the same measure; null likewise, and where both gradients are 0. */
  numericError: number | null;
  /** Largest absolute difference between the gradients of one thread and of all; 0 is expected. */
  singleVsThreaded: number;
}

/** What a check comes to. */
export interface GradcheckResult {
  /** Whether no layer's gradients are wrong; those of a layer may also be too small to compare, or not checked. */
  pass: boolean;
  /** The layers that have parameters, from the first to the last. */
  layers: LayerCheck[];
  /** Seconds from the call to the verdict. */
  seconds: number;
}

/** What a repetition comes to. */
export interface VerifyResult {
  /** Whether every bit is the same, of the weights after the last step and of the best ones. */
  same: boolean;
  /** `weightsHash` as the run has recorded it. */
  recorded: string;
  /** `weightsHash` as the repetition came to it. */
  repeated: string;
  /** `bestHash`, which is that of the weights that the run left. */
  recordedBest: string;
  /** `bestHash` as the repetition came to it. */
  repeatedBest: string;
  /** Steps that the run has, and the one that it was repeated from. */
  steps: number;
  /** The step that it was repeated from. */
  from: number;
  /**
   * `train.exchange` of the configuration, where hosts that follow it have bits of their own, which one host cannot repeat;
   * undefined: all have the same.
   */
  exchange?: 'fast' | 'half';
}

/** How much worse figures become where a column's values are shuffled: the mean of figure after less figure before. */
export interface Importance {
  /** The column's name. */
  column: string;
  /** Mean loss with the column's values shuffled, less that without. */
  loss: number;
  /** Each metric by its name, likewise. */
  metrics: Record<string, number>;
}

/** Figures over rows that were not trained on, or of a part of the data. */
export interface Evaluated {
  /** Rows that were evaluated. */
  rows: number;
  /** Mean loss over these rows; null where there are none. */
  loss: number | null;
  /** The metrics by their names, each over all of these rows. */
  metrics: Figures;
  /** Why a metric is null, by its name. */
  reasons: Readonly<Record<string, string>>;
  /** How much each column matters, the most important first; null where it was not asked for. */
  importance: Importance[] | null;
}

/** What an evaluation comes to. */
export interface EvaluateResult extends Evaluated {
  /** What was evaluated: `test`, `validation`, `train`, or the file. */
  of: string;
  /** What the model learned. */
  task: LearningTask;
  /** Classes in the order of tables and outputs; null where values are predicted. */
  classes: readonly string[] | null;
  /** Figures of each class; null where values are predicted, or several classes at once. */
  perClass: ClassFigures[] | null;
  /** Values are scaled while learning, and the loss is in those units. */
  scaledTarget: boolean;
  /** Seconds from the call to the figures. */
  seconds: number;
}

/** Figures of one class; null where nothing was taken for it, or nothing is of it. */
export interface ClassFigures {
  /** The class's name, as the data have it. */
  name: string;
  /** Rows of this class. */
  rows: number;
  /** Of those taken for it, the share that is of it. */
  precision: number | null;
  /** Of those that are of it, the share taken for it. */
  recall: number | null;
  /** 2·precision·recall / (precision + recall). */
  f1: number | null;
}

/** A layer of a file's network. */
export interface InspectedLayer {
  /** The layer's name, as its tensors have it: `layer1`. */
  name: string;
  /** Its kind, or which activation. */
  type: string;
  /** Values a row that go in. */
  inputs: number;
  /** Values a row that come out. */
  outputs: number;
  /** Numbers that are learned. */
  parameters: number;
  /** The layer's tensors, with what is not learned, such as running means. */
  tensors: { name: string; shape: number[] }[];
  /** How it was trained where that was said of it alone; undefined: as all others. */
  training?: { frozen?: boolean; rateFactor?: number; decayFactor?: number };
}

/** A column of a file's preprocessing. */
export interface InspectedColumn {
  /** The column's name, as the data have it. */
  name: string;
  /** What its values are. */
  type: 'number' | 'category' | 'date';
  /** Inputs of the network that the column becomes. */
  inputs: number;
  /** What becomes of its values, in words: `standard scale`, `one of 3`. */
  becomes: string;
}

/** What a file of weights, or a checkpoint, holds. */
export interface Inspection {
  /** Which of the two. */
  kind: 'weights' | 'checkpoint';
  /** The file's path. */
  file: string;
  /** The `name` of the configuration that it was trained by. */
  name: string;
  /** Version of gradpool that wrote it; null: the file does not say. */
  gradpool: string | null;
  /** Type of the weights. */
  precision: Precision;
  /** What it learned; null: the file does not say. */
  task: LearningTask | null;
  /** Name of the loss that it was trained by: `cross-entropy`. */
  loss: string;
  /** The network's layers, from the first to the last. */
  layers: InspectedLayer[];
  /** Inputs that the network takes a row. */
  inputs: number;
  /** Outputs that the network gives a row. */
  outputs: number;
  /** Numbers that were learned, of all layers. */
  parameters: number;
  /** Values that belong to the model and are not trained. */
  buffers: number;
  /** Bytes of all tensors. */
  bytes: number;
  /** Columns that it takes; null: it takes rows of numbers, or the file does not say. */
  columns: InspectedColumn[] | null;
  /** What is predicted, in words; null: the file does not say. */
  target: string | null;
  /** The validation when these weights were the best. */
  best: {
    step: number;
    monitor: string;
    loss: number | null;
    metrics: Figures;
  } | null;
  /** SHA-256 of the weights. */
  hash: string | null;
  /** How it was trained: facts by their names. */
  trained: Record<string, string>;
  /** Units that say nothing, as the run that the file lies in has found at its end; null: nothing tells of it. */
  dead: DeadUnits | null;
}

/** What a fold's run came to on its test rows. */
export interface FoldResult {
  /** Which repetition, from 1. */
  repeat: number;
  /** Which fold of it is the test, from 1. */
  fold: number;
  /** Mean loss over the rows of the fold; null where there are none. */
  testLoss: number | null;
  /** The metrics by their names, each over the rows of the fold. */
  testMetrics: Figures;
  /** Seconds spent training, validations left out. */
  trainSeconds: number;
  /** The step after which the weights were those that are left. */
  bestStep: number;
  /** SHA-256 of the weights that are left. */
  bestHash: string;
  /** SHA-256 of the parameters after the last step. */
  weightsHash: string;
  /** Folder of the fold's run; null where nothing is written. */
  runDir: string | null;
}

/** A figure over the folds in which it is defined. */
export interface Spread {
  /** Mean over the folds in which it is defined; null where it is in none. */
  mean: number | null;
  /** Sample standard deviation, over n − 1; null of fewer than two. */
  sd: number | null;
  /** Folds in which it is defined. */
  n: number;
}

/** What a cross-validation comes to. */
export interface CrossValidation {
  /** Parts that the rows were cut into. */
  folds: number;
  /** How often rows were dealt out. */
  repeats: number;
  /** Whether each fold has the classes in the same shares. */
  stratify: boolean;
  /** The configuration's `seed`, which deals out the rows. */
  seed: number;
  /** What each run came to, in their order. */
  results: FoldResult[];
  /** The test losses of the folds. */
  loss: Spread;
  /** The test metrics of the folds by their names; those that are no numbers are left out. */
  metrics: Record<string, Spread>;
  /** Whether it ended before its last fold. */
  stopped: boolean;
  /** Folder of the runs; null where nothing was written. */
  folder: string | null;
}

/** Mean and deviation of every figure over the folds. */
export function meansOf(results: readonly FoldResult[]): Pick<CrossValidation, 'loss' | 'metrics'> {
  const names = new Set(results.flatMap(({ testMetrics }) => Object.keys(testMetrics)));
  const metrics: Record<string, Spread> = {};
  for (const name of names) {
    const values = results.map(({ testMetrics }) => testMetrics[name] ?? null);
    if (values.some((value) => typeof value === 'object' && value !== null)) continue;
    metrics[name] = spreadOf(values as (number | null)[]);
  }
  return { loss: spreadOf(results.map(({ testLoss }) => testLoss)), metrics };
}

/** Two passes: the deviations are taken from the mean. */
export function spreadOf(values: readonly (number | null)[]): Spread {
  const known = values.filter((value) => value !== null);
  const n = known.length;
  if (n === 0) return { mean: null, sd: null, n };
  const mean = known.reduce((sum, value) => sum + value, 0) / n;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: n < 2 ? null : Math.sqrt(squares / (n - 1)), n };
}
