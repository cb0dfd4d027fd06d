/** Pairs of features and target that come one after another, gathered into one array and a list. */
import { UserError } from '../../errors.js';
import type { GivenRows } from '../../machine/rows-given.js';

type Numbers =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** What features of pairs may be; plain arrays of numbers beside them, which are float64. */
const types = [
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const;

export interface GatheredPairs {
  /** Row by row, of the type that the pairs have. */
  readonly features: Numbers;
  readonly target: readonly unknown[];
  /** Values a row. */
  readonly width: number;
}

/**
 * Reads all pairs. Takes the memory of the features twice for a moment, at the end.
 * @param width values that each row has; undefined: as many as the first @param where what errors call them
 * @throws UserError for what is no pair, or not as the first one is; whatever the rows throw
 */
export async function gatherPairs(
  rows: GivenRows,
  width: number | undefined,
  where: string,
): Promise<GatheredPairs> {
  const blocks: Numbers[] = [];
  const target: unknown[] = [];
  /** Texts come from another thread as new ones each time. */
  const texts = new Map<string, string>();
  let columns = width;
  let type: (typeof types)[number] | undefined;
  let plain = false;
  for (let batch = await rows.next(); batch !== undefined; batch = await rows.next()) {
    let block: Numbers | undefined;
    for (const [k, pair] of batch.entries()) {
      const place = `${where}[${target.length}]`;
      if (!Array.isArray(pair) || pair.length !== 2) {
        throw new UserError(
          `${place}: expected a pair of features and target, [[1, 2], "a"], got something else`,
        );
      }
      const [values, label] = pair as [unknown, unknown];
      const own = types.find((each) => values instanceof each);
      if (own === undefined && !isPlain(values)) {
        throw new UserError(`${place}[0]: expected numbers, an array or a typed array, got something else`);
      }
      const numbers = values as Numbers;
      if (columns === undefined) columns = numbers.length;
      if (numbers.length !== columns || columns === 0) {
        const expected = columns === 0 ? 'some numbers' : `${columns} numbers`;
        const as = width === undefined ? ' as in the first row' : ' (data.width)';
        throw new UserError(`${place}[0]: expected ${expected}${as}, got ${numbers.length}`);
      }
      if (type === undefined) {
        plain = own === undefined;
        type = own ?? Float64Array;
      } else if (plain ? own !== undefined : own !== type) {
        throw new UserError(
          `${place}[0]: expected ${plain ? 'an array' : `a ${type.name}`} as in the first row, got ${own?.name ?? 'an array'}`,
        );
      }
      block ??= new type(batch.length * columns);
      block.set(numbers, k * columns);
      target.push(typeof label === 'string' ? interned(texts, label) : label);
    }
    if (block !== undefined) blocks.push(block);
  }
  if (type === undefined || columns === undefined) {
    throw new UserError(
      `${where}: expected rows, got none; a generator gives its rows once: hand over a function that makes one`,
    );
  }
  const features = new type(target.length * columns);
  let at = 0;
  for (const block of blocks.splice(0)) {
    features.set(block, at);
    at += block.length;
  }
  return { features, target, width: columns };
}

const isPlain = (values: unknown) =>
  Array.isArray(values) && values.every((value) => typeof value === 'number');

function interned(texts: Map<string, string>, text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  texts.set(text, text);
  return text;
}
