/**
 * How the gradients are cut with `train.averaging: slices`: some rows of one tensor, or the whole of a small one, each
 * computed over the whole minibatch by whichever worker takes it. Everything here follows from the network alone, so a
 * tile's bits do not depend on the number of threads.
 */
import type { Tensor } from '../model/layers/layer.js';
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
  /** Which of the layer's tensors. */
  readonly tensor: number;
  /** Its rows [first, first + count); of a tensor of one dimension all, as one row. */
  readonly first: number;
  readonly count: number;
  /** The parameters that it is the gradient of: the first one's index, and how many. */
  readonly parameter: number;
  readonly values: number;
  /** Whether weight decay applies to them where a configuration does not say otherwise. */
  readonly decays: boolean;
}

/** Every parameter is in exactly one tile. The layers' large tiles come first: the small ones fill the gaps. */
export function tilesOf(net: Network): Tile[] {
  const matrices: Tile[] = [];
  const vectors: Tile[] = [];
  for (const [layer, { tensors }] of net.layers.entries()) {
    for (const [k, tensor] of tensors.entries()) {
      if (tensor.shape.length < 2) vectors.push(wholeOf(layer, k, tensor));
      else matrices.push(...cutOf(layer, k, tensor, rowsOfTile(tensor)));
    }
  }
  return [...matrices.sort((a, b) => b.values - a.values), ...vectors];
}

/** Each tensor in one piece, in the order of the parameters. */
export function tensorsOf(net: Network): Tile[] {
  return net.layers.flatMap(({ tensors }, layer) => tensors.map((tensor, k) => wholeOf(layer, k, tensor)));
}

/** How many `tilesOf` makes. */
export function countTiles(net: Network): number {
  let count = 0;
  for (const { tensors } of net.layers) {
    for (const tensor of tensors) {
      count += tensor.shape.length < 2 ? 1 : Math.ceil(tensor.shape[0] / rowsOfTile(tensor));
    }
  }
  return count;
}

/** Values of the largest tile; there may be millions of them before a network was found to fit into memory. */
export function largestTile(net: Network): number {
  let largest = 0;
  for (const { tensors } of net.layers) {
    for (const tensor of tensors) {
      const { shape, length } = tensor;
      const values = shape.length < 2 ? length : Math.min(shape[0], rowsOfTile(tensor)) * (length / shape[0]);
      largest = Math.max(largest, values);
    }
  }
  return largest;
}

/** A tensor in one piece. */
export function wholeOf(layer: number, tensor: number, { shape, offset, length, decays }: Tensor): Tile {
  const count = shape.length < 2 ? 1 : shape[0];
  return { layer, tensor, first: 0, count, parameter: offset, values: length, decays };
}

/** A tensor of two dimensions, `rows` rows at a time. */
export function cutOf(layer: number, k: number, tensor: Tensor, rows: number): Tile[] {
  const { shape, offset, length, decays } = tensor;
  const cols = length / shape[0];
  return Array.from({ length: Math.ceil(shape[0] / rows) }, (_, part) => {
    const first = part * rows;
    const count = Math.min(rows, shape[0] - first);
    return { layer, tensor: k, first, count, parameter: offset + first * cols, values: count * cols, decays };
  });
}

/** Rows that a tensor's tiles have, the last of them perhaps fewer. */
function rowsOfTile({ shape, length }: Tensor): number {
  const cols = length / shape[0];
  const most = cols < WIDE ? TILE_ROWS : WIDE_TILE_ROWS;
  return Math.max(1, Math.min(most, Math.floor(TILE_VALUES / cols)));
}
