/** JSON for programs in any language: the description of the model, and each tensor's shape and numbers row by row. */
import { CSV_KEY, csvMetadata } from '../predict/recorded.js';
import type { ExportFormat } from './format.js';
import { ownTensors } from './model.js';

export const json: ExportFormat = {
  description: 'Description and tensors as JSON, enough to predict with in any language.',
  ending: '.json',
  encode(model) {
    const tensors = Object.entries(ownTensors(model)).map(([name, { shape, data }]) => [
      name,
      // As many digits as a number of its precision needs: it is read back to the last bit.
      `{"shape":[${shape.join()}],"data":[${Array.from(data, digitsOf(model.description.precision)).join()}]}`,
    ]);
    const { [CSV_KEY]: csv } = csvMetadata(model.metadata);
    const parts = [
      `{"model":${JSON.stringify(model.description)},${csv ? `"csv":${csv},` : ''}"layout":"in-out","tensors":{\n`,
      tensors.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',\n'),
      '\n}}\n',
    ];
    return {
      files: [{ name: `model${json.ending}`, parts: parts.map((part) => Buffer.from(part)) }],
      notes: [],
    };
  },
};

/** The fewest digits that give a number back, which are fewer for float32. */
function digitsOf(precision: 'float32' | 'float64'): (value: number) => string {
  if (precision === 'float64') return String;
  return (value) => {
    for (const digits of [6, 7, 8]) {
      const text = String(Number(value.toPrecision(digits)));
      if (Math.fround(Number(text)) === value) return text;
    }
    return String(Number(value.toPrecision(9)));
  };
}
