/**
 * How the gradients are cut with `train.averaging: hosts`: pieces of about as many values, from the last layer to the
 * first, so that one goes from host to host while those before it are still computed. It follows from the network alone.
 */
import type { Network } from '../model/network.js';
import { cutOf, type Tile, wholeOf } from './tiles.js';

/** Values a piece has at most, unless one row of a tensor has more: 256 KiB of float32, some 2 ms on a wire of 1 Gbit/s. */
const PIECE_VALUES = 65_536;

/** Parameters that lie next to each other, and whose sums over all hosts are made together. */
export interface Piece {
  /** The parameters [from, to). */
  readonly from: number;
  readonly to: number;
  /** The parts of tensors that it is made of, the last parameters first. */
  readonly parts: readonly Tile[];
}

/** Every parameter is in exactly one piece; the last parameters are in the first. */
export function piecesOf(net: Network, most = PIECE_VALUES): Piece[] {
  const parts = net.layers.flatMap(({ tensors }, layer) =>
    tensors.flatMap((tensor, k) => {
      if (tensor.shape.length < 2) return [wholeOf(layer, k, tensor)];
      const rows = Math.max(1, Math.floor(most / (tensor.length / tensor.shape[0])));
      return cutOf(layer, k, tensor, Math.min(rows, tensor.shape[0]));
    }),
  );
  const pieces: { from: number; to: number; parts: Tile[] }[] = [];
  for (const part of parts.reverse()) {
    const last = pieces.at(-1);
    if (last !== undefined && last.to - part.parameter <= most) {
      last.from = part.parameter;
      last.parts.push(part);
    } else pieces.push({ from: part.parameter, to: part.parameter + part.values, parts: [part] });
  }
  return pieces;
}
