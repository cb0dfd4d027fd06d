/** What configurations say of tables, whatever format they are in: which columns there are, and what becomes of them. */
import type { Options, Values } from '../../options.js';
import { dateParts } from '../../preprocess/fitted.js';
import { balanceOption } from '../balance.js';
import { columnTypes } from './column.js';

const scale = {
  type: 'member',
  family: 'scales',
  description: 'How its numbers are scaled; fitted on training rows.',
  optional: true,
} as const;
const missing = {
  type: 'member',
  family: 'missing',
  description: 'What stands for a missing value; without a rule it is an error.',
  optional: true,
} as const;
const encode = {
  type: 'member',
  family: 'encodings',
  description: 'How its categories become inputs.',
  optional: true,
} as const;
const rare = {
  type: 'integer',
  min: 0,
  max: 1e9,
  description: 'Categories of fewer training rows than this are one category.',
  optional: true,
} as const;
const unseen = {
  type: 'choice',
  of: ['error', 'ignore', 'rare'],
  description:
    'What a category that no training row has becomes: an error, none of the categories, or one with the rare ones.',
  optional: true,
} as const;
const parts = {
  type: 'texts',
  least: 1,
  description: `What of a date becomes inputs, of ${dateParts.join(', ')}; UTC.`,
  optional: true,
} as const;

const targetOptions = {
  column: { type: 'text', description: 'The column.', optional: true },
  columns: { type: 'texts', least: 1, description: 'Several columns: an output for each.', optional: true },
  scale: {
    ...scale,
    description: 'How values to predict are scaled while learning; figures stay in their own units.',
  },
  classes: {
    type: 'texts',
    least: 2,
    description:
      'The classes in an order of their own. Default: by code point, or by size where they are numbers.',
    optional: true,
  },
} as const satisfies Options;

/** What every family of tables takes, beside where the table is. */
export const tableOptions = {
  target: {
    type: 'either',
    description: 'What is to be predicted: a column, several, or a mapping that says more.',
    of: [
      { type: 'text', description: 'The column.' },
      { type: 'texts', least: 1, description: 'Several columns.' },
      { type: 'group', options: targetOptions, description: 'The columns and what becomes of them.' },
    ],
  },
  ignore: { type: 'texts', default: [], description: 'Columns to leave out.' },
  weight: {
    type: 'text',
    description: 'Column of sample weights: how much a row counts in the loss; it is no input.',
    optional: true,
  },
  number: {
    type: 'group',
    options: { scale, missing },
    default: {},
    description: 'What becomes of columns of numbers. Default: scale standard.',
  },
  category: {
    type: 'group',
    options: { encode, missing, rare, unseen },
    default: {},
    description: 'What becomes of columns of categories. Default: encode one-hot, unseen error.',
  },
  date: {
    type: 'group',
    options: { parts, missing },
    default: {},
    description: 'What becomes of columns of dates. Default: year, yearday, weekday.',
  },
  columns: {
    type: 'map',
    of: {
      type: 'group',
      description: 'What becomes of one column.',
      options: {
        type: {
          type: 'choice',
          of: columnTypes,
          description: 'What its cells are taken for. Default: what they look like.',
          optional: true,
        },
        scale,
        missing,
        encode,
        rare,
        unseen,
        parts,
      },
    },
    default: {},
    description: 'Columns that differ from the others, by name.',
  },
  balance: balanceOption,
  split: {
    type: 'member',
    family: 'splits',
    optional: true,
    description:
      'Which rows are for training, for validation and for the test. Default: random, or files where data.path names several.',
  },
} as const satisfies Options;

export type TableOptions = Values<typeof tableOptions>;

/** What becomes of one column, as it was written for it or for its type. */
export interface ColumnOptions {
  readonly type?: (typeof columnTypes)[number];
  readonly scale?: { readonly name: string };
  readonly missing?: { readonly name: string };
  readonly encode?: { readonly name: string };
  readonly rare?: number;
  readonly unseen?: 'error' | 'ignore' | 'rare';
  readonly parts?: readonly string[];
}

/** What is written for a column, else for its type. */
export function optionsOf(
  options: TableOptions,
  name: string,
  type: (typeof columnTypes)[number],
): ColumnOptions {
  const columns = options.columns as Readonly<Record<string, ColumnOptions>>;
  const own = Object.hasOwn(columns, name) ? columns[name] : {};
  return { ...(options[type] as ColumnOptions), ...own };
}

/** The target as it was written, in one form. */
export interface TargetOptions {
  readonly columns: readonly string[];
  readonly scale?: { readonly name: string };
  readonly classes?: readonly string[];
}

export function targetOf({ target }: TableOptions): TargetOptions {
  if (typeof target === 'string') return { columns: [target] };
  if (Array.isArray(target)) return { columns: target };
  const { column, columns, ...others } = target as Values<typeof targetOptions>;
  return { columns: columns ?? (column === undefined ? [] : [column]), ...(others as object) };
}
