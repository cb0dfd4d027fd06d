/** The rules for missing values by the names they have in a configuration: a name is its file's name. */
import { category } from './category.js';
import { constant } from './constant.js';
import { drop } from './drop.js';
import { indicator } from './indicator.js';
import { mean } from './mean.js';
import { median } from './median.js';
import type { MissingRule } from './missing.js';
import { mode } from './mode.js';

export const missingRules = { median, mean, mode, constant, category, indicator, drop };
export type MissingName = keyof typeof missingRules;

export const missingRule = (name: string): MissingRule => missingRules[name as MissingName] as MissingRule;
