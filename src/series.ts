/** What is told while many runs go on, a cross-validation's or a sweep's, and what a sweep comes to. Types only. */

import type { TrainEvent } from './events.js';
import type { Figures } from './model/metrics/index.js';
import type { FoldResult } from './results.js';

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

/** A sweep begins. */
export interface SweepStart {
  event: 'start';
  /** Of the sweep. */
  name: string;
  /** Of its trials. */
  folder: string;
  /** By its name. */
  search: string;
  /** Trials in all. */
  trials: number;
  /** The keys that vary. */
  parameters: string[];
  /** Such as `validation accuracy`. */
  goal: string;
  /** Which way the goal is better. */
  better: 'higher' | 'lower';
  /** How trials are dropped; null: none is. */
  halving: { every: string; keep: number } | null;
  /** Trials at the same time, and threads of each, of the first round; and why so many. */
  parallel: number;
  /** Of each trial. */
  threads: number;
  /** Why so many at a time. */
  reason: string;
  /** Trials that an earlier process has brought to their end. */
  found: number;
  /** Other trials that an earlier process has begun, and that go on from their checkpoints. */
  begun: number;
}

/** How far a sweep is. */
export interface SweepProgress {
  event: 'progress';
  /** Trials that are trained to their end, dropped, broken. */
  done: number;
  /** Trials that halving ended. */
  dropped: number;
  /** Trials that could not be trained to their end. */
  broken: number;
  /** In all. */
  trials: number;
  /** Trials under way. */
  running: { trial: number; epoch: number; epochs: number }[];
  /** So far; null: none is at its end. */
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

/** A cross-validation begins. */
export interface CrossValidationStart {
  event: 'start';
  /** Of the configuration. */
  name: string;
  /** Parts that the rows are cut into. */
  folds: number;
  /** How often rows are dealt out. */
  repeats: number;
  /** Whether each fold has the classes in the same shares. */
  stratify: boolean;
  /** Of the configuration. */
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
