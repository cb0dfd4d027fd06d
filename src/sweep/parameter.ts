/** What one key of a sweep may be: which values it has, and which of them a number from 0 to 1 stands for. */
import { given, UserError } from '../errors.js';
import { isMapping } from '../formats/json.js';

/** A key of the configuration and its values. */
export interface Parameter {
  /** As `--set` names it, e.g. `optimizer.learningRate`. */
  readonly path: string;
  /** The values of a list, in its order; undefined: it is a range. */
  readonly list?: readonly unknown[];
  /** What stands for all its values where they are checked: each of a list, both ends of a range. */
  readonly extremes: readonly unknown[];
  /** Of a range of any numbers: one between its ends, and how the range is written where it is to be of whole ones. */
  readonly between?: { readonly value: number; readonly whole: string };
  /** Whether the range is even in its logarithm. */
  readonly log: boolean;
  /** The value that `u`, at least 0 and below 1, stands for. */
  value(u: number): unknown;
  /** Where in it a value stands; of a list the middle of its part. */
  unit(value: unknown): number;
}

/** So many digits of a number are told, and used: a last bit of a logarithm must not make another trial. */
const DIGITS = 6;
/** Of a narrow range there are more, that its trials differ; but no more than a float64 surely has. */
const MOST_DIGITS = 15;

const forms =
  'a list of values, {min: a, max: b}, {log: [a, b]} (even in the logarithm), {int: [a, b]} (whole numbers) or ' +
  '{intLog: [a, b]}';

/**
 * @param what as it is written
 * @throws UserError that begins with what is wrong
 */
export function parameterOf(path: string, what: unknown): Parameter {
  if (Array.isArray(what)) return listed(path, what);
  if (!isMapping(what)) throw new UserError(`expected ${forms}, got ${given(what)}`);
  const keys = Object.keys(what).sort().join(' ');
  if (keys === 'max min') return range(path, [what.min, what.max], false, false);
  if (keys === 'log') return range(path, what.log, true, false);
  if (keys === 'int') return range(path, what.int, false, true);
  if (keys === 'intLog') return range(path, what.intLog, true, true);
  throw new UserError(`expected ${forms}, got a mapping with ${keys ? `the keys ${keys}` : 'no keys'}`);
}

function listed(path: string, list: readonly unknown[]): Parameter {
  if (list.length === 0) throw new UserError('expected at least one value, got an empty list');
  const texts = list.map((value) => JSON.stringify(value));
  const twice = texts.find((text, k) => texts.indexOf(text) !== k);
  if (twice !== undefined) throw new UserError(`expected every value once, got ${twice} twice`);
  return {
    path,
    list,
    extremes: list,
    log: false,
    value: (u) => list[Math.min(list.length - 1, Math.floor(u * list.length))],
    unit: (value) => (texts.indexOf(JSON.stringify(value)) + 0.5) / list.length,
  };
}

function range(path: string, given: unknown, log: boolean, whole: boolean): Parameter {
  const [from, to] = Array.isArray(given) && given.length === 2 ? given : [];
  const sound = (end: unknown): end is number =>
    typeof end === 'number' && Number.isFinite(end) && (!whole || Number.isSafeInteger(end));
  const numbers = whole ? 'whole numbers' : 'numbers';
  if (!sound(from) || !sound(to)) throw new UserError(`expected two ${numbers}, the lower one first`);
  if (from >= to) throw new UserError(`expected the lower of two ${numbers} first, got ${from} and ${to}`);
  if (log && from <= 0) throw new UserError(`expected ${numbers} above 0 for a logarithm, got ${from}`);
  // Of whole numbers each has a part of the range as wide as it is.
  const [low, high] = whole ? [log ? from - 0.5 : from, log ? to + 0.5 : to + 1] : [from, to];
  const [a, b] = log ? [Math.log(low), Math.log(high)] : [low, high];
  const at = (u: number) => (log ? Math.exp(a + (b - a) * u) : a + (b - a) * u);
  const within = (value: number) => Math.min(to, Math.max(from, value));
  const largest = Math.max(Math.abs(from), Math.abs(to));
  const digits = DIGITS + Math.max(0, Math.floor(Math.log10(largest / (to - from))));
  if (!whole && digits > MOST_DIGITS) {
    throw new UserError(
      `expected ends further apart, got ${from} and ${to}, between which there are hardly any numbers`,
    );
  }
  const value = (u: number) =>
    whole ? within(log ? Math.round(at(u)) : Math.floor(at(u))) : within(Number(at(u).toPrecision(digits)));
  const ends = `[${Math.ceil(from)}, ${Math.floor(to)}]`;
  return {
    path,
    extremes: [from, to],
    // Whole at no ends that anybody writes.
    ...(!whole && {
      between: { value: value(Math.SQRT2 - 1), whole: log ? `{intLog: ${ends}}` : `{int: ${ends}}` },
    }),
    log,
    value,
    unit(value) {
      const middle = whole && !log ? Number(value) + 0.5 : Number(value);
      const u = ((log ? Math.log(middle) : middle) - a) / (b - a);
      return Math.min(1, Math.max(0, u));
    },
  };
}
