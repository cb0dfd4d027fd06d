/** A prediction under way: rows become batches, batches are predicted by some thread, texts are written in order. */
import { UserError } from '../errors.js';
import { npyHeader } from '../formats/npy-write.js';
import { atWork } from '../machine/work.js';
import { type BatchForm, type BatchResult, textOf } from '../predict/batch.js';
import { BULK_ROWS, type Bulk } from '../predict/bulk.js';
import type { ModelFile } from '../predict/file.js';
import type { RowText } from '../predict/row-text.js';
import type { RowOutput } from './row-output.js';
import type { FileRow, RowFile } from './rows/file.js';

export interface PredictingOptions {
  readonly onError: 'stop' | 'null';
  readonly onProblem?: (problem: string) => void;
  readonly stop?: AbortSignal;
}

/** Batches that wait to be written before no more is read: texts, mostly, of some 50 kB each. */
const MOST_WAITING = 64;

const none: ReadonlyMap<number, string> = new Map();

export class Predicting {
  /** Rows that were written. */
  rows = 0;
  failed = 0;
  firstProblem: string | null = null;
  readonly #text: RowText;
  #begin: string | Uint8Array;
  /** Resolves once everything so far is written; one after another. */
  #written: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(
    private readonly bulk: Bulk,
    form: BatchForm,
    private readonly file: ModelFile,
    private readonly source: RowFile,
    private readonly to: RowOutput,
    private readonly options: PredictingOptions,
  ) {
    this.#text = textOf(form, file.description.precision);
    // Not before the first rows are right: a mistake in the columns leaves nothing.
    this.#begin = form.format === 'npy' ? npyHeader(0, file.net.outputs) : this.#text.begin;
  }

  /** Takes rows as they come. @throws UserError for one that the model cannot take, once those before are written */
  readonly take = async (some: readonly FileRow[]): Promise<void> => {
    for (let first = 0; first < some.length; first += BULK_ROWS) {
      this.options.stop?.throwIfAborted();
      const rows = some.length > BULK_ROWS ? some.slice(first, first + BULK_ROWS) : some;
      const lane = this.bulk.lane();
      const problems = this.#encode(rows, lane.x);
      if (problems.size > 0 && this.options.onError === 'stop') {
        const [[row, problem]] = problems;
        // Those before it are predicted first: the network may have no outputs for one of them.
        if (row > 0) this.#after(rows.slice(0, row), none, (await this.bulk.run(lane, row, [])).result);
        await this.#written;
        throw this.#refused(rows[row], problem);
      }
      const { result } = await this.bulk.run(lane, rows.length, [...problems.keys()]);
      this.#after(rows, problems, result);
      if (this.bulk.started === 1 || this.#waiting > MOST_WAITING) await this.#written;
    }
  };

  /** Everything is written. @throws what went wrong on the way */
  async end(): Promise<void> {
    await this.#written;
    await this.to.write(this.#beginning());
  }

  /** As `end`, of what was begun. */
  settled(): Promise<void> {
    return this.#written;
  }

  /** What is wrong with rows, by their places in the batch. */
  #encode(rows: readonly FileRow[], x: { [at: number]: number }): Map<number, string> {
    const { encoder } = this.bulk;
    const problems = new Map<number, string>();
    for (let r = 0; r < rows.length; r++) {
      const { cells, problem } = rows[r];
      if (problem !== undefined) {
        problems.set(r, problem);
        continue;
      }
      try {
        encoder.encode(cells, x, r * encoder.inputs);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        problems.set(r, error.message);
      }
    }
    return problems;
  }

  /** Has a batch written once it is predicted, and those before it are written. */
  #after(
    rows: readonly FileRow[],
    problems: ReadonlyMap<number, string>,
    result: Promise<BatchResult> | BatchResult,
  ): void {
    this.#waiting++;
    const before = this.#written;
    const write = async () => {
      const [found] = await Promise.all([result, before]);
      await this.#write(rows, problems, found);
      this.#waiting--;
    };
    this.#written = write();
    // Whoever waits next is told.
    this.#written.catch(() => {});
  }

  async #write(
    rows: readonly FileRow[],
    problems: ReadonlyMap<number, string>,
    { text, notFinite }: BatchResult,
  ): Promise<void> {
    const { precision } = this.file.description;
    const all = new Map(problems);
    for (const row of notFinite)
      all.set(row, `the network's outputs are not numbers in ${precision}, a value is far too large`);
    for (const row of [...all.keys()].sort((a, b) => a - b)) {
      const told = this.#refused(rows[row], all.get(row) as string);
      if (this.options.onError === 'stop') throw told;
      const message = `${this.source.placeOf(rows[row].at)}: ${all.get(row)}`;
      this.failed++;
      this.firstProblem ??= message;
      this.options.onProblem?.(message);
    }
    const begin = this.#beginning();
    if (typeof text === 'string') await this.to.write(begin + text);
    else if (text instanceof Uint8Array) {
      await this.to.write(begin);
      await this.to.write(text);
    } else {
      const kept = this.#text;
      let lines = String(begin);
      for (let r = 0; r < rows.length; r++) lines += kept.kept(rows[r].kept) + text[r];
      await this.to.write(lines);
    }
    this.rows += rows.length;
    if (!this.source.isTold) atWork({ what: 'predicting', done: this.rows, unit: 'rows' });
  }

  #beginning(): string | Uint8Array {
    const begin = this.#begin;
    this.#begin = '';
    return begin;
  }

  #refused({ at }: FileRow, problem: string): UserError {
    return new UserError(
      `${this.source.placeOf(at)}: ${problem}; with --on-error null such rows are left empty`,
    );
  }
}
