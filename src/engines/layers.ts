/** How an engine comes by the operations of layers that have their own. */
import type { Formula } from '../model/layers/formulas/formula.js';
import { type LayersOps, layerFormulas } from '../model/layers/formulas/index.js';

type Operation = (...parameters: number[]) => void;

/** Every layer's operations, each as `make` makes it from its names and its formula. */
export function bindLayers(
  make: (layer: string, operation: string, formula: Formula<(number | Float64Array)[]>) => Operation,
): LayersOps {
  const bound = Object.entries(layerFormulas).map(([layer, formulas]) => [
    layer,
    Object.fromEntries(
      Object.entries(formulas).map(([operation, formula]) => [operation, make(layer, operation, formula)]),
    ),
  ]);
  return Object.fromEntries(bound) as LayersOps;
}
