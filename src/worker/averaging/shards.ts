/** Each shard's gradient sums go into a buffer of its own; then each worker adds up its slice of all buffers, in a tree. */
import { UPDATE_BLOCK } from '../../averaging/averaging.js';
import { tensorsOf } from '../../averaging/tiles.js';
import { trainedTensors } from '../../model/layers/trained.js';
import { view } from '../../shared/arena.js';
import { wholeParts } from '../clipping.js';
import type { CreateAveraging } from './averaging.js';
import { sliceOf } from './slice.js';

export const shards: CreateAveraging = ({ engine, setup, pass, worker, threads }) => {
  const { layers } = pass;
  const { net, layout } = setup;
  const { gradients, gradientStride } = layout;
  const tensors = tensorsOf(net);
  const trained = trainedTensors(net.layers);
  const stored = view(setup.memory, gradients);
  const slice = sliceOf(net.parameters, engine.bytes, threads, worker, wholeParts(setup));
  const block = layout.workers[worker].sums.offset;
  return {
    collect(batch) {
      for (let shard = batch.firstShard; shard < batch.endShard; shard++) {
        const buffer = gradients.offset + shard * gradientStride;
        for (const { layer, tensor, count, parameter, values } of tensors) {
          if (!trained[layer][tensor]) {
            const first = shard * (gradientStride / engine.bytes) + parameter;
            stored.fill(0, first, first + values);
            continue;
          }
          const into = buffer + parameter * engine.bytes;
          layers[layer].gradient(batch, shard, shard + 1, tensor, 0, count, into);
        }
      }
    },
    sum(batch, _timed, use) {
      for (let first = slice.from; first < slice.to; first += UPDATE_BLOCK) {
        const n = Math.min(UPDATE_BLOCK, slice.to - first);
        engine.shards_sum(block, gradients.offset + first * engine.bytes, gradientStride, batch.shards, n);
        use(block, first, n, first / UPDATE_BLOCK);
      }
      return 0;
    },
  };
};
