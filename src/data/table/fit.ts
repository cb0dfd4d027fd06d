/** Fits what becomes of columns to the training rows, and to these alone. */
import { quoted, shortened, UserError } from '../../errors.js';
import { release } from '../../machine/release.js';
import type { Spec } from '../../options.js';
import { encodings, fitEncoding, orderOf } from '../../preprocess/encodings/index.js';
import {
  type DatePart,
  datePart,
  dateParts,
  type FittedCategory,
  type FittedColumn,
  type FittedDate,
  type FittedEncoding,
  type FittedNumber,
} from '../../preprocess/fitted.js';
import { missingRule } from '../../preprocess/missing/index.js';
import type { MissingRule } from '../../preprocess/missing/missing.js';
import { fitScale } from '../../preprocess/scales/index.js';
import type { CategoryColumn, Column, ColumnType, NumberColumn, RowList } from './column.js';
import type { ColumnOptions } from './options.js';

/** What nobody wrote. */
const usual = {
  scale: { name: 'standard' },
  encode: { name: 'one-hot' },
  parts: ['year', 'yearday', 'weekday'],
} as const;

/** More categories make a first layer that is mostly a list of names; `embed` is for these. */
const MOST_ONE_HOT = 10_000;

/** A rule as it was written. */
export interface Rule {
  readonly spec: Spec;
  readonly member: MissingRule;
}

/** @throws UserError for a rule that is not for such columns */
export function ruleOf(name: string, type: ColumnType, options: ColumnOptions): Rule | undefined {
  if (options.missing === undefined) return undefined;
  const member = missingRule(options.missing.name);
  if (!member.types.includes(type)) {
    throw new UserError(
      `data.columns.${name}.missing: "${options.missing.name}" is for columns of ${member.types.join(' or ')}, and ` +
        `${quoted(name)} is one of ${type}`,
    );
  }
  return { spec: options.missing, member };
}

/**
 * @param rows the training rows
 * @param own whether nobody else needs the column's numbers: then no others are made of them, where these come in rising rows
 * @throws UserError for options that do not suit the column
 */
export function fitColumn(
  name: string,
  column: Column,
  rows: RowList,
  options: ColumnOptions,
  own = false,
): FittedColumn {
  const rule = ruleOf(name, column.type, options);
  for (const [key, type] of optionTypes) {
    if (options[key] !== undefined && type !== column.type && isOwn(options, key)) {
      throw new UserError(
        `data.columns.${name}.${key}: is for columns of ${type}, and ${quoted(name)} is one of ${column.type}; ` +
          'leave it out, or say the type',
      );
    }
  }
  if (column.type === 'category') return fitCategory(name, column, rows, options, rule);
  const values = present(column, rows, own);
  return column.type === 'date'
    ? fitDate(name, values, options, rule)
    : fitNumber(name, values, options, rule);
}

const optionTypes = [
  ['scale', 'number'],
  ['encode', 'category'],
  ['rare', 'category'],
  ['unseen', 'category'],
  ['parts', 'date'],
] as const;
const isOwn = (options: object, key: string) => Object.hasOwn(options, key);

/** The values of the rows that have one. */
function present({ values }: NumberColumn, rows: RowList, own: boolean): Float64Array {
  const found = own ? values : new Float64Array(rows.length);
  let n = 0;
  rows.each((row) => {
    if (!Number.isNaN(values[row])) found[n++] = values[row];
  });
  return found.subarray(0, n);
}

/** What stands for a missing one; null: nothing does. */
function fillOf(name: string, rule: Rule | undefined, values: Float64Array): number | null {
  if (rule?.member.number === undefined) return null;
  if (values.length === 0 && rule.spec.name !== 'constant') {
    throw new UserError(
      `data: column ${quoted(name)} has no value in any training row, of which "${rule.spec.name}" could be taken; ignore it`,
    );
  }
  const fill = rule.member.number(values, rule.spec as never);
  if (!Number.isFinite(fill)) {
    throw new UserError(
      `data.columns.${name}.missing.value: expected a number (or of a date, ISO 8601), got another text`,
    );
  }
  return fill;
}

function fitNumber(
  name: string,
  values: Float64Array,
  { scale = usual.scale }: ColumnOptions,
  rule: Rule | undefined,
): FittedNumber {
  const fill = fillOf(name, rule, values);
  return {
    name,
    type: 'number',
    scale: fitScale(scale, values),
    fill,
    indicator: rule?.member.indicates ?? false,
  };
}

function fitDate(
  name: string,
  values: Float64Array,
  { parts = usual.parts }: ColumnOptions,
  rule: Rule | undefined,
): FittedDate {
  const wrong = parts.find((part) => !dateParts.includes(part as DatePart));
  if (wrong !== undefined) {
    throw new UserError(
      `data.columns.${name}.parts: expected some of ${dateParts.join(', ')}, got ${quoted(wrong)}`,
    );
  }
  const fill = fillOf(name, rule, values);
  const each = new Float64Array(values.length);
  const fitted = (parts as readonly DatePart[]).map((part) => {
    for (let k = 0; k < values.length; k++) each[k] = datePart(values[k], part);
    return { part, scale: fitScale(usual.scale, each) };
  });
  release(each.buffer);
  return { name, type: 'date', fill, parts: fitted };
}

/** By code point, whatever the locale: the same order on each machine. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** How many of the rows have each category, by its place in `names`. */
function counted({ names, codes }: CategoryColumn, rows: RowList): Float64Array {
  const counts = new Float64Array(names.length);
  rows.each((row) => {
    if (codes[row] >= 0) counts[codes[row]]++;
  });
  return counts;
}

function fitCategory(
  name: string,
  column: CategoryColumn,
  rows: RowList,
  options: ColumnOptions,
  rule: Rule | undefined,
): FittedCategory {
  const { encode = usual.encode, rare: fewest = 0, unseen = 'error' } = options;
  const counts = counted(column, rows);
  const byName = new Map(
    column.names.flatMap((text, place) => (counts[place] > 0 ? [[text, counts[place]] as const] : [])),
  );
  if (byName.size === 0 && !rule?.member.isCategory) {
    throw new UserError(`data: column ${quoted(name)} has no value in any training row; ignore it`);
  }
  const order = orderOf(encode);
  const strange = order && [...byName.keys()].find((text) => !order.includes(text));
  if (strange !== undefined) {
    throw new UserError(
      `data.columns.${name}.encode.order: expected all categories of the column, ${quoted(strange)} is missing`,
    );
  }
  const all = order ?? [...byName.keys()].sort(byCodePoint);
  const categories = all.filter((text) => order !== undefined || (byName.get(text) ?? 0) >= fewest);
  const rare = order === undefined ? all.filter((text) => (byName.get(text) ?? 0) < fewest) : [];
  if (unseen === 'rare' && rare.length === 0) {
    throw new UserError(
      `data.columns.${name}.unseen: "rare" needs rare categories, and the training rows have none; ` +
        `set rare above ${Math.min(...byName.values())}, or use "ignore"`,
    );
  }
  const pooled = categories.length + (rare.length > 0 ? 1 : 0);
  const codes = pooled + (rule?.member.isCategory ? 1 : 0);
  if (encode.name === 'one-hot' && codes > MOST_ONE_HOT) throw tooMany(name, codes, column);
  const fitted = {
    name,
    type: 'category',
    categories,
    rare,
    codes,
    missing: null as number | null,
    unseen: { error: null, ignore: -1, rare: categories.length }[unseen],
  } as const;
  const codeOf = (text: string) => (rare.includes(text) ? categories.length : categories.indexOf(text));
  let missing: number | null = null;
  if (rule?.member.isCategory) missing = pooled;
  else if (rule?.member.category) {
    const text = rule.member.category(byName, rule.spec as never);
    missing = codeOf(text);
    if (missing < 0) {
      throw new UserError(
        `data.columns.${name}.missing: expected one of the column's categories, got ${quoted(text)}`,
      );
    }
  }
  const places = new Map<string, number>(categories.map((text, code) => [text, code]));
  for (const text of rare) places.set(text, categories.length);
  const each = new Float64Array(codes);
  for (const [text, count] of byName) each[places.get(text) as number] += count;
  let without = rows.length;
  for (const count of byName.values()) without -= count;
  if (missing !== null) each[missing] += without;
  const fittedEncoding = fitEncoding(encode, codes, each);
  refuseFrozen(name, fittedEncoding);
  return { ...fitted, missing, encode: fittedEncoding };
}

/** What says how to train that which is not trained. */
function refuseFrozen(name: string, encode: FittedEncoding): void {
  if (encode.name !== 'embed' || !encode.frozen) return;
  for (const key of ['rateFactor', 'decayFactor'] as const) {
    if (encode[key] === undefined) continue;
    throw new UserError(
      `data.columns.${name}.encode.${key}: expected no ${key} where frozen is true, since nothing moves such vectors, got ` +
        `${encode[key]}; leave one of them out`,
    );
  }
}

function tooMany(name: string, codes: number, { names }: CategoryColumn): UserError {
  const some = names.slice(0, 3).map((text) => `"${shortened(text, 20)}"`);
  return new UserError(
    `data: column ${quoted(name)} has ${codes} categories in the training rows (${some.join(', ')}, …); ignore it ` +
      `(data.ignore: [${name}]), pool rare ones (rare: 20), or use encode: embed` +
      `${Object.keys(encodings).includes('embed') ? '' : ' '}`.trimEnd(),
  );
}
