/** The splits by the names they have in a configuration: a name is its file's name. */
import type { Spec } from '../../options.js';
import { official } from './official.js';
import { random } from './random.js';
import type { Sets, SplitFamily, SplitPlan } from './split.js';

export const splits = { official, random };
export type SplitName = keyof typeof splits;

/**
 * What a configuration's `data.split` comes to for these sets. Options that are left out have their defaults.
 * @throws UserError where it asks for sets or rows that there are not
 */
export function planSplit(spec: Spec, sets: Sets): SplitPlan {
  const family: SplitFamily = splits[spec.name as SplitName];
  const given = spec as Spec & Record<string, unknown>;
  const values = Object.entries(family.options).map(([key, option]) => [key, given[key] ?? option.default]);
  return family.plan(sets, Object.fromEntries(values));
}
