/** Workers take tiles one after another; a tile's sums over the whole minibatch stay in the second-level cache. */
import { tilesOf } from '../../averaging/tiles.js';
import { trainedTensors } from '../../model/layers/trained.js';
import { Word } from '../../shared/control.js';
import type { CreateAveraging } from './averaging.js';

export const slices: CreateAveraging = ({ setup, pass, worker, threads, words }) => {
  const { layers } = pass;
  const trained = trainedTensors(setup.net.layers);
  const tiles = tilesOf(setup.net).filter(({ layer, tensor }) => trained[layer][tensor]);
  const into = setup.layout.workers[worker].sums.offset;
  return {
    // No worker takes tiles before the next barrier: those of the minibatch before are all done.
    collect() {
      if (worker === 0) Atomics.store(words, Word.nextTile, 0);
    },
    sum(batch, timed, use) {
      let spent = 0;
      for (;;) {
        const next = threads === 1 ? words[Word.nextTile]++ : Atomics.add(words, Word.nextTile, 1);
        if (next >= tiles.length) return spent;
        const { layer, tensor, first, count, parameter, values } = tiles[next];
        const started = timed ? performance.now() : 0;
        layers[layer].gradient(batch, 0, batch.shards, tensor, first, count, into);
        if (timed) spent += performance.now() - started;
        use(into, parameter, values, next);
      }
    },
  };
};
