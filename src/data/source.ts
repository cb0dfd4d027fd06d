/** What a data family offers to whoever trains on it. */

/**
 * A checked but not yet read data set: its shape is known from the files' headers, so that memory can be
 * sized before anything is allocated.
 */
export interface DataSource {
  readonly rows: number;
  /** Values a row. */
  readonly features: number;
  /** Outputs that a network needs: classes, or values of the target. */
  readonly outputs: number;
  /** `uint8`: bytes that stand for value/255. `float64`: values as they are. */
  readonly featureType: 'uint8' | 'float64';
  /** `class`: one byte a row, the class. `float64`: `outputs` values a row. */
  readonly targetType: 'class' | 'float64';
  /** How many rows each part has, known before `split` draws them. */
  readonly parts: PartRows;
  /**
   * Row numbers of each part, as many as `parts` says; parts may share rows. Depends on the seed alone. Allocates some
   * 4 bytes a row, once for all rows and once for those of the parts: callers look first whether there is room.
   */
  split(seed: number): Split;
  /**
   * Reads everything into place: `features` has rows·features entries; `targets` has `rows` (class) or
   * rows·outputs entries. Both may lie over shared memory.
   * @throws UserError naming the file, when it is not what its header promised.
   */
  read(features: Uint8Array | Float64Array, targets: Uint8Array | Float64Array): Promise<void>;
}

export interface PartRows {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

export interface Split {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}
