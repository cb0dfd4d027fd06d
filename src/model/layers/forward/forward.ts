/**
 * The half of a layer that predictions need: its place in a network, its tensors, and what it makes of rows that are not
 * trained on, in plain float64 TypeScript. Bundles of a program that predicts hold this half of a layer and no more.
 */

/** What a layer is called with: the values of its options. */
export type LayerOptions = Readonly<Record<string, unknown>>;

/** A layer by its member's name and options. */
export interface LayerPart {
  readonly type: string;
  readonly options: LayerOptions;
  /** Where it stands among the layer's own options, `layers.0`, if it is written there. */
  readonly below?: string;
}

/** A tensor before it has values. */
export interface TensorShape {
  /** Its own name: `weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly decays?: boolean;
  /** How it is trained, where that is not said of the whole layer. */
  readonly training?: Training;
}

/** What may be said of how parameters are trained: trained.ts says what it means. */
export interface Training {
  readonly frozen?: boolean;
  readonly rateFactor?: number;
  readonly decayFactor?: number;
}

/** What a network is laid out by. */
export interface Structure {
  /** Whether it is counted: it is the next of `layer1`, `layer2`, …, and those after it are named after it. */
  readonly counted?: true;
  /** What is added to the name of the counted layer before it: `norm` gives `layer1.norm`. */
  readonly suffix?: string;
  /** Its name, where that is not taken from the counted layers: there is one such layer in a network. */
  readonly ownName?: string;
  /** Whether it follows from the data, and has no place in the configuration's list. */
  readonly implied?: true;
  /** Whether its outputs are its inputs, which go a second way too, around the layers up to the one that closes it. */
  readonly opens?: true;
  /** Whether it takes what went around the layers before it, from the last open one on. */
  readonly closes?: true;
  /**
   * The layers that a configuration's one becomes, where it is not itself alone; one of its own type is itself.
   * @param outputs what data and loss need, for a layer that leaves its width to them
   */
  parts?(options: LayerOptions, outputs?: number): readonly LayerPart[];
  /**
   * Sizes and tensors for so many inputs; what is wrong, where it is closing and they do not fit.
   * @param around columns of what went around the layers before it
   */
  shape(inputs: number, options: never, init: never, around?: number): PlainShape | string;
}

/** A layer's sizes and tensors. */
export interface PlainShape {
  readonly outputs: number;
  readonly tensors: readonly TensorShape[];
  readonly buffers?: readonly TensorShape[];
}

/** A layer with its tensors' and its buffers' values, in the order in which `shape` has them. */
export interface LayerValues {
  readonly inputs: number;
  readonly outputs: number;
  readonly options: LayerOptions;
  readonly tensors: readonly Float64Array[];
  readonly buffers: readonly Float64Array[];
}

export interface ForwardLayer extends Structure {
  /**
   * Y from X, `rows` rows of each, Y not being X; undefined: rows stay as they are.
   * @param around what went around the layers before it, where it closes that way
   */
  forward?(x: Float64Array, y: Float64Array, rows: number, layer: LayerValues, around?: Float64Array): void;
}

/** A member, its type checked where it is written. */
export const forwardLayer = <const Member extends ForwardLayer>(member: Member): Member => member;
