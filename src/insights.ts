/** What is found out about a network at the end of its run, beside its figures. Types only. */

/** Counts of values between two numbers, in bins of the same width. */
export interface Histogram {
  /** The least value of the first bin, and the largest of the last; both 0 where there are no finite values. */
  from: number;
  /** The upper end of the last bin. */
  to: number;
  /** One for each bin of equal width. */
  counts: number[];
  /** Values that are not finite, and in no bin. */
  odd: number;
}

/** One layer's parameters and what comes of them. */
export interface LayerInsight {
  /** As its tensors are named: `layer1`. */
  layer: string;
  /** Outputs of the layer. */
  units: number;
  /** Of its first tensor, without biases. */
  weights: Histogram;
  /** Of the mean loss over a minibatch or more of the rows that were looked at; undefined: there were none. */
  gradients?: Histogram;
  /** Units that were 0 for every row that was looked at; undefined: the layer's values are not made by ReLU or the like. */
  deadUnits?: number;
  /** The activation that leaves them at 0, where they were counted. */
  activation?: string;
}

/** A row that the network is wrong about. */
export interface WorstExample {
  /** Its number in the data, from 0: of a table among its rows, of data in several files over all of them. */
  row: number;
  /** Its own, whatever the row counts; the largest number there is where it is not finite. */
  loss: number;
  /** A class by its name, or values in their own units. */
  target: string | number[];
  /** Probabilities by class, or values in their own units; empty of more than 100 outputs. */
  output: number[];
  /** The likeliest class; undefined: there are no classes. */
  predicted?: string;
  /** A picture: bytes in base64, row by row, the channels of a pixel next to each other. One of more than 64 pixels is made smaller. */
  picture?: { width: number; height: number; channels: number; bytes: string };
  /** Cells by the columns' names, the first 40; `input1` and so on of short rows of numbers. null: missing. */
  cells?: Record<string, string | number | null>;
}

/** What the weights that a run leaves do with rows that they did not learn from: what its report draws. */
export interface InsightsEvent {
  event: 'insights';
  /** Of which rows: of the test where there are any, else of the validation, else those of training. */
  part: 'test' | 'validation' | 'training';
  /** That were looked at. */
  rows: number;
  /** How many the part has, where not all of them were looked at: `rows` of them then, from all over it. */
  of?: number;
  /** Names of classes, in the order of the outputs, at most 256; undefined: rows do not have one class each. */
  classes?: string[];
  /** Counts: [class of the row][class that is likeliest]; of at most 100 classes. */
  confusion?: number[][];
  /**
   * Of each class against the others, of two classes the second, of many those 20 of most rows, and of several columns of
   * two classes each: [share of the others, share of the class] at or above each threshold, at most 200 of these.
   */
  roc?: { class: string; auc: number | null; points: [number, number][] }[];
  /** By the probability of the likeliest class: ten bins. Undefined: outputs are no probabilities. */
  calibration?: {
    from: number;
    to: number;
    rows: number;
    confidence: number | null;
    accuracy: number | null;
  }[];
  /** Of each target, at most 20: prediction − target, and up to 500 rows as [target, prediction]. */
  residuals?: { target: string; histogram: Histogram; points: [number, number][] }[];
  /** The 12 with the largest losses, the largest first. */
  worst: WorstExample[];
  /** Those with weights, from the first to the last. */
  layers: LayerInsight[];
  /** The first layer's weights where the inputs are a picture: of up to 64 units and 20,000 weights, one number a pixel and channel. */
  filters?: { width: number; height: number; channels: number; units: number[][] };
  /** Outputs over a grid, where there are two inputs: [output][y][x], and up to 500 rows. */
  surface?: {
    names: [string, string];
    x: [number, number];
    y: [number, number];
    outputs: number[][][];
    /** What each output is for, where they are no classes of one target: its column, in whose units it is. */
    targets?: string[];
    /** `target`: the class, or the value of the first output; `values`: of several outputs that are no classes, each one's. */
    points: { x: number; y: number; target: string | number; values?: number[] }[];
  };
}
