/** What a network of another program is made of, one layer after another. Plain data. */
import type { Tensor } from '../formats/safetensors.js';

/** A dense layer, its weights inputs × units; without a bias it has zeros. */
export interface DenseStep {
  readonly kind: 'dense';
  /** As the file names it, for messages. */
  readonly name: string;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
}

/** A norm: of minibatches where it has running statistics, else of rows. */
export interface NormStep {
  readonly kind: 'batch-norm' | 'layer-norm';
  readonly name: string;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly mean?: Tensor;
  readonly variance?: Tensor;
  /** Where the file says it. */
  readonly epsilon?: number;
}

export interface ActivationStep {
  readonly kind: 'activation';
  readonly activation: { readonly name: string; readonly [option: string]: unknown };
}

export type Step = DenseStep | NormStep | ActivationStep;

export interface ForeignNetwork {
  readonly steps: readonly Step[];
  /** Whether the steps are all that it computes, or only what it has learned. */
  readonly whole: boolean;
  /** What was left out, a sentence each. */
  readonly notes: readonly string[];
}
