/** Rows of X, of Y and of their weights, filled from the window of the data set that lies in memory. */
import type { Engine } from '../engines/engine.js';
import type { Offset } from '../model/operations.js';
import type { Setup } from '../plan/task.js';

/**
 * Fills rows [first, first + rows) of X, of Y and of their weights.
 * @param order where the numbers lie, as uint32, of the rows of the window that belong into X's rows 0, 1, 2, …
 * @param x where X begins @param y where Y begins
 * @param w where their weights begin @param weights where those of the window's rows begin; 0: all rows count the same
 */
export function gather(
  engine: Engine,
  { layout, net, featureType, scale, targets }: Setup,
  order: Offset,
  first: number,
  rows: number,
  x: Offset,
  y: Offset,
  w: Offset,
  weights: Offset,
): void {
  const features = layout.features.offset;
  const wanted = order + first * 4;
  const toX = x + first * net.inputs * engine.bytes;
  const toY = y + first * net.outputs * engine.bytes;
  const ops = engine.gather[featureType];
  if (scale.kind === 'one') {
    ops.one(features, wanted, toX, rows, net.inputs, scale.high, scale.low, scale.offset);
  } else if (scale.kind === 'columns') {
    ops.columns(features, wanted, toX, rows, net.inputs, layout.scales.offset, layout.offsets.offset);
  } else if (scale.kind === 'slots') {
    engine.gather_slots(features, wanted, toX, rows, layout.slots.length, net.inputs, layout.slots.offset);
  } else {
    ops.none(features, wanted, toX, rows, net.inputs);
  }
  if (w !== 0) engine.gather.float64.none(weights, wanted, w + first * engine.bytes, rows, 1);
  const given = layout.targets.offset;
  if (targets.kind === 'class') engine.gather_classes[targets.type](given, wanted, toY, rows, net.outputs);
  else engine.gather[targets.type].none(given, wanted, toY, rows, net.outputs);
}
