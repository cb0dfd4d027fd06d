/** Each shard's gradient sums go into a buffer of its own; then each worker adds up its slice of all buffers, in a tree. */
import { UPDATE_BLOCK } from '../../averaging/averaging.js';
import { tensorsOf } from '../../averaging/tiles.js';
import { view } from '../../shared/arena.js';
import type { CreateAveraging } from './averaging.js';
import { sliceOf } from './slice.js';

export const shards: CreateAveraging = ({ engine, setup, pass, worker, threads }) => {
  const { layers } = pass;
  const { net, layout } = setup;
  const { gradients, gradientStride } = layout;
  const tensors = tensorsOf(net);
  const slice = sliceOf(net.parameters, engine.bytes, threads, worker);
  const block = layout.workers[worker].sums.offset;
  const sums = view(setup.memory, layout.workers[worker].sums);
  return {
    collect(batch) {
      for (let shard = batch.firstShard; shard < batch.endShard; shard++) {
        const buffer = gradients.offset + shard * gradientStride;
        for (const { layer, tensor, count, parameter } of tensors) {
          const into = buffer + parameter * engine.bytes;
          layers[layer].gradient(batch, shard, shard + 1, tensor, 0, count, into);
        }
      }
    },
    sum(batch, _timed, use) {
      const from = gradients.offset + batch.hostShard * gradientStride;
      for (let first = slice.from; first < slice.to; first += UPDATE_BLOCK) {
        const n = Math.min(UPDATE_BLOCK, slice.to - first);
        // A host may have no rows of a short minibatch.
        if (batch.hostShards === 0) sums.fill(0);
        else engine.shards_sum(block, from + first * engine.bytes, gradientStride, batch.hostShards, n);
        use(block, first, n);
      }
      return 0;
    },
  };
};
