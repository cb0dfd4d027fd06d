/**
 * A trained model that predicts, at once and on the thread that asks: plain TypeScript, no threads, no WebAssembly, no
 * packages, in Node as in browsers and workers.
 */
import type { Preprocessing } from '../preprocess/fitted.js';
import { given, isUserError, quoted, UserError } from '../user-error.js';
import type { ModelDescription } from './description.js';
import type { ModelFile } from './file.js';
import { type Decoder, decoderOf, type Prediction } from './outputs.js';
import { Pass } from './pass.js';
import { type Encoder, encoderOf } from './rows.js';

/** Rows that go through the network together: their weights are then read from the cache. */
const BATCH = 64;

/** A row: its columns by their names, or where the model takes a matrix, its numbers. */
export type Row = Readonly<Record<string, unknown>> | ArrayLike<number>;

/** What a model takes. */
export type ModelInput =
  | { readonly name: string; readonly type: 'number' | 'date' }
  | { readonly name: string; readonly type: 'category'; readonly categories: readonly string[] }
  | { readonly type: 'matrix'; readonly features: number; readonly shape?: readonly number[] };

/** A trained model: rows in, predictions out. */
export interface Model {
  /** All that the file says of it. */
  readonly description: ModelDescription;
  /** The columns that a row must have, or the numbers. */
  readonly inputs: readonly ModelInput[];
  /** The classes in the order of the outputs; of several columns those of each; undefined where values are predicted. */
  readonly classes: readonly string[] | Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * Predicts one row, or each of an array of rows, at once. A row is an object with the model's columns by name, others
   * being ignored: numbers, texts, Dates, null where a value is missing. For a model without columns it is an array of
   * numbers, typed or not.
   * @throws UserError for a row that the model cannot take, with its place and column
   */
  predict(rows: readonly Row[]): Prediction[];
  /** One row. */
  predict(row: Row): Prediction;
}

/** @throws UserError for a model that this version cannot predict with */
export function modelOf(file: ModelFile): Model {
  return new LoadedModel(file);
}

class LoadedModel implements Model {
  readonly description: ModelDescription;
  readonly inputs: readonly ModelInput[];
  readonly classes: Model['classes'];
  readonly #pass: Pass;
  readonly #encoder: Encoder;
  readonly #decode: Decoder;
  /** The model's columns; undefined where it takes numbers. */
  readonly #names: readonly string[] | undefined;

  constructor({ description, net, fill }: ModelFile) {
    const { preprocessing } = description;
    this.description = description;
    this.inputs = inputsOf(preprocessing);
    this.classes = classesOf(preprocessing);
    this.#encoder = encoderOf(preprocessing);
    this.#decode = decoderOf(preprocessing.target);
    this.#names = preprocessing.columns?.map(({ name }) => name);
    this.#pass = new Pass(net, BATCH, fill);
  }

  predict(rows: readonly Row[]): Prediction[];
  predict(row: Row): Prediction;
  predict(given: Row | readonly Row[]): Prediction | Prediction[] {
    if (this.#isRow(given)) return this.#predict([given], () => '')[0];
    return this.#predict(given as readonly Row[], (row) => `row ${row}: `);
  }

  /** Whether it is one row, and not several. */
  #isRow(value: unknown): value is Row {
    if (!Array.isArray(value)) return true;
    return this.#names === undefined && value.length > 0 && typeof value[0] === 'number';
  }

  #predict(rows: readonly Row[], place: (row: number) => string): Prediction[] {
    const { net, x, outputs } = this.#pass;
    const all: Prediction[] = [];
    for (let first = 0; first < rows.length; first += BATCH) {
      const n = Math.min(BATCH, rows.length - first);
      for (let r = 0; r < n; r++) {
        try {
          this.#encoder.encode(this.#cells(rows[first + r]), x, r * net.inputs);
        } catch (error) {
          throw isUserError(error) ? new UserError(`${place(first + r)}${error.message}`) : error;
        }
      }
      this.#pass.run(n);
      for (let r = 0; r < n; r++) all.push(this.#decode(outputs, r * net.outputs));
    }
    return all;
  }

  /** A row's cells in the order of the model's columns. */
  #cells(row: unknown): ArrayLike<unknown> {
    if (this.#names === undefined) {
      if (!Array.isArray(row) && !ArrayBuffer.isView(row)) {
        throw new UserError(`expected an array of numbers, got ${given(row)}`);
      }
      return row as unknown as ArrayLike<unknown>;
    }
    if (typeof row !== 'object' || row === null || Array.isArray(row) || ArrayBuffer.isView(row)) {
      throw new UserError(`expected an object of columns by name, got ${given(row)}`);
    }
    return this.#names.map((name) => {
      // What every object has is no column of it.
      if (!(name in row) || (name in Object.prototype && !Object.hasOwn(row, name))) {
        throw new UserError(`column ${quoted(name)} is not there; give null where its value is missing`);
      }
      return (row as Readonly<Record<string, unknown>>)[name];
    });
  }
}

function inputsOf({ columns, matrix }: Preprocessing): ModelInput[] {
  if (columns === undefined) return matrix ? [{ type: 'matrix', ...pick(matrix) }] : [];
  return columns.map((column) =>
    column.type === 'category'
      ? { name: column.name, type: column.type, categories: [...column.categories, ...column.rare] }
      : { name: column.name, type: column.type },
  );
}

const pick = ({ features, shape }: { features: number; shape?: readonly number[] }) => ({
  features,
  ...(shape && { shape }),
});

function classesOf({ target }: Preprocessing): Model['classes'] {
  if (target.kind === 'class') return target.classes;
  if (target.kind === 'values') return undefined;
  const [only, ...others] = target.columns;
  if (others.length === 0) return only.classes;
  return Object.fromEntries(target.columns.map(({ name, classes }) => [name, classes]));
}
