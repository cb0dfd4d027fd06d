/**
 * Preprocessing as a fit leaves it: plain data that stand in the model file, and what they make of a cell. Nothing here
 * reads a file or knows a thread: the same code prepares training rows and, in any program, rows to predict.
 */
import type { Fit } from '../formats/pixels.js';

/**
 * (x − center) / spread, of sign(x)·ln(1 + |x|) in place of x where `log` is true.
 * A column that does not vary has the spread 1, as scikit-learn has it.
 */
export interface FittedScale {
  readonly log: boolean;
  readonly center: number;
  readonly spread: number;
}

/** A column of numbers. */
export interface FittedNumber {
  readonly name: string;
  readonly type: 'number';
  readonly scale: FittedScale;
  /** What stands for a missing value, before it is scaled; null: a missing value is an error. */
  readonly fill: number | null;
  /** Whether one more input says 1 where the value is missing, else 0. */
  readonly indicator: boolean;
}

/** How a category's code becomes inputs: one of `width` is 1, or the code is scaled, or a vector is learned for it. */
export type FittedEncoding =
  | { readonly name: 'one-hot' }
  | { readonly name: 'ordinal'; readonly scale: FittedScale }
  | ({ readonly name: 'embed'; readonly size: number } & FittedTraining);

/** How the vectors are trained, where they are not as all else is. */
export interface FittedTraining {
  readonly frozen?: boolean;
  readonly rateFactor?: number;
  readonly decayFactor?: number;
}

/**
 * A column of categories. A category's code is its place in `categories`; after these comes one for all rare ones, if
 * there are any, and one for missing values, if these are a category of their own.
 */
export interface FittedCategory {
  readonly name: string;
  readonly type: 'category';
  readonly categories: readonly string[];
  /** Categories of too few training rows, which share the code after the last of `categories`. */
  readonly rare: readonly string[];
  /** How many codes there are. */
  readonly codes: number;
  /** The code of a missing value; null: it is an error. */
  readonly missing: number | null;
  /** The code of a category that no training row has: −1 is none of all, null: it is an error. */
  readonly unseen: number | null;
  readonly encode: FittedEncoding;
}

/** A column of instants, in milliseconds since 1970-01-01T00:00Z: some parts of the date in UTC, each a number. */
export interface FittedDate {
  readonly name: string;
  readonly type: 'date';
  readonly parts: readonly { readonly part: DatePart; readonly scale: FittedScale }[];
  /** What stands for a missing value; null: it is an error. */
  readonly fill: number | null;
}

export type FittedColumn = FittedNumber | FittedCategory | FittedDate;

/** What of a date becomes an input: `days` are those since 1970, with a fraction; months and days count from 1, weekdays from Monday, 0. */
export const dateParts = [
  'year',
  'month',
  'day',
  'weekday',
  'yearday',
  'hour',
  'minute',
  'second',
  'days',
] as const;
export type DatePart = (typeof dateParts)[number];

/** What a network's outputs stand for. */
export type FittedTarget =
  /** One class of many: an output for each, in this order. */
  | {
      readonly kind: 'class';
      readonly column: string;
      readonly classes: readonly string[];
      readonly numeric: boolean;
    }
  /** Yes or no, one output a column: the share of the second of its two classes. */
  | {
      readonly kind: 'binary';
      readonly columns: readonly {
        readonly name: string;
        readonly classes: readonly [string, string];
        readonly numeric: boolean;
      }[];
    }
  /** Values, one output a column. */
  | {
      readonly kind: 'values';
      readonly columns: readonly { readonly name: string; readonly scale: FittedScale }[];
    };

/** Rows of numbers without names, such as images: x·scale + offset, the same for all (one of each) or for each column. */
export interface FittedMatrix {
  readonly features: number;
  readonly scales: readonly number[];
  readonly offsets: readonly number[];
  /** Of images: height, width and, where there are several, channels. */
  readonly shape?: readonly number[];
  /** What becomes of pictures of another shape; undefined: they are an error. */
  readonly fit?: Fit;
}

/** All that is needed to make inputs of rows, and sense of outputs: of rows of named columns, or of numbers. */
export interface Preprocessing {
  /** Of named columns, in the order of the inputs. */
  readonly columns?: readonly FittedColumn[];
  /** Of rows of numbers. */
  readonly matrix?: FittedMatrix;
  /** How texts in columns were taken: those that mean a missing value beside the empty one, and the decimal point. */
  readonly texts?: { readonly missing: readonly string[]; readonly point: '.' | ',' };
  /** What the outputs stand for. */
  readonly target: FittedTarget;
}

/** Leaves a value as it is. */
export const unscaled: FittedScale = { log: false, center: 0, spread: 1 };

export function scaled(x: number, { log, center, spread }: FittedScale): number {
  return ((log ? Math.sign(x) * Math.log1p(Math.abs(x)) : x) - center) / spread;
}

/** The other way round. */
export function unscale(y: number, { log, center, spread }: FittedScale): number {
  const x = y * spread + center;
  return log ? Math.sign(x) * Math.expm1(Math.abs(x)) : x;
}

/** The numbers that a row has in memory for a column. */
export function slotsOf(column: FittedColumn): readonly Slot[] {
  switch (column.type) {
    case 'number':
      return column.indicator ? [asItIs, asItIs] : [asItIs];
    case 'date':
      return column.parts.map(() => asItIs);
    case 'category':
      return column.encode.name === 'one-hot' ? [{ codes: column.codes }] : [asItIs];
  }
}

/** A number of a row in memory: one input as it is, or with `codes` a code from 0, or −1, that becomes as many inputs. */
export interface Slot {
  readonly codes: number;
}
const asItIs: Slot = { codes: 0 };

/** How many inputs slots become. */
export function inputsOf(slots: readonly Slot[]): number {
  return slots.reduce((sum, { codes }) => sum + (codes || 1), 0);
}

/** What is wrong with a cell, in words, without where it stands. */
export class CellProblem extends Error {}

/** Writes a number's slots. @param value NaN: missing @throws CellProblem */
export function encodeNumber(column: FittedNumber, value: number, into: Float64Array, at: number): void {
  const missing = Number.isNaN(value);
  if (missing && column.fill === null) throw new CellProblem('is missing');
  into[at] = scaled(missing ? (column.fill as number) : value, column.scale);
  if (column.indicator) into[at + 1] = missing ? 1 : 0;
}

/** Writes a date's slots. @param ms NaN: missing @throws CellProblem */
export function encodeDate(column: FittedDate, ms: number, into: Float64Array, at: number): void {
  const missing = Number.isNaN(ms);
  if (missing && column.fill === null) throw new CellProblem('is missing');
  const instant = missing ? (column.fill as number) : ms;
  for (const [k, { part, scale }] of column.parts.entries())
    into[at + k] = scaled(datePart(instant, part), scale);
}

/** The code of a category. @param text null: missing @throws CellProblem */
export function codeOf(column: FittedCategory, text: string | null): number {
  if (text === null) {
    if (column.missing === null) throw new CellProblem('is missing');
    return column.missing;
  }
  const place = placesOf(column).get(text);
  if (place !== undefined) return place;
  if (column.unseen === null) throw new CellProblem(`is "${text}", which no training row has`);
  return column.unseen;
}

/** Writes a category's slot. @throws CellProblem */
export function encodeCategory(
  column: FittedCategory,
  text: string | null,
  into: Float64Array,
  at: number,
): void {
  const code = codeOf(column, text);
  into[at] = column.encode.name === 'ordinal' ? scaled(code, column.encode.scale) : code;
}

/** Each category's code, made once for a column. */
const kept = new WeakMap<FittedCategory, Map<string, number>>();
function placesOf(column: FittedCategory): Map<string, number> {
  let places = kept.get(column);
  if (places === undefined) {
    places = new Map(column.categories.map((text, code) => [text, code]));
    for (const text of column.rare) places.set(text, column.categories.length);
    kept.set(column, places);
  }
  return places;
}

const DAY = 86_400_000;

/** A part of an instant, in UTC. */
export function datePart(ms: number, part: DatePart): number {
  if (part === 'days') return ms / DAY;
  const instant = Math.trunc(ms);
  const day = Math.floor(instant / DAY);
  const ofDay = instant - day * DAY;
  switch (part) {
    case 'hour':
      return Math.floor(ofDay / 3_600_000);
    case 'minute':
      return Math.floor(ofDay / 60_000) % 60;
    case 'second':
      return (ofDay % 60_000) / 1000;
    case 'weekday':
      // 1970 began with a Thursday.
      return (((day + 3) % 7) + 7) % 7;
    case 'month':
      return new Date(ms).getUTCMonth() + 1;
    case 'day':
      return new Date(ms).getUTCDate();
    default: {
      // Without making a Date, which takes ten times as long.
      let year = 1970 + Math.floor(day / 365.2425);
      if (firstDay(year) > day) year--;
      else if (firstDay(year + 1) <= day) year++;
      return part === 'year' ? year : day - firstDay(year) + 1;
    }
  }
}

/** The days from 1970-01-01 to a year's first one; 4,000 years on, as Date.UTC takes 0 to 99 for years of the last century. */
const firstDay = (year: number) => Date.UTC(year + 4000, 0) / DAY - 1_460_970;
