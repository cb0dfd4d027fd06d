/** What lies where in a run's shared memory. Knows sizes, not values. */

import { type AveragingName, averagings } from '../averaging/index.js';
import { RESIDENT_LANES } from '../data/resident.js';
import type { DataSource, Targets } from '../data/source.js';
import type { FeatureType } from '../engines/gather.js';
import type { PlannedEngine } from '../engines/index.js';
import { layers as types } from '../model/layers/index.js';
import type { Layer } from '../model/layers/layer.js';
import type { Network } from '../model/network.js';
import type { Precision } from '../model/precision.js';
import { type ArenaPlan, CACHE_LINE, type Region } from '../shared/arena.js';
import { CONTROL_WORDS, COUNTER_VALUES, TIMING_VALUES } from '../shared/control.js';
import { type Evaluated, partsOfEvaluation } from './evaluation.js';
import { type Exchange, type ExchangeRegions, planExchange } from './exchange.js';
import { matricesOf } from './matrices.js';
import type { KeptRegions, MixRegions, RankedRegions, RowWeights, WorkerRegions } from './regions.js';
import { Windows } from './windows.js';

export type {
  EvaluationRegions,
  KeptRegions,
  MixRegions,
  RankedRegions,
  RowWeights,
  WorkerRegions,
} from './regions.js';

/** Rows that a worker evaluates at a time; fixed, so that a validation loss is always summed in one order. */
export const EVALUATION_ROWS = 128;
/** Bytes of a vector. */
const VECTOR = 16;
/** The orders of so many rows are prepared ahead: at least two epochs', one in use and one in the making. */
const ORDER_ROWS = 65_536;

export interface Layout {
  readonly control: Region<'int32'>;
  readonly counters: Region<'float64'>;
  readonly parameters: Region<Precision>;
  /** The vectors of `stateOf`, each as long as the parameters. */
  readonly state: readonly Region<Precision>[];
  /** What evaluations compute with: the parameters, or, where a run has them, their averages. */
  readonly evaluated: Region<Precision>;
  /** What belongs to the model and is not trained. */
  readonly buffers: Region<Precision>;
  /**
   * Where workers copy the state to while they train. With `averaging: slices` the parameters go where gradients would,
   * unless a step needs these: else they are stored when somebody wants to see them, and not while training.
   */
  readonly copy: {
    readonly parameters: Region<Precision>;
    readonly state: readonly Region<Precision>[];
    readonly buffers: Region<Precision>;
    readonly counters: Region<'float64'>;
  };
  /** X and Y, a row an example, twice: a minibatch is gathered while the one before is still in use. */
  readonly x: readonly [Region<Precision>, Region<Precision>];
  readonly y: readonly [Region<Precision>, Region<Precision>];
  /** How much each row counts in the loss; empty where all count 1. */
  readonly w: readonly [Region<Precision>, Region<Precision>];
  /** Where rows are mixed. */
  readonly mix?: MixRegions;
  /** Matrices of the layers' outputs, and of Δ, the derivatives of the summed loss by them, as `matricesOf` numbers them. */
  readonly values: readonly Region<Precision>[];
  readonly deltas: readonly Region<Precision>[];
  readonly kept: readonly KeptRegions[];
  /** One partial gradient sum a shard, `gradientStride` bytes apart; with `averaging: slices` one in all. */
  readonly gradients: Region<Precision>;
  readonly gradientStride: number;
  /** Sums over the minibatches of a step so far, each as long as the parameters: see worker/accumulation.ts. */
  readonly accumulated: readonly Region<Precision>[];
  /** Of each part of the gradients its squared norm, where these are clipped by it; else empty. */
  readonly norms: Region<'float64'>;
  /** One summed loss a shard. */
  readonly shardLosses: Region<'float64'>;
  /** What goes to and comes from other hosts; undefined where there are none. */
  readonly exchange?: ExchangeRegions;
  /** The window: the rows of data that lie in memory, today all of them. The row numbers below count from its first. */
  readonly features: Region<FeatureType>;
  readonly targets: Region<Targets['type']>;
  readonly weights: RowWeights;
  /** x·scale + offset for each column as it is gathered; empty where columns have none of their own. */
  readonly scales: Region<'float64'>;
  readonly offsets: Region<'float64'>;
  /** How many inputs each value in memory becomes: see `Slot`; empty where each is one. */
  readonly slots: Region<'int32'>;
  /** The training rows in the order of epoch e at slot e mod `orderSlots`. */
  readonly order: Region<'uint32'>;
  readonly orderSlots: number;
  readonly train: Region<'uint32'>;
  readonly validation: Region<'uint32'>;
  readonly test: Region<'uint32'>;
  /** For each piece of an evaluation its summed loss, and after it what metrics sum, as evaluation.ts has it. */
  readonly pieces: Region<'float64'>;
  readonly ranked: RankedRegions;
  readonly workers: readonly WorkerRegions[];
}

export interface LayoutRequest {
  readonly net: Network;
  readonly engine: PlannedEngine;
  readonly source: DataSource;
  /** Rows and shards of a minibatch, of which a step has `accumulate` (default: 1). */
  readonly batchSize: number;
  readonly shards: number;
  readonly accumulate?: number;
  readonly averaging: AveragingName;
  /** Hosts that train together; default: one. */
  readonly hosts?: number;
  /** How they add up; default: fixed. */
  readonly exchange?: Exchange;
  readonly threads: number;
  /** Vectors of `stateOf`. */
  readonly optimizerSlots: number;
  /** Whether the last of them are averages of the weights. */
  readonly ema?: boolean;
  /** Whether gradients are clipped by their norm. */
  readonly clipsNorm?: boolean;
  readonly evaluated: Evaluated;
  /** Whether classes have weights; the source says whether rows have. */
  readonly classWeights?: boolean;
  /** Whether rows of a minibatch are mixed. */
  readonly mixup?: boolean;
  /** Whether rows are drawn as often as they weigh: their weights then count in no loss that is learned from. */
  readonly drawsByWeight?: boolean;
}

/** Steps that have a place for their rows' numbers where these are streamed, else 0. */
export function orderStepsOf({ stream, parts }: DataSource, batchSize: number): number {
  if (stream === undefined) return 0;
  if (stream.lanes) return RESIDENT_LANES * stream.lanes.steps;
  const { rows, block, perWindow } = stream;
  return Windows.orderSteps({ seed: 0, rows, block, perWindow, batchSize, trainRows: parts.train });
}

/** Plans every region of a run, in groups named as a user is told of them. */
export function planLayout(plan: ArenaPlan, request: LayoutRequest): Layout {
  const { net, engine, source, batchSize, shards, averaging, accumulate = 1, hosts = 1, threads } = request;
  const real = engine.precision;
  const { parts } = source;
  // A sum over shards may write the last vector whole.
  const stride = Math.ceil((net.parameters * engine.bytes + VECTOR) / CACHE_LINE) * CACHE_LINE;
  const orderSlots = Math.max(2, Math.floor(ORDER_ROWS / parts.train));
  const stepRows = batchSize * accumulate;
  const orderSteps = orderStepsOf(source, stepRows);
  const mostRows = Math.max(source.stream ? 0 : parts.train, parts.validation, parts.test);
  const matrices = matricesOf(net);
  const evaluated = matricesOf(net, true);
  const sampled = source.hasWeights === true;
  const weighted = (sampled && request.drawsByWeight !== true) || request.classWeights === true;
  const matrix = (name: string, width: number) =>
    plan.add(`minibatch and activations.${name}`, real, batchSize * width);
  const keeps = (layer: Layer) => types[layer.type].keeps?.(layer) ?? {};
  const perLine = CACHE_LINE / engine.bytes;
  const lines = (values: number) => Math.ceil(values / perLine) * perLine;
  const { sums: pieceSums, counts, ranks } = partsOfEvaluation(request.evaluated, net.outputs);
  const rankedRows = ranks > 0 ? Math.max(parts.validation, parts.test) : 0;
  const { storesShards, sums, parts: partsOf } = averagings[averaging];
  const keepsGradients = storesShards || request.clipsNorm === true;
  const buffers = storesShards ? shards : 1;
  const gradients = plan.add('gradients', real, (stride / engine.bytes) * buffers);
  const vectors = (name: string) =>
    Array.from({ length: request.optimizerSlots }, (_, k) => plan.add(`${name}.${k}`, real, net.parameters));
  const columns = source.scale?.kind === 'columns' ? source.features : 0;
  const copy = (name: string) => `copies of the parameters.${name}`;
  const state = vectors('optimizer state');
  const parameters = plan.add('parameters', real, net.parameters);

  return {
    control: plan.add('coordination.control', 'int32', CONTROL_WORDS),
    counters: plan.add('coordination.counters', 'float64', COUNTER_VALUES),
    parameters,
    state,
    evaluated: request.ema === true ? state[state.length - 1] : parameters,
    buffers: plan.add('parameters.buffers', real, net.buffers),
    copy: {
      parameters: keepsGradients
        ? plan.add(copy('parameters'), real, net.parameters)
        : { ...gradients, length: net.parameters },
      state: vectors(copy('state')),
      buffers: plan.add(copy('buffers'), real, net.buffers),
      counters: plan.add('coordination.copied counters', 'float64', COUNTER_VALUES),
    },
    gradients,
    gradientStride: stride,
    accumulated: Array.from({ length: sumsKept(accumulate) }, (_, k) =>
      plan.add(`gradients.accumulated ${k}`, real, net.parameters),
    ),
    norms: plan.add('gradients.norms', 'float64', request.clipsNorm === true ? partsOf(net) : 0),
    x: [matrix('x.0', net.inputs), matrix('x.1', net.inputs)],
    y: [matrix('y.0', net.outputs), matrix('y.1', net.outputs)],
    w: [matrix('w.0', Number(weighted)), matrix('w.1', Number(weighted))],
    ...(request.mixup && {
      mix: {
        order: plan.add('minibatch and activations.mixed rows', 'uint32', batchSize),
        x: matrix('x.mixed', net.inputs),
        y: matrix('y.mixed', net.outputs),
      },
    }),
    values: matrices.values.map((width, k) => matrix(`values.${k}`, width)),
    deltas: matrices.deltas.map((width, k) => matrix(`deltas.${k}`, width)),
    kept: net.layers.map((layer, l) => {
      const { row = 0, shard = 0 } = keeps(layer);
      const stride = lines(shard);
      return {
        rows: plan.add(`minibatch and activations.kept rows.${l}`, real, batchSize * row),
        shards: plan.add(`minibatch and activations.kept shards.${l}`, real, shards * stride),
        shardStride: stride * engine.bytes,
      };
    }),
    shardLosses: plan.add('coordination.losses', 'float64', shards * accumulate),
    ...(hosts > 1 && {
      exchange: planExchange(
        plan,
        net,
        real,
        engine.bytes,
        shards * accumulate,
        hosts,
        request.exchange ?? 'fixed',
      ),
    }),
    features: plan.add('data.features', source.featureType, source.rows * source.features),
    targets: plan.add(
      'data.targets',
      source.targets.type,
      source.rows * (source.targets.kind === 'class' ? 1 : source.outputs),
    ),
    weights: planWeights(plan, source.rows, sampled, request.classWeights === true),
    scales: plan.add('data.scales', 'float64', columns),
    offsets: plan.add('data.offsets', 'float64', columns),
    slots: plan.add('data.slots', 'int32', source.slots?.length ?? 0),
    order: plan.add('rows and orders.order', 'uint32', orderSteps * stepRows || orderSlots * parts.train),
    orderSlots,
    train: plan.add('rows and orders.train', 'uint32', source.stream ? 0 : parts.train),
    validation: plan.add('rows and orders.validation', 'uint32', parts.validation),
    test: plan.add('rows and orders.test', 'uint32', parts.test),
    pieces: plan.add('evaluation.pieces', 'float64', pieceSums * Math.ceil(mostRows / EVALUATION_ROWS)),
    ranked: {
      outputs: plan.add('ranked rows.outputs', real, rankedRows * net.outputs),
      targets: plan.add('ranked rows.targets', real, rankedRows * net.outputs),
      places: plan.add('ranked rows.places', 'float64', ranks),
    },
    workers: Array.from({ length: threads }, (_, k) => ({
      evaluation: {
        x: plan.add(`evaluation.${k}.x`, real, EVALUATION_ROWS * net.inputs),
        y: plan.add(`evaluation.${k}.y`, real, EVALUATION_ROWS * net.outputs),
        w: plan.add(`evaluation.${k}.w`, real, EVALUATION_ROWS * Number(sampled)),
        values: evaluated.values.map((width, v) =>
          plan.add(`evaluation.${k}.values.${v}`, real, EVALUATION_ROWS * width),
        ),
        kept: net.layers.map((layer, l) =>
          plan.add(`evaluation.${k}.kept.${l}`, real, EVALUATION_ROWS * (keeps(layer).row ?? 0)),
        ),
      },
      kept: net.layers.map((layer, l) => plan.add(`threads.${k}.kept.${l}`, real, keeps(layer).worker ?? 0)),
      scratch: plan.add(`threads.${k}.scratch`, 'uint8', engine.scratchBytes),
      sums: plan.add(`threads.${k}.sums`, real, sums(net)),
      timing: plan.add(`threads.${k}.timing`, 'float64', TIMING_VALUES),
      space: plan.add(`ranked rows.space ${k}`, 'float64', rankedRows),
      counts: plan.add(`evaluation.${k}.counts`, 'float64', counts),
      heartbeat: plan.add(`threads.${k}.heartbeat`, 'int32', 1),
    })),
  };
}

/** Digits of the binary number of the minibatches before a step's last: each is a vector of sums. */
const sumsKept = (accumulate: number): number => (accumulate === 1 ? 0 : (accumulate - 1).toString(2).length);

function planWeights(plan: ArenaPlan, rows: number, ofRows: boolean, ofClasses: boolean): RowWeights {
  const sample = plan.add('data.sample weights', 'float64', ofRows ? rows : 0);
  return { sample, training: ofClasses ? plan.add('data.training weights', 'float64', rows) : sample };
}
