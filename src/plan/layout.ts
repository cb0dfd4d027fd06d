/** What lies where in a run's shared memory. Knows sizes, not values. */

import type { DataSource, Targets } from '../data/source.js';
import type { Engine } from '../engines/engine.js';
import type { FeatureType } from '../engines/gather.js';
import type { Network } from '../model/network.js';
import type { Precision } from '../model/precision.js';
import { type ArenaPlan, CACHE_LINE, type Region } from '../shared/arena.js';
import { CONTROL_WORDS, COUNTER_VALUES, TIMING_VALUES } from '../shared/control.js';
import type { Averaging } from './task.js';
import { largestTile } from './tiles.js';

/** Rows that a worker evaluates at a time; fixed, so that a validation loss is always summed in one order. */
export const EVALUATION_ROWS = 128;
/** Parameters that are averaged and updated at a time: they stay in the first-level cache. */
export const UPDATE_BLOCK = 1024;
/** The orders of so many rows are prepared ahead: at least two epochs', one in use and one in the making. */
const ORDER_ROWS = 65_536;

/** What one worker alone writes. */
export interface WorkerRegions {
  readonly scratch: Region<'uint8'>;
  /** Gradient sums on their way to the update: a block of a slice, or a tile. */
  readonly sums: Region<Precision>;
  readonly timing: Region<'float64'>;
  /** Says that this worker is alive, and where it is. */
  readonly heartbeat: Region<'int32'>;
}

export interface Layout {
  readonly control: Region<'int32'>;
  readonly counters: Region<'float64'>;
  readonly parameters: Region<Precision>;
  /** The optimizer's slots, each as long as the parameters. */
  readonly state: readonly Region<Precision>[];
  /**
   * Where workers copy the state to while they train. With `averaging: slices` the parameters go where gradients would:
   * these are stored when somebody wants to see them, and not while training.
   */
  readonly copy: {
    readonly parameters: Region<Precision>;
    readonly state: readonly Region<Precision>[];
    readonly counters: Region<'float64'>;
  };
  /** X and Y, a row an example, twice: a minibatch is gathered while the one before is still in use. */
  readonly x: readonly [Region<Precision>, Region<Precision>];
  readonly y: readonly [Region<Precision>, Region<Precision>];
  /** `h[l]`: the outputs of layer l; `delta[l]`: Δ, the derivatives by its pre-activations. */
  readonly h: readonly Region<Precision>[];
  readonly delta: readonly Region<Precision>[];
  /** One partial gradient sum a shard, `gradientStride` bytes apart; with `averaging: slices` one in all. */
  readonly gradients: Region<Precision>;
  readonly gradientStride: number;
  /** One summed loss a shard. */
  readonly shardLosses: Region<'float64'>;
  /** The window: the rows of data that lie in memory, today all of them. The row numbers below count from its first. */
  readonly features: Region<FeatureType>;
  readonly targets: Region<Targets['type']>;
  /** x·scale + offset for each column as it is gathered; empty where columns have none of their own. */
  readonly scales: Region<'float64'>;
  readonly offsets: Region<'float64'>;
  /** The training rows in the order of epoch e at slot e mod `orderSlots`. */
  readonly order: Region<'uint32'>;
  readonly orderSlots: number;
  readonly train: Region<'uint32'>;
  readonly validation: Region<'uint32'>;
  readonly test: Region<'uint32'>;
  /** Summed loss and correct answers of each piece of an evaluation. */
  readonly pieces: Region<'float64'>;
  readonly workers: readonly WorkerRegions[];
}

export interface LayoutRequest {
  readonly net: Network;
  readonly engine: Engine;
  readonly source: DataSource;
  readonly batchSize: number;
  readonly shards: number;
  readonly averaging: Averaging;
  readonly threads: number;
  readonly optimizerSlots: number;
}

/** Plans every region of a run, in groups named as a user is told of them. */
export function planLayout(plan: ArenaPlan, request: LayoutRequest): Layout {
  const { net, engine, source, batchSize, shards, averaging, threads } = request;
  const real = engine.precision;
  const { parts } = source;
  const stride = Math.ceil((net.parameters * engine.bytes) / CACHE_LINE) * CACHE_LINE;
  const orderSlots = Math.max(2, Math.floor(ORDER_ROWS / parts.train));
  const mostRows = Math.max(parts.train, parts.validation, parts.test);
  // An evaluation uses the first slot of X and Y, and H: each worker has rows of its own there.
  const rows = Math.max(batchSize, EVALUATION_ROWS * threads);
  const matrix = (name: string, height: number, width: number) =>
    plan.add(`minibatch and activations.${name}`, real, height * width);
  const sums = averaging === 'slices' ? Math.max(UPDATE_BLOCK, largestTile(net)) : UPDATE_BLOCK;
  const buffers = averaging === 'slices' ? 1 : shards;
  const gradients = plan.add('gradients', real, (stride / engine.bytes) * buffers);
  const vectors = (name: string) =>
    Array.from({ length: request.optimizerSlots }, (_, k) => plan.add(`${name}.${k}`, real, net.parameters));
  const columns = source.scale?.kind === 'columns' ? source.features : 0;
  const copy = (name: string) => `copies of the parameters.${name}`;

  return {
    control: plan.add('coordination.control', 'int32', CONTROL_WORDS),
    counters: plan.add('coordination.counters', 'float64', COUNTER_VALUES),
    parameters: plan.add('parameters', real, net.parameters),
    state: vectors('optimizer state'),
    copy: {
      parameters:
        averaging === 'slices'
          ? { ...gradients, length: net.parameters }
          : plan.add(copy('parameters'), real, net.parameters),
      state: vectors(copy('state')),
      counters: plan.add('coordination.copied counters', 'float64', COUNTER_VALUES),
    },
    gradients,
    gradientStride: stride,
    x: [matrix('x.0', rows, net.inputs), matrix('x.1', batchSize, net.inputs)],
    y: [matrix('y.0', rows, net.outputs), matrix('y.1', batchSize, net.outputs)],
    h: net.layers.map(({ units }, l) => matrix(`h.${l + 1}`, rows, units)),
    delta: net.layers.map(({ units }, l) => matrix(`delta.${l + 1}`, batchSize, units)),
    shardLosses: plan.add('coordination.losses', 'float64', shards),
    features: plan.add('data.features', source.featureType, source.rows * source.features),
    targets: plan.add(
      'data.targets',
      source.targets.type,
      source.rows * (source.targets.kind === 'class' ? 1 : source.outputs),
    ),
    scales: plan.add('data.scales', 'float64', columns),
    offsets: plan.add('data.offsets', 'float64', columns),
    order: plan.add('rows and orders.order', 'uint32', orderSlots * parts.train),
    orderSlots,
    train: plan.add('rows and orders.train', 'uint32', parts.train),
    validation: plan.add('rows and orders.validation', 'uint32', parts.validation),
    test: plan.add('rows and orders.test', 'uint32', parts.test),
    pieces: plan.add('rows and orders.pieces', 'float64', 2 * Math.ceil(mostRows / EVALUATION_ROWS)),
    workers: Array.from({ length: threads }, (_, k) => ({
      scratch: plan.add(`threads.${k}.scratch`, 'uint8', engine.scratchBytes),
      sums: plan.add(`threads.${k}.sums`, real, sums),
      timing: plan.add(`threads.${k}.timing`, 'float64', TIMING_VALUES),
      heartbeat: plan.add(`threads.${k}.heartbeat`, 'int32', 1),
    })),
  };
}
