/** What lies where in a run's shared memory. Knows sizes, not values. */
import type { DataSource, Split } from '../data/source.js';
import type { Engine } from '../engines/engine.js';
import type { Network } from '../model/network.js';
import { type ArenaPlan, CACHE_LINE, type Region } from './arena.js';
import { CONTROL_WORDS, PROGRESS_VALUES, TIMING_VALUES } from './control.js';
import { mostRowsAWorker } from './shards.js';

/** Rows that a worker evaluates at a time; fixed, so that a validation cost is always summed in one order. */
export const EVALUATION_ROWS = 128;
/** Parameters that are averaged and updated at a time: they stay in the first-level cache. */
export const UPDATE_BLOCK = 1024;
/** The orders of so many rows are prepared ahead: at least two epochs', one in use and one in the making. */
const ORDER_ROWS = 65_536;

/** What one worker alone writes. `h[0]` is the input X; `h[l]` the outputs of layer l; `delta[l]` likewise. */
export interface WorkerRegions {
  readonly h: readonly Region[];
  readonly delta: readonly Region[];
  /** Where the nonzeros of h[0], h[1], … (the layers' inputs) are noted. */
  readonly nz: readonly Region[];
  readonly y: Region;
  readonly scratch: Region;
  readonly sum: Region;
  readonly timing: Region;
}

export interface Layout {
  readonly control: Region;
  readonly progress: Region;
  readonly parameters: Region;
  /** The optimizer's slots, each as long as the parameters. */
  readonly state: readonly Region[];
  /** One partial gradient sum a shard, `gradientStride` bytes apart. */
  readonly gradients: Region;
  readonly gradientStride: number;
  /** One summed cost a shard. */
  readonly shardCosts: Region;
  readonly features: Region;
  readonly targets: Region;
  /** The training rows in the order of epoch e at slot e mod `orderSlots`. */
  readonly order: Region;
  readonly orderSlots: number;
  readonly train: Region;
  readonly validation: Region;
  readonly test: Region;
  /** Summed cost and correct answers of each piece of an evaluation. */
  readonly pieces: Region;
  readonly workers: readonly WorkerRegions[];
}

export interface LayoutRequest {
  readonly net: Network;
  readonly engine: Engine;
  readonly source: DataSource;
  readonly split: Split;
  readonly batchSize: number;
  readonly shards: number;
  readonly threads: number;
  /** The fewest threads that will ever share a minibatch here: each then has the most rows. */
  readonly fewestThreads: number;
  readonly optimizerSlots: number;
}

/** Plans every region of a run. */
export function planLayout(plan: ArenaPlan, request: LayoutRequest): Layout {
  const { net, engine, source, split, batchSize, shards, threads, fewestThreads } = request;
  const real = engine.precision;
  const trainRows = split.train.length;
  const stride = Math.ceil((net.parameters * engine.bytes) / CACHE_LINE) * CACHE_LINE;
  const orderSlots = Math.max(2, Math.floor(ORDER_ROWS / trainRows));
  const mostRows = Math.max(trainRows, split.validation.length, split.test.length);
  const rows = Math.max(EVALUATION_ROWS, mostRowsAWorker(batchSize, shards, Math.min(fewestThreads, shards)));

  const worker = (k: number): WorkerRegions => {
    const own = (name: string, length: number) => plan.add(`worker${k}.${name}`, real, length);
    const inputs = net.layers.map((layer) => layer.inputs);
    return {
      h: [own('x', rows * net.inputs), ...net.layers.map((layer, l) => own(`h${l + 1}`, rows * layer.units))],
      delta: [own('delta0', 0), ...net.layers.map((layer, l) => own(`delta${l + 1}`, rows * layer.units))],
      nz: inputs.map((width, l) => plan.add(`worker${k}.nz${l}`, 'uint8', engine.nonzerosBytes(rows, width))),
      y: own('y', rows * net.outputs),
      scratch: plan.add(`worker${k}.scratch`, 'uint8', engine.scratchBytes),
      sum: own('sum', UPDATE_BLOCK),
      timing: plan.add(`worker${k}.timing`, 'float64', TIMING_VALUES),
    };
  };

  return {
    control: plan.add('control', 'int32', CONTROL_WORDS),
    progress: plan.add('progress', 'float64', PROGRESS_VALUES),
    parameters: plan.add('parameters', real, net.parameters),
    state: Array.from({ length: request.optimizerSlots }, (_, slot) =>
      plan.add(`state${slot}`, real, net.parameters),
    ),
    gradients: plan.add('gradients', real, (stride / engine.bytes) * shards),
    gradientStride: stride,
    shardCosts: plan.add('shardCosts', 'float64', shards),
    features: plan.add('data.features', source.featureType, source.rows * source.features),
    targets:
      source.targetType === 'class'
        ? plan.add('data.targets', 'uint8', source.rows)
        : plan.add('data.targets', 'float64', source.rows * source.outputs),
    order: plan.add('order', 'uint32', orderSlots * trainRows),
    orderSlots,
    train: plan.add('rows.train', 'uint32', trainRows),
    validation: plan.add('rows.validation', 'uint32', split.validation.length),
    test: plan.add('rows.test', 'uint32', split.test.length),
    pieces: plan.add('pieces', 'float64', 2 * Math.ceil(mostRows / EVALUATION_ROWS)),
    workers: Array.from({ length: threads }, (_, k) => worker(k)),
  };
}
