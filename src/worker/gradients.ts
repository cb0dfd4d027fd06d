/** A minibatch's averaged gradients for whoever wants to see them, made as a step makes them; nothing is updated. */
import type { Engine } from '../engines/engine.js';
import { trainedTensors } from '../model/layers/trained.js';
import type { Batch } from '../plan/batch.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import type { Averaging } from './averaging/averaging.js';
import type { Pass } from './pass.js';

/** What a worker has of a step. */
interface Parts {
  readonly engine: Engine;
  readonly setup: Setup;
  readonly pass: Pass;
  readonly averaging: Averaging;
  readonly worker: number;
  /** Waits for all workers. */
  readonly meet: () => void;
  /** The same where a layer's values depend on the whole minibatch. */
  readonly meetAt: () => void;
}

/**
 * Writes the gradients to the first gradient buffer, averaged over the rows of `batch`, which are gathered; zeros for
 * frozen layers, of which nobody computes any.
 */
export function storeGradients(batch: Batch, parts: Parts): void {
  const { engine, setup, pass, averaging, worker, meet, meetAt } = parts;
  const { memory, layout, net } = setup;
  const stored = view(memory, layout.gradients).subarray(0, net.parameters);
  const own = view(memory, layout.workers[worker].sums);
  // Of one row too, which a training step would learn from without a gradient.
  pass.compute(batch, view(memory, layout.shardLosses), meetAt);
  averaging.collect(batch);
  meet();
  averaging.sum(batch, false, (sums, first, n) => {
    engine.scale(sums, n, 1 / batch.rows);
    // Each block is summed from all shards before it is written to the first one's place, and no other worker reads it.
    stored.set(own.subarray(0, n), first);
    return true;
  });
  meet();
  if (worker === 0) {
    const trained = trainedTensors(net.layers);
    for (const [l, { tensors }] of net.layers.entries()) {
      for (const [k, { offset, length }] of tensors.entries()) {
        if (!trained[l][k]) stored.fill(0, offset, offset + length);
      }
    }
  }
  meet();
}
