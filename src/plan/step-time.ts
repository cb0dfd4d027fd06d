/**
 * What a step costs: a model of a few constants, fitted to measurements in docs/scaling.md, that says how a run
 * scales and how many threads it should have.
 */

import { type AveragingName, averagings } from '../averaging/index.js';
import { engineOf, engines } from '../engines/index.js';
import { layers as types } from '../model/layers/index.js';
import { isTrained } from '../model/layers/trained.js';
import { firstTrained, type Network } from '../model/network.js';
import { shardsOf } from './shards.js';

export interface StepShape {
  readonly net: Network;
  readonly engine: string;
  /** Bytes of a value. */
  readonly bytes: 4 | 8;
  readonly batchSize: number;
  readonly shards: number;
  readonly averaging: AveragingName;
  /** Whether gradients are clipped by their norm, for which all meet once more. */
  readonly clipsNorm?: boolean;
}

/** Of an engine that says nothing of its own. */
const USUAL_RATE = 1e9;

/** Constants of the model; seconds, or units a second, of one core. */
export interface StepTimeConstants {
  /** Multiplications and additions of products a second, zeros counted as if they were multiplied. */
  readonly rate: Readonly<Record<string, number>>;
  /** Bytes a second that averaging and update move. */
  readonly bandwidth: number;
  /** Calls, clocks and the like of a step, which every thread has. */
  readonly overhead: number;
  /** A barrier: a part that every meeting has, and one for each thread. */
  readonly barrier: number;
  readonly barrierAThread: number;
}

/** From two cores of an AMD EPYC at about 3.5 GHz (`npm run bench -- scaling` fits them anew). */
export const stepTimeConstants: StepTimeConstants = {
  rate: Object.fromEntries(Object.keys(engines).map((name) => [name, engineOf(name).rate ?? USUAL_RATE])),
  bandwidth: 12e9,
  overhead: 4e-6,
  barrier: 0.4e-6,
  barrierAThread: 0.2e-6,
};

/** Seconds of one full minibatch with `given` threads that have a core each, by their parts. */
export function stepTime(shape: StepShape, given: number, constants = stepTimeConstants) {
  const { net, engine, bytes, batchSize, averaging } = shape;
  const rate = bytes === 8 ? constants.rate[engine] / 2 : constants.rate[engine];
  const shards = shardsOf(batchSize, shape.shards);
  // Threads beyond the shards rest.
  const threads = Math.min(given, shards);
  // The busiest worker's part of the shards, and of the tiles.
  const ofShards = Math.ceil(shards / threads) / shards;
  let passes = 0;
  let sums = 0;
  let meetings = shape.clipsNorm ? 3 : 2;
  const first = firstTrained(net);
  for (const [l, layer] of net.layers.entries()) {
    const { forward, backward, gradient } = types[layer.type].operations(layer);
    passes += 2 * batchSize * (forward + (l > first ? backward : 0));
    if (layer.tensors.length > 0 && !isTrained(layer)) continue;
    sums += 2 * batchSize * gradient;
    meetings += types[layer.type].meetings ?? 0;
  }
  const way = averagings[averaging];
  const ofTiles = way.share(net, threads, ofShards);
  const moved = net.parameters * bytes * way.moved(shards);
  const compute = (passes * ofShards + sums * ofTiles) / rate;
  const update = moved / threads / constants.bandwidth;
  const waits = threads === 1 ? 0 : meetings * (constants.barrier + constants.barrierAThread * threads);
  const { overhead } = constants;
  return { compute, update, meetings: waits, overhead, seconds: compute + update + waits + overhead };
}

/** So much faster a thread more must make a step, in the model, to be worth its core. */
const WORTHWHILE = 0.97;

/** How many of `cores` threads a run should have, and why in a few words. */
export function chooseThreads(shape: StepShape, cores: number): { threads: number; reason: string } {
  const shards = shardsOf(shape.batchSize, shape.shards);
  const most = Math.min(cores, shards);
  let best = 1;
  for (let threads = 2; threads <= most; threads++) {
    if (stepTime(shape, threads).seconds < WORTHWHILE * stepTime(shape, best).seconds) best = threads;
  }
  if (best === cores) return { threads: best, reason: best === 1 ? 'one core' : 'one a core' };
  if (best === shards) {
    return { threads: best, reason: best === 1 ? 'a minibatch is one shard' : 'one a shard' };
  }
  const { compute, update } = stepTime(shape, best);
  const micros = Math.max(1, Math.round((compute + update) * 1e6));
  return { threads: best, reason: `a step has about ${micros} µs of work to share` };
}
