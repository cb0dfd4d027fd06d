/** What workers saw of a part's rows: the arrays that all else is computed from, and what their values mean. */
import { activations } from '../../model/activations/index.js';
import type { Extent } from '../../model/metrics/metric.js';
import type { Network } from '../../model/network.js';
import type { Look } from '../../plan/look.js';
import { placeOf } from '../../plan/look.js';
import type { Workspace } from '../workspace.js';

/** Values of rows, a row's next to each other. */
export interface Seen {
  readonly rows: number;
  readonly outputs: Float64Array;
  readonly targets: Float64Array;
  readonly losses: Float64Array;
}

/** The task as metrics are told of it, for all rows that were looked at. */
export function extentOf({ setup }: Pick<Workspace, 'setup'>, rows: number): Extent {
  return { rows, outputs: setup.net.outputs, task: setup.evaluated.task, spec: { name: 'insights' } };
}

/**
 * Layers whose units may be 0 for every row, and then learn nothing any more, by their places in the network: those whose
 * f is 0 below 0.
 */
export function rectifyingLayers({ layers }: Network): number[] {
  return layers.flatMap(({ type, options }, l) => {
    if (type !== 'activation') return [];
    const spec = options.activation as { name: keyof typeof activations };
    const h = new Float64Array(2);
    activations[spec.name].forward(Float64Array.of(-1, -2), h, 1, 2, spec as never);
    return h.every((value) => value === 0) ? [l] : [];
  });
}

/**
 * Arrays over shared memory, for workers to fill in.
 * @param asked inputs of rows that are none of the data's @param watched layers, by their places in the network
 */
export function lookAt(
  { setup }: Pick<Workspace, 'setup'>,
  looked: Pick<Look, 'part' | 'all' | 'rows'>,
  asked: Float64Array = new Float64Array(),
  watched: readonly number[] = rectifyingLayers(setup.net),
): Look {
  const { net } = setup;
  const numbers = (n: number) => new Float64Array(new SharedArrayBuffer(8 * n));
  const units = watched.reduce((sum, l) => sum + net.layers[l].outputs, 0);
  const shared = numbers(asked.length);
  shared.set(asked);
  return {
    ...looked,
    outputs: numbers(looked.rows * net.outputs),
    targets: numbers(looked.rows * net.outputs),
    losses: numbers(looked.rows),
    watched,
    alive: new Uint8Array(new SharedArrayBuffer(units)),
    asked: shared,
    answers: numbers((asked.length / net.inputs) * net.outputs),
  };
}

/** The number in the window of a row that was looked at. */
export function rowOf({ split }: Pick<Workspace, 'split'>, look: Look, row: number): number {
  return split[look.part][placeOf(look, row)];
}
