/** Which rows are looked at when a run has ended, row by row, and where what is seen goes. */
import { EVALUATION_ROWS } from './layout.js';

/** Rows of a part: all of them, or pieces of `EVALUATION_ROWS` that lie evenly spaced in it. */
export interface LookedRows {
  readonly part: 'train' | 'validation' | 'test';
  /** How many there are. */
  readonly all: number;
  /** How many are looked at: all, or a multiple of `EVALUATION_ROWS`. */
  readonly rows: number;
}

/** What workers fill in; arrays over shared memory of their own, a row's values next to each other. */
export interface Look extends LookedRows {
  /** In the targets' own units. */
  readonly outputs: Float64Array;
  readonly targets: Float64Array;
  /** Of each row, whatever it counts. */
  readonly losses: Float64Array;
  /** Layers of which every unit is watched, by their places in the network. */
  readonly watched: readonly number[];
  /** For each unit of these, layer after layer: 1 where it was not 0 for some row. */
  readonly alive: Uint8Array;
  /** Inputs of rows that are none of the data's, as the network takes them, and its outputs; empty where there are none. */
  readonly asked: Float64Array;
  readonly answers: Float64Array;
}

/** @param most rows, at least 0 */
export function lookedRows(part: LookedRows['part'], all: number, most: number): LookedRows {
  if (all <= most) return { part, all, rows: all };
  return {
    part,
    all,
    rows: Math.min(all, EVALUATION_ROWS * Math.max(1, Math.floor(most / EVALUATION_ROWS))),
  };
}

/** Pieces that a worker takes. */
export const piecesOf = ({ rows }: LookedRows): number => Math.ceil(rows / EVALUATION_ROWS);

/** The place in the part of the first row of a piece. */
export function firstOf({ all, rows }: LookedRows, piece: number): number {
  if (rows === all) return piece * EVALUATION_ROWS;
  const pieces = rows / EVALUATION_ROWS;
  return pieces === 1 ? 0 : Math.floor((piece * (all - EVALUATION_ROWS)) / (pieces - 1));
}

/** The place in the part of a row that was looked at. */
export function placeOf(looked: LookedRows, row: number): number {
  return firstOf(looked, Math.floor(row / EVALUATION_ROWS)) + (row % EVALUATION_ROWS);
}
