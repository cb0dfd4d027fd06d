/**
 * Rows of the data set as the network's input and target matrices: what an engine offers for it, the formulas in
 * float64, and the kernels by their names.
 */

import type { Offset } from '../model/operations.js';
import { byName } from './by-name.js';
import type { Kernels } from './kernels.js';

/** Element types of features, and of targets that are values. */
export const featureTypes = ['uint8', 'int32', 'float32', 'float64'] as const;
export type FeatureType = (typeof featureTypes)[number];
/** Element types of classes. */
export const classTypes = ['uint8', 'uint16'] as const;
export type ClassType = (typeof classTypes)[number];

type Rows = [features: Offset, order: Offset, x: Offset, rows: number, cols: number];

/**
 * Three ways to gather features of one element type; `order` holds the wanted rows' numbers as uint32. Each value is
 * computed in float64 and rounded once to the engine's precision; bytes with one scale in the engine's precision, for
 * which `high` must have so few bits that its product with a byte is exact.
 */
export interface GatherOps {
  /** X[r, c] = features[order[r], c]. */
  none(...rows: Rows): void;
  /** X[r, c] = features[order[r], c] · (high + low) + offset. */
  one(...rows: [...Rows, high: number, low: number, offset: number]): void;
  /** X[r, c] = features[order[r], c] · scales[c] + offsets[c]; both are float64. */
  columns(...rows: [...Rows, scales: Offset, offsets: Offset]): void;
}

export interface Gather {
  readonly gather: Readonly<Record<FeatureType, GatherOps>>;
  /**
   * X[r, ·] = the `values` numbers (float64) of row order[r], each as `slots` (int32) says: 0, as it is; n > 0, n inputs
   * of which the one that the number says is 1, none where it is −1. Together they are `cols`.
   */
  gather_slots(
    features: Offset,
    order: Offset,
    x: Offset,
    rows: number,
    values: number,
    cols: number,
    slots: Offset,
  ): void;
  /** Y[r, ·] = one-hot of classes[order[r]], each of which must be below `cols`. */
  readonly gather_classes: Readonly<Record<ClassType, (...rows: Rows) => void>>;
}

interface View {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): ArrayLike<number>;
}

const views: Readonly<Record<FeatureType | ClassType, View>> = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** The formulas, over a memory. */
export function referenceGather(memory: { readonly buffer: ArrayBufferLike }): Gather {
  /** X[r, c] = value(features[order[r], c], c) */
  const fill = (
    type: FeatureType,
    [features, order, x, rows, cols]: Rows,
    value: (given: number, c: number) => number,
  ): void => {
    const { buffer } = memory;
    const wanted = new Uint32Array(buffer, order, rows);
    const X = new Float64Array(buffer, x, rows * cols);
    const View = views[type];
    for (let r = 0; r < rows; r++) {
      const row = new View(buffer, features + wanted[r] * cols * View.BYTES_PER_ELEMENT, cols);
      for (let c = 0; c < cols; c++) X[r * cols + c] = value(row[c], c);
    }
  };
  return {
    gather: byName(featureTypes, (type) => ({
      none: (...rows) => fill(type, rows, (given) => given),
      one: (features, order, x, rows, cols, high, low, offset) =>
        fill(type, [features, order, x, rows, cols], (given) => given * high + given * low + offset),
      columns: (features, order, x, rows, cols, scales, offsets) => {
        const scale = new Float64Array(memory.buffer, scales, cols);
        const offset = new Float64Array(memory.buffer, offsets, cols);
        fill(type, [features, order, x, rows, cols], (given, c) => given * scale[c] + offset[c]);
      },
    })),
    gather_slots(features, order, x, rows, values, cols, slots) {
      const { buffer } = memory;
      const wanted = new Uint32Array(buffer, order, rows);
      const X = new Float64Array(buffer, x, rows * cols).fill(0);
      const codes = new Int32Array(buffer, slots, values);
      for (let r = 0; r < rows; r++) {
        const row = new Float64Array(buffer, features + wanted[r] * values * 8, values);
        let at = r * cols;
        for (let v = 0; v < values; v++) {
          if (codes[v] === 0) X[at] = row[v];
          else if (row[v] >= 0) X[at + row[v]] = 1;
          at += Math.max(1, codes[v]);
        }
      }
    },
    gather_classes: byName(classTypes, (type) => (classes, order, y, rows, cols) => {
      const { buffer } = memory;
      const wanted = new Uint32Array(buffer, order, rows);
      const Y = new Float64Array(buffer, y, rows * cols).fill(0);
      const View = views[type];
      for (let r = 0; r < rows; r++) {
        const label = new View(buffer, classes + wanted[r] * View.BYTES_PER_ELEMENT, 1)[0];
        Y[r * cols + label] = 1;
      }
    }),
  };
}

/** The kernels. */
export function kernelGather(op: Kernels): Gather {
  return {
    gather: byName(featureTypes, (type) => ({
      none: op(`gather_${type}_none`),
      one: op(`gather_${type}_one`),
      columns: op(`gather_${type}_columns`),
    })),
    gather_slots: op('gather_slots'),
    gather_classes: byName(classTypes, (type) => op(`gather_classes_${type}`)),
  };
}
