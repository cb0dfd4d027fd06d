/** Whether preprocessing that came from a file is what a model of so many inputs and outputs needs. */
import { isMapping } from '../formats/json.js';
import { dateParts, type FittedColumn, inputsOf, type Preprocessing, slotsOf } from '../preprocess/fitted.js';

type Mapping = Readonly<Record<string, unknown>>;

/** @returns what is wrong, in words; undefined where nothing is */
export function checkPreprocessing(given: unknown, inputs: number, outputs: number): string | undefined {
  if (!isMapping(given)) return 'it says nothing';
  const { columns, matrix, target } = given;
  if (!isTarget(target)) return 'its target';
  const { target: known } = given as unknown as Preprocessing;
  const wanted = known.kind === 'class' ? known.classes.length : known.columns.length;
  if (wanted !== outputs) return `its target has ${wanted} outputs, its layers ${outputs}`;
  if (columns !== undefined) {
    if (!Array.isArray(columns)) return 'its columns';
    const wrong = columns.find((column) => !isColumn(column));
    if (wrong !== undefined) return `its column ${JSON.stringify(isMapping(wrong) ? wrong.name : wrong)}`;
    const made = inputsOf((columns as FittedColumn[]).flatMap(slotsOf));
    return made === inputs ? undefined : `its columns make ${made} inputs, its layers take ${inputs}`;
  }
  if (!isMapping(matrix)) return 'it has neither columns nor a matrix';
  const { features, scales, offsets } = matrix;
  const fits = (list: unknown) => isNumbers(list) && [1, inputs].includes(list.length);
  return features === inputs && fits(scales) && fits(offsets) ? undefined : 'its matrix';
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every(isNumber);
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');
const isNumberOrNull = (value: unknown) => value === null || isNumber(value);

const isScale = (value: unknown): boolean =>
  isMapping(value) && typeof value.log === 'boolean' && isNumber(value.center) && isNumber(value.spread);

function isTarget(value: unknown): boolean {
  if (!isMapping(value)) return false;
  const { kind, classes, columns } = value;
  const every = (is: (column: Mapping) => boolean) =>
    Array.isArray(columns) &&
    columns.every((one) => isMapping(one) && typeof one.name === 'string' && is(one));
  if (kind === 'class') return isTexts(classes);
  if (kind === 'binary') return every((one) => isTexts(one.classes) && one.classes.length === 2);
  return kind === 'values' && every(({ scale }) => isScale(scale));
}

function isColumn(value: unknown): boolean {
  if (!isMapping(value) || typeof value.name !== 'string') return false;
  const { type, scale, fill, parts, categories, rare, codes, missing, unseen, encode } = value;
  if (type === 'number') return isScale(scale) && isNumberOrNull(fill);
  if (type === 'date') {
    const isPart = (one: unknown) =>
      isMapping(one) && dateParts.some((part) => part === one.part) && isScale(one.scale);
    return isNumberOrNull(fill) && Array.isArray(parts) && parts.every(isPart);
  }
  if (type !== 'category' || !isTexts(categories) || !isTexts(rare)) return false;
  const isCode = (code: unknown) => code === null || (Number.isInteger(code) && Number(code) < Number(codes));
  const isEncoding =
    isMapping(encode) &&
    (encode.name === 'one-hot' ||
      encode.name === 'embed' ||
      (encode.name === 'ordinal' && isScale(encode.scale)));
  return Number.isSafeInteger(codes) && isCode(missing) && isCode(unseen) && isEncoding;
}
