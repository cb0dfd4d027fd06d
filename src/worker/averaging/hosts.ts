/**
 * Where a host is alone, as `shards`. Else piece by piece: each worker its shards' gradients, then its part of their sums
 * over this host's shards, one piece later, so that it seldom waits for others; then the piece goes to the other hosts
 * while the next is computed, and comes back with the sums of all.
 */
import { UPDATE_BLOCK } from '../../averaging/averaging.js';
import { trainedTensors } from '../../model/layers/trained.js';
import type { Batch } from '../../plan/batch.js';
import { view } from '../../shared/arena.js';
import { Accumulation } from '../accumulation.js';
import { wholeParts } from '../clipping.js';
import type { AveragingContext, CreateAveraging } from './averaging.js';
import { shards } from './shards.js';
import { sliceOf } from './slice.js';

export const hosts: CreateAveraging = (context) =>
  context.joint === undefined ? shards(context) : joined(context, context.joint);

function joined(
  { engine, setup, pass, worker, threads }: AveragingContext,
  joint: NonNullable<AveragingContext['joint']>,
): ReturnType<CreateAveraging> {
  const { layers } = pass;
  const { layout, net } = setup;
  const trained = trainedTensors(net.layers);
  const unit = wholeParts(setup);
  const { gradients, gradientStride } = layout;
  const { pieces } = joint.order;
  const own = pieces.map(({ from, to }) => {
    const slice = sliceOf(to - from, engine.bytes, threads, worker);
    return { from: from + slice.from, to: from + slice.to };
  });
  const block = layout.workers[worker].sums.offset;
  const sums = view(setup.memory, layout.workers[worker].sums);
  const stored = view(setup.memory, gradients);
  const place = (parameter: number) => gradients.offset + parameter * engine.bytes;
  const accumulation = new Accumulation(engine, setup);
  /** Of so many parameters, over this host's shards. A host may have no rows of a short minibatch. */
  const sumBlock = ({ ownShards }: Batch, first: number, n: number) => {
    if (ownShards === 0) sums.fill(0, 0, n);
    else engine.shards_sum(block, place(first), gradientStride, ownShards, n);
  };
  return {
    collect(batch) {
      /** This worker's part of a piece, over this host's shards, to the first one's place. */
      const sum = (piece: number) => {
        joint.awaitMade(batch, piece, threads);
        const { from, to } = own[piece];
        for (let first = from; first < to; first += UPDATE_BLOCK) {
          const n = Math.min(UPDATE_BLOCK, to - first);
          sumBlock(batch, first, n);
          accumulation.complete(block, first, n, batch.part);
          stored.set(sums.subarray(0, n), first);
        }
        joint.summed(piece);
      };
      for (const [k, { parts }] of pieces.entries()) {
        for (let shard = batch.firstShard; shard < batch.endShard; shard++) {
          const buffer = (shard - batch.ownShard) * gradientStride;
          for (const { layer, tensor, first, count, parameter, values } of parts) {
            if (!trained[layer][tensor]) {
              const at = buffer / engine.bytes + parameter;
              stored.fill(0, at, at + values);
              continue;
            }
            layers[layer].gradient(batch, shard, shard + 1, tensor, first, count, place(parameter) + buffer);
          }
        }
        if (!batch.isLast) continue;
        joint.made(k);
        if (k > 0) sum(k - 1);
      }
      if (batch.isLast) sum(pieces.length - 1);
    },
    sum(batch, _timed, use) {
      if (!batch.isLast) {
        for (const { from, to } of own) {
          for (let first = from; first < to; first += UPDATE_BLOCK) {
            const n = Math.min(UPDATE_BLOCK, to - first);
            sumBlock(batch, first, n);
            accumulation.keep(block, first, n, batch.part);
          }
        }
        return 0;
      }
      if (unit !== undefined) {
        // Nothing comes before the norm of all pieces.
        for (const k of pieces.keys()) joint.awaitPiece(batch, k);
        const { from, to } = sliceOf(net.parameters, engine.bytes, threads, worker, unit);
        for (let first = from; first < to; first += UPDATE_BLOCK) {
          use(place(first), first, Math.min(UPDATE_BLOCK, to - first), first / UPDATE_BLOCK);
        }
        return 0;
      }
      for (const [k, { from, to }] of own.entries()) {
        joint.awaitPiece(batch, k);
        for (let first = from; first < to; first += UPDATE_BLOCK) {
          use(place(first), first, Math.min(UPDATE_BLOCK, to - first), first / UPDATE_BLOCK);
        }
      }
      return 0;
    },
  };
}
