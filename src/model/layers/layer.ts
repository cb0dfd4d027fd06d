/**
 * What a layer is. A member of this family answers for itself: its tensors, its outputs, what its passes need of
 * others' memory and keep in their own, its forward and backward pass, its gradient in pieces, its operations, and how
 * its outputs follow one perturbed parameter. Nothing outside its file knows more of it.
 */

import type { Options, Values } from '../../options.js';
import type { InitSpec } from '../init/index.js';
import type { Fill, TensorName } from '../init/init.js';
import type { NetworkOps, Offset, Rank1Step } from '../operations.js';
import type { Real } from '../precision.js';
import type { Formulas } from './formulas/formula.js';
import type { PlainShape, Structure, TensorShape, Training } from './forward/forward.js';

/** A named part of the vector of parameters, or of buffers. Plain data. */
export interface Tensor {
  /** As files name it: `layer1.weight`. */
  readonly name: string;
  /** Row-major. A gradient of two dimensions may be made some rows at a time. */
  readonly shape: readonly number[];
  /** Index of its first value in the vector. */
  readonly offset: number;
  readonly length: number;
  /** Whether weight decay applies where a configuration does not say otherwise. */
  readonly decays: boolean;
  /** How it is trained, where that is not said of the whole layer. */
  readonly training?: Training;
}

/** A layer at its place in a network. Plain data: it crosses threads. */
export interface Layer {
  /** Its member's name in the family. */
  readonly type: string;
  /** As reports and messages name it: `layer1` for the first dense layer and what follows it, `layer1.norm`, `input`. */
  readonly name: string;
  /** Its place among the network's layers: a part of the key of its random numbers. */
  readonly index: number;
  /**
   * Its place in the configuration's list, `model.layers`: `0`, or `1.layers.0` in another one's; the activation of a
   * dense layer has that layer's, and one that follows from the data has none: it is empty.
   */
  readonly place: string;
  readonly inputs: number;
  readonly outputs: number;
  /** The values of its member's options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Parts of the vector of parameters. */
  readonly tensors: readonly Tensor[];
  /** Parts of the vector of buffers, which are not trained but belong to the model, such as running statistics. */
  readonly buffers: readonly Tensor[];
  /** Where a way goes around layers: of the one that opens it the index of the one that closes it, and the reverse. */
  readonly partner?: number;
}

/** Reads a tensor's initial values from a file. */
type Read = (tensor: TensorName) => Promise<Real>;

/** How a layer describes one of its tensors. */
export interface TensorSpec extends TensorShape {
  /** Its initial values. */
  readonly initial: Fill;
  /** Where these stand in a file instead: what reads them. */
  readonly read?: Read;
}

export interface Shape {
  readonly outputs: number;
  readonly tensors: readonly TensorSpec[];
  readonly buffers?: readonly TensorSpec[];
}

/** What a layer's backward pass reads of what its forward pass saw and made: these must not be overwritten. */
export interface Reads {
  readonly input: boolean;
  readonly output: boolean;
}

/** Values, in the engine's precision, that a layer's passes keep in memory of their own. */
export interface Keeps {
  /** For each row, from the forward to the backward pass. */
  readonly row?: number;
  /** For each shard, where all workers may read them after a meeting. */
  readonly shard?: number;
  /** For each worker. */
  readonly worker?: number;
}

/** Multiplications of one row's passes. */
export interface Operations {
  readonly forward: number;
  readonly backward: number;
  readonly gradient: number;
}

/** Where a layer's values lie for one worker; byte offsets. Matrices have a row for each example. */
export interface Places {
  readonly engine: NetworkOps;
  /** Inputs of either slot of the minibatch, which differ for the first layer alone. */
  readonly inputs: readonly [Offset, Offset];
  readonly outputs: Offset;
  /** Δ by the outputs, and by the inputs: the same place where a backward pass works in place; 0 where nobody needs it. */
  readonly outputDelta: Offset;
  readonly inputDelta: Offset;
  /** What its partner has, where it has one. */
  readonly partner?: Partner;
  readonly tensors: readonly Offset[];
  readonly buffers: readonly Offset[];
  readonly keptRows: Offset;
  readonly keptShards: Offset;
  /** Bytes from one shard's kept values to the next one's. */
  readonly shardStride: number;
  readonly keptWorker: Offset;
  readonly scratch: Offset;
  /** The run's seed. */
  readonly seed: number;
  /** `evaluate`: on rows that are not trained on, with all units and the running statistics. */
  readonly mode: 'train' | 'evaluate';
}

/** What layers between which a way goes around others see of each other. */
export interface Partner {
  /** Its outputs, and Δ by these; as many columns. */
  readonly outputs: Offset;
  readonly outputDelta: Offset;
  readonly cols: number;
}

/** The minibatch that a pass is made for. */
export interface BatchView {
  /** Steps before this one. */
  readonly step: number;
  /** Which of the two slots of X and Y it lies in. */
  readonly slot: number;
  /** The rows of the step before the first of these: those that are random by their place in the step count from there. */
  readonly base: number;
  readonly rows: number;
  readonly shards: number;
  /** The row that a shard begins with. */
  shardRow(shard: number): number;
}

/** A layer bound to an engine and to places in memory. It is given whole shards, [firstShard, endShard). */
export interface BoundLayer {
  /** The outputs of these shards' rows. */
  forward(batch: BatchView, firstShard: number, endShard: number): void;
  /** Δ by the inputs of these shards' rows from Δ by their outputs. */
  backward(batch: BatchView, firstShard: number, endShard: number): void;
  /** Where the outputs of a row depend on the whole minibatch: what each pass begins with. */
  readonly statistics?: Statistics;
  /**
   * The gradient of tensor `tensor`, summed over the rows of these shards: its rows [first, first + count), or the
   * whole of a tensor of one dimension. After `backward` of all of them.
   */
  gradient(
    batch: BatchView,
    firstShard: number,
    endShard: number,
    tensor: number,
    first: number,
    count: number,
    into: Offset,
  ): void;
  /** Worker 0, once a step: what belongs to the model and is not trained. */
  commit?(batch: BatchView): void;
  /**
   * Where it has one: gradient and update in one for a minibatch of one row.
   * @returns whether the new parameters are finite, if they were before
   */
  rank1?(batch: BatchView, step: Rank1Step, rate: number): boolean;
}

/**
 * Statistics over the whole minibatch, the same bits for any threads: each shard's own by whoever has the shard, then
 * all workers meet, then each merges those of all shards in an order that follows from their number.
 */
export interface Statistics {
  forwardShard(batch: BatchView, shard: number): void;
  forwardMerge(batch: BatchView): void;
  backwardShard(batch: BatchView, shard: number): void;
  backwardMerge(batch: BatchView): void;
}

/** The plain float64 version that numeric derivatives are taken with; rows as in the training pass. */
export interface NumericLayer {
  /**
   * Outputs of row `row`; of all rows at once where these depend on each other (`whole`).
   * @param around what went around the layers before it, where it closes that way
   */
  forward(x: Float64Array, y: Float64Array, row: number, around?: Float64Array): void;
  readonly whole?: boolean;
  /** The output unit that parameter `index` of the network moves: there is only one. */
  unit(index: number): number;
  /**
   * By how much it moves a unit of change of that parameter, for a row with inputs `x`; with `whole`, `x` has all rows,
   * the same array with the same values each time.
   */
  slope(index: number, x: Float64Array, row: number): number;
  /**
   * Instead of `unit` and `slope`, where a parameter moves more than one unit: adds to the outputs `y` what `amount` of it
   * makes. @returns whether anything has moved
   */
  move?(index: number, amount: number, x: Float64Array, y: Float64Array): boolean;
  /** Where it is quicker than `forward`: `y`, which holds the outputs for `before`, becomes those for `x`. */
  update?(x: Float64Array, before: Float64Array, y: Float64Array): void;
  /** Whether a step from `before` to `x` crosses a place where the derivative jumps. */
  kink?(x: Float64Array, before: Float64Array): boolean;
}

export interface NumericContext {
  readonly theta: Float64Array;
  readonly buffers: Float64Array;
  readonly rows: number;
  readonly seed: number;
  readonly step: number;
}

/** A member of the family. */
export interface LayerType<O extends Options = Options>
  extends Pick<Structure, 'counted' | 'suffix' | 'ownName' | 'implied' | 'opens' | 'closes' | 'parts'> {
  /** One sentence. */
  readonly description: string;
  readonly options: O;
  /** The formulas of operations that it has of its own; their kernels are `<layer>_<operation>`. */
  readonly formulas?: Formulas;
  /**
   * Sizes and tensors for so many inputs; what is wrong, where it is closing and they do not fit.
   * @param init how weights are drawn unless the layer says otherwise
   * @param around columns of what went around the layers before it
   */
  shape(inputs: number, options: Values<O>, init: InitSpec, around?: number): Shape | string;
  reads(options: Values<O>): Reads;
  /** Whether outputs may take the place of inputs, where nobody reads these afterwards. */
  readonly inPlace: boolean;
  /** Whether Δ by the inputs takes the place of Δ by the outputs. */
  readonly deltaInPlace: boolean;
  keeps?(layer: Layer): Keeps;
  /**
   * Whether each output follows from the input at its place alone where nothing is learned, and each tensor has a value a
   * unit, or one for all: a unit can be taken out of it.
   */
  byUnit?(options: Values<O>): boolean;
  /** Meetings of all workers in a training pass, for statistics over the whole minibatch. */
  readonly meetings?: number;
  /** The option that, above 0, has a training pass draw random numbers, so that it is another one at each step. */
  readonly drawsBy?: string;
  /** The fewest rows of a minibatch that it can be trained with, where one is not enough. */
  readonly leastRows?: number;
  /** What is wrong with options that are right one by one: the key, and what was expected and got. */
  problem?(options: Values<O>): { readonly key: string; readonly message: string } | undefined;
  operations(layer: Layer): Operations;
  bind(layer: Layer, places: Places): BoundLayer;
  numeric(layer: Layer, context: NumericContext): NumericLayer;
}

/** A member, the types of whose options are checked where it is written. */
export function layerType<const O extends Options>(type: LayerType<O>): LayerType<O> {
  return type;
}

/** A shape with how the values of its tensors and buffers begin, by their names, and of those in files with what reads them. */
export function beginning(
  shape: PlainShape,
  initials: Initials,
  reads: Readonly<Record<string, Read | undefined>> = {},
): Shape {
  const drawn = (tensors: readonly TensorShape[]) =>
    tensors.map((tensor): TensorSpec => {
      const read = reads[tensor.name];
      return { ...tensor, initial: initials[tensor.name], ...(read && { read }) };
    });
  return { ...shape, tensors: drawn(shape.tensors), buffers: drawn(shape.buffers ?? []) };
}

type Initials = Readonly<Record<string, TensorSpec['initial']>>;
