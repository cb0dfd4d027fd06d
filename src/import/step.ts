/** What a network of another program is made of, one layer after another. Plain data. */
import type { Tensor, Tensors } from '../formats/safetensors.js';

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

/** Slopes below 0, one for all units or one a unit. */
export interface PreluStep {
  readonly kind: 'prelu';
  readonly name: string;
  readonly weight: Tensor;
  readonly bias?: undefined;
  /** Whether it may be a norm of rows without a bias as well: a vector of weights alone, where no file says more. */
  readonly orNorm?: true;
}

export interface ActivationStep {
  readonly kind: 'activation';
  readonly activation: { readonly name: string; readonly [option: string]: unknown };
}

/** Layers that a way goes around, which is added to what they make, or put before it. */
export interface AroundStep {
  readonly kind: 'residual' | 'concat';
  readonly steps: readonly Step[];
}

export type Learned = DenseStep | NormStep | PreluStep;
export type Step = Learned | ActivationStep | AroundStep;

export interface ForeignNetwork {
  readonly steps: readonly Step[];
  /** Whether the steps are all that it computes, or only what it has learned. */
  readonly whole: boolean;
  /** What was left out, a sentence each. */
  readonly notes: readonly string[];
  /** The tensors as the file has them, matrices inputs × units: for layers of the same names, whatever their order. */
  readonly named?: Tensors;
}
