/** Models as targets: the file that predictions are made with. Knows what a model may be asked, not how it computes. */
import { readFile } from 'node:fs/promises';
import { loadModel, type Model } from '../../src/predict/node.js';
import type { Target, Targets } from './target.js';

/** Values of cells that a row may come with, for each column another. */
const cells = [1.5, '2024-02-29', 'red', null, '', '1e3', -1, 'NaN', '\ud800'];

function rowOf({ inputs }: Model, first: number): Record<string, unknown> | number[] {
  const [only] = inputs;
  if (only?.type === 'matrix') return Array.from({ length: only.features }, (_, k) => (first + k) / 4);
  return Object.fromEntries(
    inputs.map((input, k) => {
      if (input.type === 'matrix') throw new Error('a matrix among columns');
      const fits = input.type === 'category' ? input.categories[first % (input.categories.length || 1)] : 1;
      return [input.name, first % 2 === 0 ? fits : cells[(first + k) % cells.length]];
    }),
  );
}

/** Loads it as a file and as bytes, and predicts with it; a row may be refused, and then says so. */
const model: Target = async (bytes, path) => {
  const loaded = loadModel(path);
  const again = loadModel(bytes);
  for (let k = 0; k < 2 * cells.length; k++) {
    const row = rowOf(loaded, k);
    const answers = [loaded, again].map((each) => {
      try {
        return JSON.stringify(each.predict(row));
      } catch (error) {
        if ((error as Error).name === 'UserError') return (error as Error).message;
        throw error;
      }
    });
    if (answers[0] !== answers[1]) throw new Error('predicts something else when it is loaded from bytes');
  }
  if (Object.keys(Object.prototype).length > 0) throw new Error('Object.prototype has changed');
  return 'accepted';
};

/** Believes what a file says of its model. */
const unchecked: Target = async (_bytes, path) => {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  const header = JSON.parse(bytes.toString('latin1', 8, 8 + bytes.readUInt32LE(0)));
  const { layers, preprocessing } = JSON.parse(header.__metadata__.model);
  layers.map(({ units }: { units?: number }) => new Float64Array(Number(units ?? 1)));
  preprocessing.target.kind.at(0);
  return 'accepted';
};

export const modelTargets: Targets = { model, 'model without the check of what it says': unchecked };
