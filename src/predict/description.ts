/** What a model file says of its model beside the tensors: all that it takes to predict with it. Plain data. */

import type { LearningTask } from '../model/metrics/task.js';
import type { LayerSpec } from '../model/network.js';
import type { Precision } from '../model/precision.js';
import type { Spec } from '../options.js';
import type { Preprocessing } from '../preprocess/fitted.js';

/** The key of a model file's metadata that holds the description, as JSON. */
export const DESCRIPTION_KEY = 'model';
export const DESCRIPTION_FORMAT = 'gradpool-model-1';

/** All that a file says of its model. */
export interface ModelDescription {
  /** Of the description. */
  readonly format: typeof DESCRIPTION_FORMAT;
  /** The run's name. */
  readonly name: string;
  /** Of the weights. */
  readonly precision: Precision;
  /** The network's inputs, after preprocessing, and its outputs. */
  readonly inputs: number;
  /** Of the network. */
  readonly outputs: number;
  /**
   * As the configuration has them, every default filled in, after an `embedding` where columns are embedded; `network`
   * makes the same layers of them.
   */
  readonly layers: readonly LayerSpec[];
  /** With its options. Where it starts from logits, outputs are what its activation makes of them all the same. */
  readonly loss: Spec;
  /** What it learned. */
  readonly task: LearningTask;
  /** What becomes of a row's columns before the network, and of its outputs after it. */
  readonly preprocessing: Preprocessing;
  /** How the figures were when these weights were the best: the validation's loss and metrics, and after which step. */
  readonly best: {
    readonly step: number;
    readonly monitor: string;
    readonly loss: number | null;
    readonly metrics: Readonly<Record<string, unknown>>;
  };
}
