/** Rows of the data set as the network's inputs and targets. */
import type { Engine, Offset } from '../engines/engine.js';
import type { Setup } from '../plan/task.js';

/**
 * Fills rows [first, first + rows) of X and Y with rows of the data set.
 * @param order where the numbers lie of the rows that belong into X's rows 0, 1, 2, …
 */
export function gather(
  engine: Engine,
  { layout, net, featureType, targetType }: Setup,
  order: Offset,
  first: number,
  rows: number,
  x: Offset,
  y: Offset,
): void {
  const wanted = order + first * 4;
  const toX = x + first * net.inputs * engine.bytes;
  const toY = y + first * net.outputs * engine.bytes;
  if (featureType === 'uint8') engine.gather_bytes(layout.features.offset, wanted, toX, rows, net.inputs);
  else engine.gather_values(layout.features.offset, wanted, toX, rows, net.inputs);
  if (targetType === 'class') engine.gather_classes(layout.targets.offset, wanted, toY, rows, net.outputs);
  else engine.gather_values(layout.targets.offset, wanted, toY, rows, net.outputs);
}
