/** Units that say nothing, in a sentence. */
import type { DeadUnits } from '../pruning.js';
import { count, plural } from './format.js';

/** What there are, of which rows that is known, and what to do; undefined: there are none. */
export function deadUnitsLine({ part, rows, layers }: DeadUnits): string | undefined {
  if (layers.length === 0) return undefined;
  const each = layers.map(({ layer, activation, units, dead }, k) => {
    const all = k === 0 ? plural(units, 'unit') : count(units);
    return `${count(dead)} of ${all} of ${layer}${activation === undefined ? '' : ` (${activation})`}`;
  });
  const listed = [each.slice(0, -1).join(', '), each.at(-1)].filter(Boolean).join(' and ');
  // Those of few rows may answer others.
  const out = part === 'training' ? 'them' : 'those that are 0 for all training rows too';
  return (
    `${listed} never answer (0 in all ${plural(rows, `${part} row`)}): a lower learning rate or leaky-relu helps, and ` +
    `"gradpool prune" takes out ${out}`
  );
}
