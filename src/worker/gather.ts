/** A minibatch's rows of X and Y, filled from the window of the data set that lies in memory. */
import type { Engine, Offset } from '../engines/engine.js';
import type { Setup } from '../plan/task.js';

/**
 * Fills rows [first, first + rows) of X and Y of a slot.
 * @param order where the numbers of these rows in the window lie, as uint32
 */
export function gatherRows(
  engine: Engine,
  { layout, net, featureType, scale, targets }: Setup,
  order: Offset,
  first: number,
  rows: number,
  slot: number,
): void {
  const features = layout.features.offset;
  const x = layout.x[slot].offset + first * net.inputs * engine.bytes;
  const y = layout.y[slot].offset + first * net.outputs * engine.bytes;
  const ops = engine.gather[featureType];
  if (scale.kind === 'one') {
    ops.one(features, order, x, rows, net.inputs, scale.high, scale.low, scale.offset);
  } else if (scale.kind === 'columns') {
    ops.columns(features, order, x, rows, net.inputs, layout.scales.offset, layout.offsets.offset);
  } else {
    ops.none(features, order, x, rows, net.inputs);
  }
  const given = layout.targets.offset;
  if (targets.kind === 'class') engine.gather_classes[targets.type](given, order, y, rows, net.outputs);
  else engine.gather[targets.type].none(given, order, y, rows, net.outputs);
}
