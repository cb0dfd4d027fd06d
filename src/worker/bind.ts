/** A network's layers bound to an engine and to the shared memory, for training passes and for evaluations. */
import { layers as types } from '../model/layers/index.js';
import type { BoundLayer, Partner, Places } from '../model/layers/layer.js';
import type { NetworkOps } from '../model/operations.js';
import { type Matrices, matricesOf } from '../plan/matrices.js';
import type { Setup } from '../plan/task.js';
import type { Region } from '../shared/arena.js';

/** For the training passes of worker `worker`: rows are those of the minibatch. */
export function bindTraining(engine: NetworkOps, setup: Setup, worker: number): BoundLayer[] {
  const { parameters, x, values, deltas, kept } = setup.layout;
  const delta = (matrix: number) => (matrix < 0 ? 0 : deltas[matrix].offset);
  const matrices = matricesOf(setup.net);
  return bind(engine, setup, worker, 'train', matrices, values, [x[0], x[1]], parameters, (l) => ({
    outputDelta: delta(matrices.outputDelta[l]),
    inputDelta: delta(matrices.inputDelta[l]),
    keptRows: kept[l].rows.offset,
  }));
}

/** For evaluations by worker `worker`: rows are those of its own matrices, weights those that are to be judged. */
export function bindEvaluation(engine: NetworkOps, setup: Setup, worker: number): BoundLayer[] {
  const { evaluated } = setup.layout;
  const { x, values, kept } = setup.layout.workers[worker].evaluation;
  return bind(
    engine,
    setup,
    worker,
    'evaluate',
    matricesOf(setup.net, true),
    values,
    [x, x],
    evaluated,
    (l) => ({
      outputDelta: 0,
      inputDelta: 0,
      keptRows: kept[l].offset,
    }),
  );
}

function bind(
  engine: NetworkOps,
  setup: Setup,
  worker: number,
  mode: Places['mode'],
  matrices: Matrices,
  values: readonly Region[],
  x: readonly [Region, Region],
  theta: Region,
  others: (layer: number) => Pick<Places, 'outputDelta' | 'inputDelta' | 'keptRows'>,
): BoundLayer[] {
  const { layout, net, seed } = setup;
  const own = layout.workers[worker];
  const partnerAt = (l: number): Partner => ({
    outputs: values[matrices.outputs[l]].offset,
    outputDelta: others(l).outputDelta,
    cols: net.layers[l].outputs,
  });
  return net.layers.map((layer, l) => {
    const before = l === 0 ? undefined : values[matrices.outputs[l - 1]].offset;
    return types[layer.type].bind(layer, {
      engine,
      inputs: [before ?? x[0].offset, before ?? x[1].offset],
      outputs: values[matrices.outputs[l]].offset,
      ...others(l),
      partner: layer.partner === undefined ? undefined : partnerAt(layer.partner),
      tensors: layer.tensors.map(({ offset }) => theta.offset + offset * engine.bytes),
      buffers: layer.buffers.map(({ offset }) => layout.buffers.offset + offset * engine.bytes),
      keptShards: layout.kept[l].shards.offset,
      shardStride: layout.kept[l].shardStride,
      keptWorker: own.kept[l].offset,
      scratch: own.scratch.offset,
      seed,
      mode,
    });
  });
}
