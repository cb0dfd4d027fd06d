/** Of what a run found out at its end, the units that say nothing. */
import type { InsightsEvent } from '../insights.js';
import type { DeadUnits } from '../pruning.js';

/** The layers without any are left out. */
export function deadUnitsOf({ part, rows, layers }: InsightsEvent): DeadUnits {
  return {
    part,
    rows,
    layers: layers.flatMap(({ layer, units, deadUnits: dead = 0, activation }) =>
      dead > 0 ? [{ layer, ...(activation !== undefined && { activation }), units, dead }] : [],
    ),
  };
}
