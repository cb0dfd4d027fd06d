/** The splits by the names they have in a configuration: a name is its file's name. */
import { UserError } from '../../errors.js';
import type { Spec } from '../../options.js';
import { column } from './column.js';
import { files } from './files.js';
import { folders } from './folders.js';
import { folds } from './folds.js';
import { group } from './group.js';
import { official } from './official.js';
import { random } from './random.js';
import type { Sets, SplitFamily, SplitPlan } from './split.js';
import { time } from './time.js';

export const splits = { official, random, column, group, time, files, folders, folds };
export type SplitName = keyof typeof splits;

/**
 * What a configuration's `data.split` comes to for these sets. Options that are left out have their defaults.
 * @throws UserError where it asks for sets or rows that there are not
 */
export function planSplit(spec: Spec, sets: Sets): SplitPlan {
  const family = splitFamily(spec);
  return family.plan(sets, valuesOf(spec, family) as never);
}

/** The columns that decide a split, and are no inputs. */
export function decidingColumns(spec: Spec): readonly string[] {
  const family = splitFamily(spec);
  return family.decides?.(valuesOf(spec, family) as never) ?? [];
}

/** Whether runs with other seeds have the same rows for the same. */
export function ignoresSeed(spec: Spec): boolean {
  const family = splitFamily(spec);
  return family.ignoresSeed?.(valuesOf(spec, family) as never) ?? false;
}

const splitFamily = (spec: Spec): SplitFamily => splits[spec.name as SplitName] as unknown as SplitFamily;

function valuesOf(spec: Spec, { options }: SplitFamily): Record<string, unknown> {
  const given = spec as Spec & Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(options).map(([key, option]) => [key, given[key] ?? option.default]),
  );
}

/** What `SetRows.column` does where rows have no named columns. */
export function noColumns(name: string, where: string): never {
  throw new UserError(`data.split: "${name}" would be a column, and those of ${where} have no names`);
}
