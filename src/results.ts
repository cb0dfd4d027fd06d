/** What gradcheck, verify and cross-validation come to: computed on one side, told on the other. */
import type { Figures } from './model/metrics/index.js';
import type { LearningTask } from './model/metrics/task.js';
import type { Precision } from './model/precision.js';

/** The largest relative difference between backpropagation and the numeric gradient that counts as right. */
export const threshold = 1e-7;

/**
 * What is said of a layer's gradients. `too small`: the numeric ones are not exact enough to tell right from wrong, since
 * the gradients are tiny beside the rounding of the loss. `not checked`: there is nothing to compare with.
 */
export type Verdict = 'right' | 'wrong' | 'too small' | 'not checked';

/** What a check found of a layer. */
export interface LayerCheck {
  /** That of its tensors. */
  name: string;
  /** Whether its gradients are right. */
  verdict: Verdict;
  /** Why, unless the layer is right. */
  because: string | null;
  /** All it has. */
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
  /** From the first to the last, those without parameters left out. */
  layers: LayerCheck[];
  /** From the call to the verdict. */
  seconds: number;
}

/** What a repetition comes to. */
export interface VerifyResult {
  /** Whether every bit is the same, of the weights after the last step and of the best ones. */
  same: boolean;
  /** `weightsHash` as it was recorded, and as the repetition came to. */
  recorded: string;
  /** As the repetition came to. */
  repeated: string;
  /** `bestHash`, which is that of the weights that the run left. */
  recordedBest: string;
  /** As the repetition came to. */
  repeatedBest: string;
  /** Steps that the run has, and the one that it was repeated from. */
  steps: number;
  /** The step that it was repeated from. */
  from: number;
}

/** How much worse figures become where a column's values are shuffled: the mean of figure after less figure before. */
export interface Importance {
  /** Its name. */
  column: string;
  /** After less before. */
  loss: number;
  /** By their names, after less before. */
  metrics: Record<string, number>;
}

/** Figures over rows that were not trained on, or of a part of the data. */
export interface Evaluated {
  /** That were evaluated. */
  rows: number;
  /** Mean over the rows. */
  loss: number | null;
  /** By their names, each over all rows. */
  metrics: Figures;
  /** Why a metric is null, by its name. */
  reasons: Readonly<Record<string, string>>;
  /** Of each column, the most important first; null where it was not asked for. */
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
  /** Of each class, where it is one of many or of two. */
  perClass: ClassFigures[] | null;
  /** Values are scaled while learning, and the loss is in those units. */
  scaledTarget: boolean;
  /** From the call to the figures. */
  seconds: number;
}

/** Figures of one class; null where nothing was taken for it, or nothing is of it. */
export interface ClassFigures {
  /** As the data have it. */
  name: string;
  /** Of this class. */
  rows: number;
  /** Of those taken for it, the share that is of it. */
  precision: number | null;
  /** Of those that are of it, the share taken for it. */
  recall: number | null;
  /** 2·precision·recall / (precision + recall). */ f1: number | null;
}

/** A layer of a file's network. */
export interface InspectedLayer {
  /** That of its tensors. */
  name: string;
  /** Its kind, or which activation. */
  type: string;
  /** Values a row that go in. */
  inputs: number;
  /** Values a row that come out. */
  outputs: number;
  /** Numbers that are learned. */
  parameters: number;
  /** With what is not learned, such as running means. */
  tensors: { name: string; shape: number[] }[];
}

/** A column of a file's preprocessing. */
export interface InspectedColumn {
  /** As the data have it. */
  name: string;
  /** What its values are. */
  type: 'number' | 'category' | 'date';
  /** Of the network. */
  inputs: number;
  /** In words. */
  becomes: string;
}

/** What a file of weights, or a checkpoint, holds. */
export interface Inspection {
  /** Which of the two. */
  kind: 'weights' | 'checkpoint';
  /** Its path. */
  file: string;
  /** Of the run. */
  name: string;
  /** Version that wrote it. */
  gradpool: string | null;
  /** Of the weights. */
  precision: Precision;
  /** What it learned; null: the file does not say. */
  task: LearningTask | null;
  /** By its name. */
  loss: string;
  /** From the first to the last. */
  layers: InspectedLayer[];
  /** Of the network, a row. */
  inputs: number;
  /** Of the network, a row. */
  outputs: number;
  /** Of all layers. */
  parameters: number;
  /** Values that belong to the model and are not trained. */
  buffers: number;
  /** Of all tensors. */
  bytes: number;
  /** null: rows of numbers, or the file does not say. */
  columns: InspectedColumn[] | null;
  /** What is predicted. */
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
}

/** What a fold's run came to on its test rows. */
export interface FoldResult {
  /** Which repetition, from 1. */
  repeat: number;
  /** Which fold of it is the test, from 1. */
  fold: number;
  /** Mean over the rows of the fold. */
  testLoss: number | null;
  /** By their names, over the rows of the fold. */
  testMetrics: Figures;
  /** Validation left out. */
  trainSeconds: number;
  /** After which they came. */
  bestStep: number;
  /** Of the weights that are left. */
  bestHash: string;
  /** Of the parameters after the last step. */
  weightsHash: string;
  /** Of the run; null where nothing is written. */
  runDir: string | null;
}

/** A figure over the folds in which it is defined. */
export interface Spread {
  /** Over the runs that have the figure. */
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
  /** Of the configuration. */
  seed: number;
  /** One for each run. */
  results: FoldResult[];
  /** Of the tests. */
  loss: Spread;
  /** By metric; those that are no numbers are left out. */
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

/** A trial of a sweep: its values, and what came of them. */
export interface TrialResult {
  /** From 1. */
  trial: number;
  /** By the paths of the sweep's parameters. */
  values: Record<string, unknown>;
  /**
   * `done`: trained to its end. `dropped`: by halving. `broken`: it diverged, or its values do not go together.
   * `waiting`: not begun, or not at the end of its round.
   */
  state: 'done' | 'dropped' | 'broken' | 'waiting';
  /** Why it is broken. */
  message?: string;
  /** The goal's figure at the end of each round, of the best weights by then; one round where nothing is halved. */
  rounds: (number | null)[];
  /** The last of them; null: none yet. */
  value: number | null;
  /** That were done. */
  steps: number;
  /** That were done. */
  epochs: number;
  /** Of the best weights, as `done` of a run has them. */
  bestStep: number | null;
  /** Of the weights that it left. */
  validLoss: number | null;
  /** Of the same weights. */
  validMetrics: Figures;
  /** Of the weights that it left. */
  bestHash: string | null;
  /** Validation left out. */
  trainSeconds: number;
  /** Its run. */
  folder: string;
}

/** The winner's run anew, with the test. */
export interface FinalResult {
  /** Its folder. */
  runDir: string;
  /** Mean over the test rows; null where there are none. */
  testLoss: number | null;
  /** By their names, over the test rows. */
  testMetrics: Figures;
  /** Of the weights that are left. */
  bestHash: string;
  /** Whether these are those of the trial, to the last bit. */
  same: boolean;
}

/** What a sweep came to. */
export interface SweepResult {
  /** Of the sweep. */
  name: string;
  /** Of its trials. */
  folder: string;
  /** Such as `validation accuracy`. */
  goal: string;
  /** Which way the goal is better. */
  better: 'higher' | 'lower';
  /** All of them, in their order. */
  trials: TrialResult[];
  /** The best of those that were trained to their end; of equals the earliest. null: there is none yet. */
  best: TrialResult | null;
  /** The file with the winner's configuration; null: there is no winner yet. */
  bestFile: string | null;
  /** The file that shows all of it. */
  page: string;
  /** Share of the variance of the trials' ranks that each parameter explains; null: too few trials to say. */
  importance: { path: string; share: number | null }[];
  /** null: it was not asked for, or there is no winner. */
  final: FinalResult | null;
  /** A signal ended it before its end. */
  stopped: boolean;
}
