/** How an engine comes by the operations of layers that have their own. */
import type { Formula, LayerOps } from '../model/layers/formulas/formula.js';
import { layerNames, layers } from '../model/layers/index.js';

/** Every layer's operations, each as `make` makes it from its names and its formula. */
export function bindLayers(
  make: (layer: string, operation: string, formula: Formula<(number | Float64Array)[]>) => LayerOps[string],
): Readonly<Record<string, LayerOps>> {
  const bound = layerNames.map((layer) => [
    layer,
    Object.fromEntries(
      Object.entries(layers[layer].formulas ?? {}).map(([operation, formula]) => [
        operation,
        make(layer, operation, formula),
      ]),
    ),
  ]);
  return Object.fromEntries(bound);
}
