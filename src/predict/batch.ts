/**
 * A batch of rows from inputs to text, by the kernels: what any thread does of a prediction in bulk. Knows nothing of where
 * rows come from and go to. For Node alone.
 */
import { wasm } from '../engines/wasm.js';
import type { FittedTarget } from '../preprocess/fitted.js';
import { outputColumns, plainOutputs } from './columns.js';
import { EnginePass, type PassPlan } from './engine-pass.js';
import { type RowFormat, type RowText, rowText, type TextFormat } from './row-text.js';

/** What becomes of outputs. Plain data. */
export interface BatchForm {
  readonly format: RowFormat;
  readonly target: FittedTarget;
  /** Names of the columns that stand in front of the model's own. */
  readonly kept: readonly string[];
}

/** All that a thread needs to know; can be posted. */
export interface BatchSetup {
  readonly memory: WebAssembly.Memory;
  readonly kernels: WebAssembly.Module;
  readonly plan: PassPlan;
  readonly form: BatchForm;
}

/** What a batch comes to. */
export interface BatchResult {
  /** What its rows are in the file; where columns are kept the end of each, for something else stands in front of it. */
  readonly text: string | Uint8Array | readonly string[];
  /** Rows, by their places in the batch, whose outputs are not finite; they are left empty. */
  readonly notFinite: readonly number[];
}

/** The batches of one thread. */
export class Batches {
  readonly #setup: BatchSetup;
  readonly #engine;
  readonly #lanes: (EnginePass | undefined)[] = [];
  readonly #write: (pass: EnginePass, rows: number, isEmpty: ReadonlySet<number>) => BatchResult['text'];

  constructor(setup: BatchSetup) {
    const { memory, kernels, plan, form } = setup;
    const { precision } = plan;
    this.#setup = setup;
    this.#engine = wasm.create({ name: 'wasm' }, { precision, memory, kernels });
    this.#write = form.format === 'npy' ? numbers(form) : texts(form.format, form, textOf(form, precision));
  }

  /** The pass of a lane, over memory that all threads see. */
  lane(lane: number): EnginePass {
    const { plan, memory } = this.#setup;
    this.#lanes[lane] ??= new EnginePass(plan, this.#engine, memory.buffer, lane);
    return this.#lanes[lane];
  }

  /**
   * Predicts the first `rows` rows of a lane's inputs.
   * @param wrong those that are none, by their places; they are left empty
   */
  run(lane: number, rows: number, wrong: readonly number[]): BatchResult {
    const pass = this.lane(lane);
    pass.run(rows);
    const { outputs, plan } = pass;
    const width = plan.net.outputs;
    const isEmpty = new Set(wrong);
    const notFinite: number[] = [];
    for (let r = 0; r < rows; r++) {
      // Less a difference of equals, what is not finite is NaN.
      let rest = 0;
      for (let at = r * width; at < (r + 1) * width; at++) rest += outputs[at] - outputs[at];
      if (rest === 0 || isEmpty.has(r)) continue;
      notFinite.push(r);
      isEmpty.add(r);
    }
    return { text: this.#write(pass, rows, isEmpty), notFinite };
  }
}

/** What the rows of a file of text look like. */
export function textOf({ format, target, kept }: BatchForm, precision: PassPlan['precision']): RowText {
  return rowText(format === 'jsonl' ? 'jsonl' : 'csv', kept, outputColumns(target).names, precision);
}

function texts(format: TextFormat, { target, kept }: BatchForm, text: RowText) {
  const { names, values } = outputColumns(target);
  const empty = text.values(names.map(() => null));
  const front = format === 'jsonl' ? text.kept([]) : '';
  return ({ outputs, plan }: EnginePass, rows: number, isEmpty: ReadonlySet<number>) => {
    const width = plan.net.outputs;
    const of = (r: number) => (isEmpty.has(r) ? empty : text.values(values(outputs, r * width)));
    if (kept.length > 0) return Array.from({ length: rows }, (_, r) => of(r));
    let all = '';
    for (let r = 0; r < rows; r++) all += front + of(r);
    return all;
  };
}

/** The bytes of NPY, little-endian. */
function numbers({ target }: BatchForm) {
  const plain = plainOutputs(target);
  return ({ outputs, plan }: EnginePass, rows: number, isEmpty: ReadonlySet<number>) => {
    const width = plan.net.outputs;
    const row = new Float64Array(width);
    const bytes = new Uint8Array(rows * width * 8);
    const view = new DataView(bytes.buffer);
    for (let r = 0; r < rows; r++) {
      if (isEmpty.has(r)) row.fill(Number.NaN);
      else plain(outputs, r * width, row);
      for (let k = 0; k < width; k++) view.setFloat64((r * width + k) * 8, row[k], true);
    }
    return bytes;
  };
}
