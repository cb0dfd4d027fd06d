/** Gradients three ways (one thread, all threads, numeric) on the first training rows. */
import { wrongRows } from '../config/checks.js';
import type { Config } from '../config/schema.js';
import { openData } from '../data/index.js';
import type { DataSource } from '../data/source.js';
import { UserError } from '../errors.js';
import { atWork } from '../machine/work.js';
import type { Layer } from '../model/layers/layer.js';
import { isTrained, trainingOf } from '../model/layers/trained.js';
import { lengthOf } from '../model/network.js';
import { partsOfCheck } from '../plan/budget.js';
import { shardsOf } from '../plan/shards.js';
import type { SharedParameters } from '../plan/task.js';
import type { Pool } from '../pool/pool.js';
import type { GradcheckOptions, GradcheckProgress } from '../protocol.js';
import type { LayerCheck } from '../results.js';
import { threshold } from '../results.js';
import { view } from '../shared/arena.js';
import { Word } from '../shared/control.js';
import { notCut } from './abandon.js';
import type { Room } from './allocation.js';
import { backwardErrors, unseen } from './backward-error.js';
import { contextOf, networkOf } from './network.js';
import { Sample } from './sample.js';
import { ordersOf } from './streamed-orders.js';
import { DISAGREE, judge } from './verdict.js';
import { Workspace } from './workspace.js';

const PROGRESS_EVERY_MS = 100;
/** Enough for any machine's threads to have a share of the usual 32 rows. */
const SHARDS = 16;

/**
 * Compares, layer by layer, backpropagation's gradients at the initial weights with numeric ones, and one
 * thread's with all threads'. First differences decide where they are exact enough; a layer of which they are not, and one
 * that seems wrong, is compared with better derivatives.
 * @param given a data set in place of the configured one
 * @param available how much memory there is, in place of what the machine says
 * @param hooks for tests: `spoil` makes a mistake in backpropagation's gradients, one vector of all parameters;
 *   `pool` are threads that are there already
 */
export async function checkGradients(
  config: Config,
  options: GradcheckOptions,
  onProgress: (event: GradcheckProgress) => void,
  given?: DataSource,
  available?: Room['available'],
  hooks: { spoil?: (gradients: Float64Array) => void; pool?: Pool } = {},
): Promise<LayerCheck[]> {
  if (config.model.precision !== 'float64') {
    throw new UserError(`model.precision: gradcheck needs "float64", got "${config.model.precision}"`);
  }
  atWork({ what: 'reading the data' });
  const ofRows = { ...config, train: { ...config.train, batchSize: options.rows } };
  const source = given ?? (await notCut(() => openData(config.data, contextOf(ofRows, options.cache))));
  const rows = Math.min(options.rows, source.parts.train);
  for (const { message } of wrongRows(config.model.layers, rows)) throw new UserError(`--rows: ${message}`);
  // Of the gradients as they are; what is made of them afterwards is not looked at.
  const { clip: _, ema: __, accumulate: ___, ...others } = config.train;
  const train = { ...others, batchSize: rows, shards: config.train.shards ?? Math.min(SHARDS, rows) };
  const net = networkOf(config.model, source);
  const room = { check: partsOfCheck(net, rows, options), available };
  const workspace = await Workspace.open({ ...config, train }, source, options.threads, {
    room,
    pool: hooks.pool,
  });
  try {
    atWork(undefined);
    const { setup, split } = workspace;
    const { memory, layout } = setup;
    if (source.stream) await ordersOf(workspace, 1, 1, 0).prepare(0);
    else view(memory, layout.order).set(split.train.subarray(0, rows));

    const gradients = async (threads: number) => {
      await workspace.supervisor.run({ kind: 'gradients' }, threads);
      const found = view(memory, { ...layout.gradients, type: 'float64' }).slice(0, net.parameters);
      hooks.spoil?.(found);
      return found;
    };
    const single = await gradients(1);
    const losses = view(memory, layout.shardLosses).subarray(0, shardsOf(rows, setup.shards));
    const loss = losses.reduce((sum, each) => sum + each, 0) / rows;
    const threaded = await gradients(Math.min(options.threads, setup.shards));

    const derivatives = numericGradients(workspace, rows, onProgress);
    const trained = net.layers.filter(isTrained).map(spanOf);
    const samples = trained.map((layer) => new Sample(layer, options.sample, config.seed));
    for (;;) {
      const drawn = samples.map((sample) => sample.next());
      const total = drawn.reduce((sum, each) => sum + each.length, 0);
      if (total === 0) break;
      const found = await derivatives(drawn, null);
      let first = 0;
      for (const [l, { length }] of drawn.entries()) {
        samples[l].take(found, first, length);
        first += length;
      }
    }

    const theta = view(memory, { ...layout.parameters, type: 'float64' });
    let rounding: Float64Array | undefined;
    const checks: LayerCheck[] = [];
    for (const [l, layer] of trained.entries()) {
      const sample = samples[l];
      const { indices, kinks } = sample;
      let apart = 0;
      for (let k = layer.first; k < layer.first + layer.parameters; k++) {
        // Two that are no numbers are the same; the loss was none before.
        const difference = Object.is(single[k], threaded[k]) ? 0 : Math.abs(single[k] - threaded[k]);
        if (!(difference <= apart)) apart = difference;
      }
      const backprop = Float64Array.from(indices, (index) => threaded[index]);
      const verdict = (roundings?: Float64Array) =>
        judge({ backprop, numeric: sample.numeric, errors: sample.errors, roundings }, apart, kinks);
      let said = verdict();
      if (said.verdict === 'too small' || said.because === DISAGREE) {
        sample.improve(await derivatives([indices], wantedError(sample.numeric)));
        said = verdict();
      }
      if (said.because === DISAGREE) {
        rounding ??= await backwardErrors(theta, () => gradients(1), config.seed);
        const nothing = unseen(loss);
        const isNothing = [...backprop, ...sample.numeric].every((value) => Math.abs(value) <= nothing);
        const least = isNothing ? nothing : 0;
        said = verdict(Float64Array.from(indices, (index) => Math.max(least, rounding?.[index] ?? 0)));
      }
      const { name, parameters } = layer;
      checks.push({ name, ...said, parameters, checked: indices.length, kinks, singleVsThreaded: apart });
    }
    return checks;
  } finally {
    await workspace.close();
  }
}

/** A layer's part of the parameters. */
const spanOf = (layer: Layer) => ({
  name: layer.name,
  first: layer.tensors[0].offset,
  parameters: lengthOf(layer.tensors),
  frozen: layer.tensors.filter((tensor) => trainingOf(layer, tensor).frozen),
});

/**
 * A function that has the workers find derivatives of the mean loss with respect to parameters, given in several lists,
 * and tells of the progress over all of its calls.
 */
function numericGradients(
  { supervisor, words }: Workspace,
  rows: number,
  onProgress: (event: GradcheckProgress) => void,
) {
  const begun = performance.now();
  let before = 0;
  return async (lists: readonly Uint32Array[], wanted: number | null): Promise<SharedParameters> => {
    const length = lists.reduce((sum, each) => sum + each.length, 0);
    const parameters = {
      indices: new Uint32Array(new SharedArrayBuffer(4 * length)),
      derivatives: new Float64Array(new SharedArrayBuffer(8 * length)),
      errors: new Float64Array(new SharedArrayBuffer(8 * length)),
      kinks: new Uint8Array(new SharedArrayBuffer(length)),
    };
    let at = 0;
    for (const each of lists) {
      parameters.indices.set(each, at);
      at += each.length;
    }
    const total = before + length;
    const timer = setInterval(() => {
      const done = before + Atomics.load(words, Word.piecesDone);
      const seconds = (performance.now() - begun) / 1000;
      onProgress({ event: 'progress', done, total, secondsLeft: (seconds / done) * (total - done) });
    }, PROGRESS_EVERY_MS);
    try {
      await supervisor.run({ kind: 'numeric', rows, parameters, wanted });
    } finally {
      clearInterval(timer);
    }
    before = total;
    return parameters;
  };
}

/** The error of one parameter's derivative with which the gradient would be exact to a tenth of what decides. */
function wantedError(numeric: Float64Array): number {
  let squares = 0;
  for (const value of numeric) squares += value ** 2;
  return (threshold / 10) * Math.sqrt(squares / numeric.length);
}
