/** Texts as numbers and as dates, strictly: what would be rounded, or is no plain decimal, is neither. */

/** Powers of ten that a float64 holds exactly: a quotient of two exact numbers is rounded once. */
const POWERS = Array.from({ length: 23 }, (_, k) => 10 ** k);
/** So many digits are always exact. */
const EXACT_DIGITS = 15;
const PLAIN = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
/** The digits that tell any two float64 apart: a decimal of more of them is rounded. */
const MOST_DIGITS = 17;
/** No number is written in more characters. */
const MOST_LENGTH = 64;

/**
 * A plain decimal as a number: `-1`, `0.25`, `1e-5`. NaN for anything else: leading zeros (`007`), integers beyond 2^53,
 * decimals of more than 17 digits, words, spaces.
 * @param point what stands between the whole part and the fraction
 */
export function numberOf(text: string, point: '.' | ',' = '.'): number {
  const { length } = text;
  const dot = point.charCodeAt(0);
  let at = 0;
  let first = text.charCodeAt(0);
  const negative = first === 45;
  if (negative || first === 43) first = text.charCodeAt(++at);
  // Most cells are short and plain: a few digits, maybe a point.
  if (first === 48 && at + 1 < length && text.charCodeAt(at + 1) !== dot) return slow(text, point);
  let whole = 0;
  let digits = 0;
  let zeros = 0;
  let fraction = -1;
  for (; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      whole = whole * 10 + (code - 48);
      // Those before the first other one say nothing of how exact the number is.
      if (whole === 0) zeros++;
      else digits++;
      if (fraction >= 0) fraction++;
    } else if (code === dot && fraction < 0) fraction = 0;
    else return slow(text, point);
  }
  if (digits + zeros === 0) return Number.NaN;
  if (digits <= EXACT_DIGITS && fraction < POWERS.length) {
    const value = fraction > 0 ? whole / POWERS[fraction] : whole;
    return negative ? -value : value;
  }
  // What programs write of a float64 that is no short decimal.
  if (digits <= MOST_DIGITS && fraction > 0 && length <= MOST_LENGTH) {
    return Number(point === ',' ? text.replace(',', '.') : text);
  }
  return slow(text, point);
}

/** The same by what JavaScript makes of it. */
function slow(text: string, point: '.' | ','): number {
  if (point === ',' && text.includes('.')) return Number.NaN;
  const plain = point === ',' ? text.replace(',', '.') : text;
  if (plain.length > MOST_LENGTH || !PLAIN.test(plain)) return Number.NaN;
  const value = Number(plain);
  if (!Number.isFinite(value)) return Number.NaN;
  const digits = plain
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '').length;
  if (digits > MOST_DIGITS) return Number.NaN;
  // A whole number that float64 does not hold: an identifier, most likely.
  if (/^[+-]?\d+$/.test(plain) && !Number.isSafeInteger(value)) return Number.NaN;
  return value;
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * An ISO 8601 date or date with time, as milliseconds since 1970-01-01T00:00Z; NaN for anything else, and for days that
 * there are not. Without an offset it is UTC.
 */
export function dateOf(text: string): number {
  // Ten characters at least, a hyphen after the year: cells that are none are many.
  if (text.length < 10 || text.charCodeAt(4) !== 45) return Number.NaN;
  const parts = DATE.exec(text);
  if (parts === null) return Number.NaN;
  const [year, month, day, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // The 31st of February would be a day of March.
  if (day < 1 || date.getUTCMonth() !== month - 1) return Number.NaN;
  const milliseconds = parts[7] === undefined ? 0 : Math.floor(Number(`0.${parts[7]}`) * 1000);
  const [, sign, hours = 0, minutes = 0] = /^([+-])(\d\d):?(\d\d)$/.exec(parts[8] ?? '') ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  return date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + milliseconds;
}
