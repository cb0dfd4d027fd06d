/**
 * How the gradients are cut with `train.averaging: slices`: some rows of one layer's ∇W, or its ∇b, each computed
 * over the whole minibatch by whichever worker takes it. Everything here follows from the network alone, so a
 * tile's bits do not depend on the number of threads.
 */
import type { Network } from '../model/network.js';

/**
 * Rows of ∇W that a tile has: few, so that many threads have a share, where a layer is narrow; more from `WIDE` units
 * on, where a product packs all of Δ anew for each tile.
 */
const TILE_ROWS = 64;
const WIDE = 512;
const WIDE_TILE_ROWS = 128;
/** Values a tile has at most, unless one row has more: its sums stay in the second-level cache for the update. */
const TILE_VALUES = 131_072;

export interface Tile {
  readonly layer: number;
  /** Rows [first, first + count) of ∇W; count 0 stands for ∇b. */
  readonly first: number;
  readonly count: number;
  /** The parameters that it is the gradient of: the first one's index, and how many. */
  readonly parameter: number;
  readonly values: number;
}

/** Every parameter is in exactly one tile. The layers' large tiles come first: the small ones fill the gaps. */
export function tilesOf(net: Network): Tile[] {
  const weights: Tile[] = [];
  const biases: Tile[] = [];
  for (const [layer, { inputs, units, weights: w, biases: b }] of net.layers.entries()) {
    const rows = rowsOfTile(units);
    for (let first = 0; first < inputs; first += rows) {
      const count = Math.min(rows, inputs - first);
      weights.push({ layer, first, count, parameter: w + first * units, values: count * units });
    }
    biases.push({ layer, first: 0, count: 0, parameter: b, values: units });
  }
  return [...weights.sort((a, b) => b.values - a.values), ...biases];
}

/** Values of the largest tile; there may be millions of them before a network was found to fit into memory. */
export function largestTile(net: Network): number {
  return Math.max(...net.layers.map(({ inputs, units }) => Math.min(inputs, rowsOfTile(units)) * units));
}

/** Rows of ∇W that a layer's tiles have, the last of them perhaps fewer. */
function rowsOfTile(units: number): number {
  const most = units < WIDE ? TILE_ROWS : WIDE_TILE_ROWS;
  return Math.max(1, Math.min(most, Math.floor(TILE_VALUES / units)));
}
