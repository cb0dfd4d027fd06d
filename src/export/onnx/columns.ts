/**
 * Named columns as inputs of a graph, each with what the fit made of it inside. Preprocessing computes in double, as
 * training did, and ends in the network's precision.
 *
 * A number is a double, NaN where it is missing; a category a string, empty where it is missing; a date an int64 of
 * milliseconds since 1970-01-01T00:00Z, the smallest int64 (numpy's NaT) where it is missing. A graph cannot refuse a
 * row: where the model has no rule, a missing number or date makes NaN of the outputs, and a missing category or one that
 * no training row has is none of all, zeros.
 */
import type { Precision } from '../../model/precision.js';
import {
  datePart,
  type FittedCategory,
  type FittedColumn,
  type FittedDate,
  type FittedNumber,
  type FittedScale,
  scaled,
} from '../../preprocess/fitted.js';
import { datePartsOf } from './dates.js';
import { Arithmetic, type Graph, numberType, type Value } from './graph.js';

/** What stands for a missing date. */
const NO_DATE = -(2n ** 63n);

interface Context {
  readonly graph: Graph;
  readonly precision: Precision;
}

/** @returns the network's inputs, [N, inputs] */
export function columnInputs(
  columns: readonly FittedColumn[],
  names: readonly string[],
  context: Context,
): Value {
  const { graph } = context;
  const all = columns.flatMap((column, k) => inputsOf(column, names[k], context));
  return all.length === 1 ? all[0] : graph.op('Concat', all, { axis: { int: 1 } });
}

function inputsOf(column: FittedColumn, name: string, context: Context): Value[] {
  switch (column.type) {
    case 'number':
      return number(column, name, context);
    case 'date':
      return date(column, name, context);
    case 'category':
      return [category(column, name, context)];
  }
}

function number({ fill, scale, indicator }: FittedNumber, name: string, context: Context): Value[] {
  const { graph, precision } = context;
  const to = numberType(precision);
  const inDouble = new Arithmetic(graph, 'double');
  const doc = `a number; NaN: missing${fill === null ? ', for which the model has no rule' : ''}`;
  const given = graph.input({ name, type: 'double', shape: ['N', 1], doc });
  const missing = fill === null && !indicator ? undefined : graph.op('IsNaN', [given]);
  const there = missing === undefined || fill === null ? given : inDouble.where(missing, fill, given);
  const value = graph.cast(scaledBy(scale, there, inDouble), to);
  return missing === undefined || !indicator ? [value] : [value, graph.cast(missing, to)];
}

/** (x − center) / spread, of sign(x)·ln(1 + |x|) where the scale says so. */
function scaledBy({ log, center, spread }: FittedScale, x: Value, a: Arithmetic): Value {
  const of = log ? a.mul(a.sign(x), a.log(a.add(a.abs(x), 1))) : x;
  const centred = center === 0 ? of : a.sub(of, center);
  return spread === 1 ? centred : a.div(centred, spread);
}

function date({ fill, parts }: FittedDate, name: string, { graph, precision }: Context): Value[] {
  const inDouble = new Arithmetic(graph, 'double');
  const whole = new Arithmetic(graph, 'int64');
  const doc =
    'a date in milliseconds since 1970-01-01T00:00Z; the smallest int64: missing' +
    `${fill === null ? ', for which the model has no rule' : ''}`;
  const given = graph.input({ name, type: 'int64', shape: ['N', 1], doc });
  const never = graph.constant({ shape: [], data: BigInt64Array.of(NO_DATE) });
  const missing = graph.op('Equal', [given, never]);
  const part = datePartsOf(whole.where(missing, 0, given), whole);
  return parts.map(({ part: name, scale }) => {
    // What a missing one becomes is known here, to the last bit.
    const instead = fill === null ? Number.NaN : scaled(datePart(fill, name), scale);
    const value = inDouble.where(missing, instead, scaledBy(scale, part(name), inDouble));
    return graph.cast(value, numberType(precision));
  });
}

function category(column: FittedCategory, name: string, context: Context): Value {
  const { graph, precision } = context;
  const { encode, codes } = column;
  const doc = `a category; empty: missing${column.missing === null ? ', for which the model has no rule' : ''}`;
  const given = graph.input({ name, type: 'string', shape: ['N', 1], doc });
  const code = codeOf(column, given, graph);
  switch (encode.name) {
    case 'one-hot': {
      const each = BigInt64Array.from({ length: codes }, (_, k) => BigInt(k));
      const is = graph.op('Equal', [code, graph.constant({ shape: [1, codes], data: each })]);
      return graph.cast(is, numberType(precision));
    }
    case 'ordinal': {
      const place = graph.cast(code, 'double');
      return graph.cast(
        scaledBy(encode.scale, place, new Arithmetic(graph, 'double')),
        numberType(precision),
      );
    }
    // The network's first layer has a vector for each code.
    case 'embed':
      return graph.cast(code, numberType(precision));
  }
}

/** Codes as `codeOf` of preprocess/fitted.ts has them, [N, 1]; −1 is none of all. */
function codeOf(column: FittedCategory, given: Value, graph: Graph): Value {
  const { categories, rare, missing, unseen } = column;
  const codes = new Map<string, number>();
  // A category without a name comes before what an empty text else means.
  for (const [text, code] of [
    ...(missing === null ? [] : [['', missing] as const]),
    ...rare.map((text) => [text, categories.length] as const),
    ...categories.map((text, code) => [text, code] as const),
  ]) {
    codes.set(text, code);
  }
  return graph.op(
    'LabelEncoder',
    [given],
    {
      keys_strings: { strings: [...codes.keys()] },
      values_int64s: { ints: [...codes.values()] },
      default_int64: { int: unseen ?? -1 },
    },
    'ai.onnx.ml',
  );
}
