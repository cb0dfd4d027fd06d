/**
 * What hosts that train together tell each other in a step, in which order, and where it lies. All of it follows from
 * the network and the number of hosts, so that every host's threads know it without a word.
 */
import { type Piece, piecesOf } from '../averaging/pieces.js';
import { layers as types } from '../model/layers/index.js';
import type { Layer } from '../model/layers/layer.js';
import { trainingOf } from '../model/layers/trained.js';
import type { Network } from '../model/network.js';
import type { Precision } from '../model/precision.js';
import type { ArenaPlan, Region } from '../shared/arena.js';
import { signalWords } from '../shared/signals.js';
import { cut } from './shards.js';

/** Hosts that train together, as one of them sees them. */
export interface ExchangePlan {
  /** This one's number, from 0. */
  readonly host: number;
  /** A power of two. */
  readonly hosts: number;
  readonly order: Exchange;
}

/** How hosts' sums are added up: in a fixed tree, in whatever order their network library finds fastest, or in the tree
 * with 16 bits a value on the way. */
export type Exchange = 'fixed' | 'fast' | 'half';

/** What is exchanged in a step, each thing with a number: first what layers keep, on the way forth and back, then the
 * pieces of the gradients, at last the losses and whether a host wishes to stop. */
export interface ExchangeOrder {
  /** The layers that need statistics of the whole minibatch, in the order of the meetings: first to last, last to first. */
  readonly meetings: readonly number[];
  readonly pieces: readonly Piece[];
  /** The number of the first piece. */
  readonly firstPiece: number;
  /** The number of the losses. */
  readonly account: number;
  /** The number that stands for the end of a stretch. */
  readonly end: number;
}

export function exchangeOrder(net: Network): ExchangeOrder {
  // A frozen layer has its statistics.
  const meets = (layer: Layer) => (types[layer.type].meetings ?? 0) > 0 && !trainingOf(layer).frozen;
  const meeting = net.layers.flatMap((layer, l) => (meets(layer) ? [l] : []));
  const meetings = [...meeting, ...meeting.toReversed()];
  const pieces = piecesOf(net);
  const account = meetings.length + pieces.length;
  return { meetings, pieces, firstPiece: meetings.length, account, end: account + 1 };
}

export interface ExchangeRegions {
  /** How many workers have their gradients of a piece: a counter a piece. */
  readonly made: Region<'int32'>;
  /** By number: how often it was ready to go out, which takes every worker for a piece, and else worker 0; after the losses: that no step comes. */
  readonly ready: Region<'int32'>;
  /** By number: how often it came back. */
  readonly done: Region<'int32'>;
  /** For each host the losses of its shards, and after them what it wishes. */
  readonly losses: Region<'float64'>;
  /** Every host's slice of the piece under way, `sliceStride` bytes apart. */
  readonly slices: Region<Precision>;
  readonly sliceStride: number;
  /** Milliseconds that the exchanges have taken. */
  readonly spent: Region<'float64'>;
  /** Where values go out in 16 bits. */
  readonly halves?: HalvesRegions;
}

export interface HalvesRegions {
  /**
   * By parameter, what was rounded away and has yet to go out: of a piece's slices for other hosts what this one's sums had
   * more, of its own slice what the sums of all had.
   */
  readonly rests: Region<Precision>;
  /** The piece under way, as it is sent. */
  readonly sent: Region<'uint16'>;
  /** Every host's slice of it as it came, `receivedStride` values apart. */
  readonly received: Region<'uint16'>;
  readonly receivedStride: number;
  /** The step that the stretch under way began with. */
  readonly from: Region<'float64'>;
}

const VECTOR_VALUES = 16;

/** Values of a host's slice of so many; cut on vectors that every precision has whole. */
export function sliceOfPiece(values: number, hosts: number, host: number): { from: number; to: number } {
  const vectors = Math.ceil(values / VECTOR_VALUES);
  const edge = (k: number) => Math.min(values, cut(vectors, hosts, k) * VECTOR_VALUES);
  return { from: edge(host), to: edge(host + 1) };
}

export function planExchange(
  plan: ArenaPlan,
  net: Network,
  real: Precision,
  bytes: number,
  shards: number,
  hosts: number,
  exchange: Exchange,
): ExchangeRegions {
  const { pieces, account } = exchangeOrder(net);
  const largest = Math.max(...pieces.map(({ from, to }) => Math.ceil((to - from) / VECTOR_VALUES)));
  const slice = (Math.ceil(largest / hosts) + 1) * VECTOR_VALUES;
  return {
    made: plan.add('coordination.gradients made', 'int32', signalWords(pieces.length)),
    ready: plan.add('coordination.to exchange', 'int32', signalWords(account + 2)),
    done: plan.add('coordination.exchanged', 'int32', signalWords(account + 1)),
    losses: plan.add('coordination.losses of hosts', 'float64', hosts * (shards / hosts + 1)),
    slices: plan.add('gradients.of hosts', real, hosts * slice),
    sliceStride: slice * bytes,
    spent: plan.add('coordination.time of exchange', 'float64', 1),
    ...(exchange === 'half' && {
      halves: {
        rests: plan.add('gradients.rests', real, net.parameters),
        sent: plan.add('gradients.halves', 'uint16', largest * VECTOR_VALUES),
        received: plan.add('gradients.halves of hosts', 'uint16', hosts * slice),
        receivedStride: slice,
        from: plan.add('coordination.step of exchange', 'float64', 1),
      },
    }),
  };
}
