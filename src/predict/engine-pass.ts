/**
 * A network's forward pass over rows to predict, by an engine. Layers are bound as for training's evaluations. Knows
 * nothing of columns and classes.
 */
import { layers as types } from '../model/layers/index.js';
import type { BoundLayer, Partner } from '../model/layers/layer.js';
import type { Network } from '../model/network.js';
import type { NetworkOps, Offset } from '../model/operations.js';
import { bytesOf, type Precision, type Real } from '../model/precision.js';
import { INPUTS, takingTurns } from '../model/turns.js';

/** Regions begin on cache lines; an offset of 0 is none. */
const LINE = 64;

/** Where everything lies in a memory; byte offsets. */
interface Places {
  readonly parameters: Offset;
  readonly buffers: Offset;
  /** Of each pass that may be under way at a time. */
  readonly lanes: readonly LanePlaces[];
  /** Bytes of all. */
  readonly end: number;
}

/** What a pass has for itself. */
interface LanePlaces {
  readonly x: Offset;
  /** Matrices in which layers' outputs take turns. */
  readonly values: readonly Offset[];
  /** What layers keep a row. */
  readonly kept: readonly Offset[];
  readonly scratch: Offset;
}

/** A pass for at most so many rows at once, before there is memory for it. */
export interface PassPlan {
  readonly net: Network;
  readonly precision: Precision;
  readonly rows: number;
  readonly places: Places;
}

/**
 * @param scratch bytes that the operations need for themselves
 * @param lanes passes that may be under way at a time, by as many threads
 */
export function planPass(net: Network, precision: Precision, rows: number, scratch = 0, lanes = 1): PassPlan {
  const bytes = bytesOf(precision);
  let end = LINE;
  const place = (length: number): Offset => {
    const at = end;
    end += Math.ceil(length / LINE) * LINE;
    return at;
  };
  const widest = Math.max(...net.layers.map(({ outputs }) => outputs));
  const matrices = Math.max(...turnsOf(net)) + 1;
  const lane = (): LanePlaces => ({
    x: place(rows * net.inputs * bytes),
    values: Array.from({ length: matrices }, () => place(rows * widest * bytes)),
    kept: net.layers.map((layer) => place((types[layer.type].keeps?.(layer).row ?? 0) * rows * bytes)),
    scratch: place(scratch),
  });
  const places = {
    parameters: place(net.parameters * bytes),
    buffers: place(net.buffers * bytes),
    lanes: Array.from({ length: lanes }, lane),
  };
  return { net, precision, rows, places: { ...places, end } };
}

/** Which matrix each layer's outputs go to. */
const turnsOf = ({ layers }: Network) =>
  takingTurns(layers, ({ type }) => {
    const { opens, inPlace } = types[type];
    return opens ? 'as they are' : inPlace ? 'in place' : 'elsewhere';
  });

/** The pass of a plan, bound. */
export class EnginePass {
  readonly parameters: Real;
  readonly buffers: Real;
  /** Inputs of the rows, rows × inputs. */
  readonly x: Real;
  /** The network's outputs after `run`, rows × outputs. */
  readonly outputs: Real;
  readonly #layers: readonly BoundLayer[];

  /** @param memory of at least `plan.places.end` bytes, which `ops` compute in */
  constructor(
    readonly plan: PassPlan,
    ops: NetworkOps,
    memory: ArrayBufferLike,
    lane = 0,
  ) {
    const { net, precision, rows, places } = plan;
    const own = places.lanes[lane];
    const { bytes } = ops;
    const view = (at: Offset, length: number): Real =>
      precision === 'float32' ? new Float32Array(memory, at, length) : new Float64Array(memory, at, length);
    this.parameters = view(places.parameters, net.parameters);
    this.buffers = view(places.buffers, net.buffers);
    this.x = view(own.x, rows * net.inputs);
    const turns = turnsOf(net);
    const outputsOf = (l: number) => (l < 0 || turns[l] === INPUTS ? own.x : own.values[turns[l]]);
    const partnerAt = (l: number): Partner => ({
      outputs: outputsOf(l),
      outputDelta: 0,
      cols: net.layers[l].outputs,
    });
    this.#layers = net.layers.map((layer, l) => {
      const from = outputsOf(l - 1);
      return types[layer.type].bind(layer, {
        engine: ops,
        inputs: [from, from],
        outputs: outputsOf(l),
        outputDelta: 0,
        inputDelta: 0,
        partner: layer.partner === undefined ? undefined : partnerAt(layer.partner),
        tensors: layer.tensors.map(({ offset }) => places.parameters + offset * bytes),
        buffers: layer.buffers.map(({ offset }) => places.buffers + offset * bytes),
        keptRows: own.kept[l],
        keptShards: 0,
        shardStride: 0,
        keptWorker: 0,
        scratch: own.scratch,
        seed: 0,
        mode: 'evaluate',
      });
    });
    this.outputs = view(outputsOf(net.layers.length - 1), rows * net.outputs);
  }

  /** Fills `outputs` from `x`, for the first `rows` rows. */
  run(rows: number): void {
    const batch = { step: 0, slot: 0, base: 0, rows, shards: 1, shardRow: (shard: number) => shard * rows };
    for (const layer of this.#layers) layer.forward(batch, 0, 1);
  }
}
