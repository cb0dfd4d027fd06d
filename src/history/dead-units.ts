/** Of what a run found out at its end, the units that say nothing. */
import type { DeadUnits, InsightsEvent } from '../insights.js';

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
