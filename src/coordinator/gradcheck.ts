/** Gradients three ways (one thread, all threads, numeric) on the first training rows. */
import type { Config } from '../config/schema.js';
import { openData } from '../data/index.js';
import type { DataSource } from '../data/source.js';
import { UserError } from '../errors.js';
import { partsOfCheck } from '../plan/budget.js';
import type { GradcheckOptions, GradcheckProgress, LayerCheck } from '../protocol.js';
import { keyed, shuffle } from '../random.js';
import { view } from '../shared/arena.js';
import { Word } from '../shared/control.js';
import type { Room } from './allocation.js';
import { networkOf } from './dense.js';
import { Workspace } from './workspace.js';

const PROGRESS_EVERY_MS = 100;
/** Enough for any machine's threads to have a share of the usual 32 rows. */
const SHARDS = 16;

/**
 * Compares, layer by layer, backpropagation's gradients at the initial weights with numeric ones, and one
 * thread's with all threads'.
 * @param given a data set in place of the configured one
 * @param available how much memory there is, in place of what the machine says
 */
export async function checkGradients(
  config: Config,
  options: GradcheckOptions,
  onProgress: (event: GradcheckProgress) => void,
  given?: DataSource,
  available?: Room['available'],
): Promise<LayerCheck[]> {
  if (config.model.precision !== 'float64') {
    throw new UserError(`model.precision: gradcheck needs "float64", got "${config.model.precision}"`);
  }
  const source = given ?? (await openData(config.data));
  const rows = Math.min(options.rows, source.parts.train);
  const train = { ...config.train, batchSize: rows, shards: config.train.shards ?? Math.min(SHARDS, rows) };
  const net = networkOf(config.model, source);
  const room = { check: partsOfCheck(net, rows, options), available };
  const workspace = await Workspace.open({ ...config, train }, source, options.threads, { room });
  try {
    const { setup, split } = workspace;
    const { memory, layout } = setup;
    view(memory, layout.order).set(split.train.subarray(0, rows));

    const gradients = async (threads: number) => {
      await workspace.supervisor.run({ kind: 'gradients' }, threads);
      return view(memory, { ...layout.gradients, type: 'float64' }).slice(0, net.parameters);
    };
    const single = await gradients(1);
    const threaded = await gradients(Math.min(options.threads, setup.shards));

    const chosen = net.layers.map((layer) => sampleOf(layer, options.sample, config.seed));
    const indices = new Uint32Array(
      new SharedArrayBuffer(4 * chosen.reduce((sum, each) => sum + each.length, 0)),
    );
    let at = 0;
    for (const each of chosen) {
      indices.set(each, at);
      at += each.length;
    }
    const derivatives = new Float64Array(new SharedArrayBuffer(8 * indices.length));
    const kinks = new Uint8Array(new SharedArrayBuffer(indices.length));

    const begun = performance.now();
    const timer = setInterval(() => {
      const done = Atomics.load(workspace.words, Word.piecesDone);
      const seconds = (performance.now() - begun) / 1000;
      const secondsLeft = (seconds / done) * (indices.length - done);
      onProgress({ event: 'progress', done, total: indices.length, secondsLeft });
    }, PROGRESS_EVERY_MS);
    try {
      await workspace.supervisor.run({ kind: 'numeric', rows, parameters: { indices, derivatives, kinks } });
    } finally {
      clearInterval(timer);
    }

    let first = 0;
    return net.layers.map((layer, l) => {
      // In place, and into an array of its own: `filter` would make objects of millions of numbers.
      const numeric = derivatives.subarray(first, first + chosen[l].length);
      const backprop = new Float64Array(numeric.length);
      let smooth = 0;
      for (const [k, index] of chosen[l].entries()) {
        if (kinks[first + k] !== 0) continue;
        numeric[smooth] = numeric[k];
        backprop[smooth++] = threaded[index];
      }
      first += chosen[l].length;
      let apart = 0;
      for (let k = layer.weights; k < layer.weights + layer.parameters; k++) {
        const difference = Math.abs(single[k] - threaded[k]);
        if (!(difference <= apart)) apart = difference;
      }
      return {
        name: layer.name,
        parameters: layer.parameters,
        checked: smooth,
        kinks: chosen[l].length - smooth,
        // A layer of which nothing could be compared has not been checked.
        numericVsBackprop:
          smooth === 0
            ? Number.NaN
            : relativeDifference(backprop.subarray(0, smooth), numeric.subarray(0, smooth)),
        singleVsThreaded: apart,
      };
    });
  } finally {
    await workspace.close();
  }
}

/** All of a layer's parameters, or `sample` of them chosen by the seed, in rising order. */
function sampleOf(
  layer: { name: string; weights: number; parameters: number },
  sample: number | null,
  seed: number,
): Uint32Array {
  const all = Uint32Array.from({ length: layer.parameters }, (_, k) => layer.weights + k);
  if (sample === null || sample >= all.length) return all;
  return shuffle(all, keyed(seed, 'sample', layer.name))
    .slice(0, sample)
    .sort();
}

/** ‖a − b‖₂ / (‖a‖₂ + ‖b‖₂); 0 for two zero vectors, NaN where either holds one. */
export function relativeDifference(a: Float64Array, b: Float64Array): number {
  let apart = 0;
  let left = 0;
  let right = 0;
  for (let k = 0; k < a.length; k++) {
    apart += (a[k] - b[k]) ** 2;
    left += a[k] ** 2;
    right += b[k] ** 2;
  }
  return apart === 0 ? 0 : Math.sqrt(apart) / (Math.sqrt(left) + Math.sqrt(right));
}
