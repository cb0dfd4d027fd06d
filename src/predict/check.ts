/** Whether preprocessing that came from a file is what a model of so many inputs and outputs needs. */
import { isMapping } from '../formats/json.js';
import { dateParts, inputsOf, type Preprocessing, slotsOf } from '../preprocess/fitted.js';
import { quoted } from '../user-error.js';

type Test = (value: unknown) => boolean;

const number: Test = Number.isFinite;
const count: Test = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const text: Test = (value) => typeof value === 'string';
const orNull =
  (test: Test): Test =>
  (value) =>
    value === null || test(value);
const list =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);
const mapping =
  (tests: Readonly<Record<string, Test>>): Test =>
  (value) =>
    isMapping(value) && Object.entries(tests).every(([key, test]) => test(value[key]));
/** A mapping of one of several forms, which a key names. */
const form =
  (key: string, forms: Readonly<Record<string, Test>>): Test =>
  (value) =>
    isMapping(value) && Object.hasOwn(forms, String(value[key])) && forms[String(value[key])](value);

const scale = mapping({ log: (value) => typeof value === 'boolean', center: number, spread: number });
const texts = list(text);
const isTarget = form('kind', {
  class: mapping({ column: text, classes: texts }),
  binary: mapping({ columns: list(mapping({ name: text, classes: texts })) }),
  values: mapping({ columns: list(mapping({ name: text, scale })) }),
});
const isColumn = form('type', {
  number: mapping({ name: text, scale, fill: orNull(number) }),
  date: mapping({
    name: text,
    fill: orNull(number),
    parts: list(mapping({ part: (value) => dateParts.some((part) => part === value), scale })),
  }),
  category: mapping({
    name: text,
    categories: texts,
    rare: texts,
    codes: count,
    missing: orNull(number),
    unseen: orNull(number),
    encode: form('name', {
      'one-hot': isMapping,
      embed: mapping({ size: count }),
      ordinal: mapping({ scale }),
    }),
  }),
});
const isTexts = mapping({ missing: texts, point: (value) => value === '.' || value === ',' });
const isMatrix = mapping({ features: number, scales: list(number), offsets: list(number) });

/** @returns what is wrong, in words; undefined where nothing is */
export function checkPreprocessing(given: unknown, inputs: number, outputs: number): string | undefined {
  if (!mapping({ target: isTarget })(given)) return 'its target';
  const { columns, matrix, target, texts: taken } = given as Preprocessing;
  const wanted = target.kind === 'class' ? target.classes.length : target.columns.length;
  if (wanted !== outputs) return `its target has ${wanted} outputs, its layers ${outputs}`;
  if (columns === undefined) {
    const fits = isMatrix(matrix) && matrix?.features === inputs;
    return fits && [1, inputs].includes(matrix.scales.length) ? undefined : 'its matrix';
  }
  if (!Array.isArray(columns)) return 'its columns';
  if (taken !== undefined && !isTexts(taken)) return 'its texts';
  const wrong = columns.find((column) => !isColumn(column));
  if (wrong !== undefined) return `its column ${quoted(String(wrong?.name))}`;
  const made = inputsOf(columns.flatMap(slotsOf));
  return made === inputs ? undefined : `its columns make ${made} inputs, its layers take ${inputs}`;
}
