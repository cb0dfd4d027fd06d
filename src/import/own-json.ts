/** JSON files that gradpool has written: the description of the model, and its tensors row by row. */
import { UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import type { Tensor, Tensors } from '../formats/safetensors.js';
import { DESCRIPTION_FORMAT, DESCRIPTION_KEY } from '../predict/description.js';
import { CSV_KEY } from '../predict/recorded.js';

/** Bytes that one text can have. */
const MOST_BYTES = 2 ** 29 - 24;

/** What such a file holds, as a file of tensors with metadata would. */
export interface Exported {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Tensors;
}

/** @throws UserError for JSON that gradpool has not written, or that was changed so that it is no model any more */
export function decodeOwnJson(bytes: Uint8Array, where: string): Exported {
  const fail = (what: string): never => {
    throw new UserError(`${where}: ${what}`);
  };
  if (bytes.length > MOST_BYTES) fail(`expected at most ${MOST_BYTES} bytes of JSON, got ${bytes.length}`);
  const value = parseJson(new TextDecoder().decode(bytes));
  if (!isMapping(value)) return fail('is no whole JSON');
  const { model, tensors, layout, csv } = value;
  if (!isMapping(model) || model.format !== DESCRIPTION_FORMAT || !isMapping(tensors)) {
    return fail(
      'is JSON, and not what gradpool export --format json writes; expected model and tensors in it',
    );
  }
  if (layout !== 'in-out') fail('expected "layout": "in-out", as gradpool export writes it');
  const Real = model.precision === 'float64' ? Float64Array : Float32Array;
  const read = Object.entries(tensors).map(([name, tensor]): [string, Tensor] => {
    const { shape, data } = isMapping(tensor) ? tensor : {};
    if (!isNumbers(shape) || !isNumbers(data) || product(shape) !== data.length) {
      return fail(`the tensor ${JSON.stringify(name)} has not as many numbers as its shape says`);
    }
    return [name, { shape, data: Real.from(data) }];
  });
  return {
    metadata: {
      [DESCRIPTION_KEY]: JSON.stringify(model),
      ...(csv !== undefined && { [CSV_KEY]: JSON.stringify(csv) }),
    },
    tensors: Object.fromEntries(read),
  };
}

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'number');

const product = (shape: readonly number[]) => shape.reduce((all, side) => all * side, 1);
