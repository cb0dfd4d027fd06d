/** Units that say nothing, and networks without them. Types only. */

/** Units that were 0 for every row that was looked at. */
export interface DeadUnits {
  /** Of which rows. */
  part: 'test' | 'validation' | 'training';
  /** That were looked at. */
  rows: number;
  /** The layers that have any. */
  layers: {
    /** As its tensors are named: `layer1`. */
    layer: string;
    /** The activation that leaves them at 0; undefined: written by a version that did not say. */
    activation?: string;
    /** Outputs of the layer. */
    units: number;
    /** Those that were 0. */
    dead: number;
  }[];
}

/** A dense layer that units were taken out of, or could not be. */
export interface PrunedLayer {
  /** The layer's name, as its tensors have it: `layer1`. */
  layer: string;
  /** The key of a configuration that says its units: `model.layers.0.units`. */
  key: string;
  /** Units that it had. */
  before: number;
  /** Units that are left: at least one, though it may be 0 for every row itself. */
  after: number;
  /** The layer after it that needs every unit; null: none does. */
  needs: string | null;
}

/** What a network without some of its units came to. */
export interface PruneResult {
  /** The file that was pruned. */
  file: string;
  /** The file that was written. */
  path: string;
  /** The hidden dense layers, from the first to the last. */
  layers: PrunedLayer[];
  /** Training rows, for every one of which a unit was 0 that was taken out. */
  rows: number;
  /** What the two networks say of each part of the data that has rows. */
  checked: {
    part: 'train' | 'validation' | 'test';
    rows: number;
    /** The largest difference between two outputs of a row, in the targets' own units. */
    difference: number;
  }[];
  /** Numbers that were learned, before. */
  parametersBefore: number;
  /** The same in the file that was written. */
  parameters: number;
  /** SHA-256 of the weights that are left. */
  hash: string;
  /** Seconds from the call to the file. */
  seconds: number;
}
