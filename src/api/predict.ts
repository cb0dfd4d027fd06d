/** `predict` as a function: a model and a file of rows in, a file of predictions out, in bounded memory. */

import { UserError } from '../errors.js';
import { realDisk } from '../machine/disk.js';
import { BULK_ROWS } from '../predict/bulk.js';
import { outputColumns } from '../predict/columns.js';
import type { ModelFile } from '../predict/file.js';
import { csvOptionsOf, openModel } from './model-file.js';
import type { FileRow, RowFile } from './row-file.js';
import { outputOf, type RowFormat, rowFormats, writerOf } from './row-writer.js';
import { checkSettings, oneOf, path, signal, texts } from './settings.js';

export interface PredictSettings {
  /** File of rows: CSV or JSON Lines, gzipped or not, or Parquet, which lies in memory whole. Default: `-`, standard input. */
  input?: string;
  /** File to write to; it is not there before it is whole. Default: `-`, standard output. */
  output?: string;
  /** Columns of the input that are copied in front of the predictions. */
  keep?: readonly string[];
  /** What a row becomes that the model cannot take: `stop`, the default, ends with an error, `null` leaves it empty. */
  onError?: 'stop' | 'null';
  /** Of the output. Default: by its name, else CSV. */
  format?: RowFormat;
  /** Ends the call, which rejects with its reason. */
  signal?: AbortSignal;
}

export interface PredictResult {
  /** Rows of the input, and of the output. */
  rows: number;
  /** Those that the model could not take, with `onError: 'null'`. */
  failed: number;
  /** What was wrong with the first of them; null where none was. */
  firstProblem: string | null;
  seconds: number;
}

/**
 * Predicts every row of a file: in their order, as many as there are. Columns are found by name; others are ignored, the
 * target's among them.
 * @param model a run's folder, `runs/latest`, or a `weights.safetensors`
 * @throws UserError for a file that is no model or has not its columns, and for a row that the model cannot take
 */
export async function predict(model: string, settings: PredictSettings = {}): Promise<PredictResult> {
  checkSettings<PredictSettings>('predict', settings, {
    input: path,
    output: path,
    keep: texts,
    onError: oneOf('stop', 'null'),
    format: oneOf(...rowFormats),
    signal,
  });
  const { input = '-', output = '-', keep = [], onError = 'stop', signal: stop } = settings;
  const format = settings.format ?? (/\.(jsonl|ndjson)$/i.test(output) ? 'jsonl' : 'csv');
  const started = performance.now();
  const file = await openModel(realDisk, model);
  const { bulkOf } = await import('../predict/bulk.js');
  const bulk = await bulkOf(file);
  const { preprocessing, precision } = file.description;
  const { names, values } = outputColumns(preprocessing.target);
  const twice = keep.find((name, k) => names.includes(name) || keep.indexOf(name) < k);
  if (twice !== undefined) throw new UserError(`--keep: the output has a column "${twice}" already`);
  const columns = preprocessing.columns?.map(({ name }) => name);
  if (columns === undefined && keep.length > 0) {
    throw new UserError('--keep: this model takes rows of numbers, which have no columns to be kept');
  }
  const rows = await rowsOf(input, file);
  const write = writerOf(format, [...keep, ...names], precision);
  const target = await outputOf(output);
  const { inputs } = bulk.encoder;
  const outputs = file.net.outputs;
  const result = { rows: 0, failed: 0, firstProblem: null as string | null };
  const refuse = (problem: string) => {
    if (onError === 'stop') throw new UserError(`${problem}; with --on-error null such rows are left empty`);
    result.failed++;
    result.firstProblem ??= problem;
  };
  try {
    // Not before the first rows are right: a mistake in the columns leaves nothing.
    let begin = write.begin;
    await rows.each(columns && [...columns, ...keep], async (some) => {
      for (let first = 0; first < some.length; first += BULK_ROWS) {
        stop?.throwIfAborted();
        const batch = some.slice(first, first + BULK_ROWS);
        const isWhole = batch.map((row, r) => {
          const problem = problemOf(row, () => bulk.encoder.encode(row.cells, bulk.x, r * inputs));
          if (problem === undefined) return true;
          refuse(problem);
          return false;
        });
        bulk.run(batch.length);
        for (const [r, { place }] of batch.entries()) {
          const end = (r + 1) * outputs;
          if (!isWhole[r] || bulk.outputs.subarray(r * outputs, end).every(Number.isFinite)) continue;
          refuse(`${place}: the network's outputs are not numbers in ${precision}, a value is far too large`);
          isWhole[r] = false;
        }
        const text = batch.map(({ cells }, r) =>
          write.row(
            columns === undefined ? [] : cells.slice(columns.length),
            isWhole[r] ? values(bulk.outputs, r * outputs) : names.map(() => null),
          ),
        );
        await target.write(begin + text.join(''));
        begin = '';
        result.rows += batch.length;
      }
    });
    await target.write(begin);
    await target.close();
  } catch (error) {
    await target.abandon();
    throw error;
  }
  return { ...result, seconds: (performance.now() - started) / 1000 };
}

/** What is wrong with a row, with its place; undefined where nothing is. */
function problemOf({ place, problem }: FileRow, encode: () => void): string | undefined {
  if (problem !== undefined) return `${place}: ${problem}`;
  try {
    encode();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return `${place}: ${error.message}`;
    throw error;
  }
}

/** The input in its format: by its name JSON Lines or Parquet, else CSV as the training's file was. */
export async function rowsOf(input: string, file: ModelFile): Promise<RowFile> {
  const { csvRows, jsonlRows, tableRows } = await import('./row-file.js');
  if (/\.(jsonl|ndjson|json)(\.gz)?$/i.test(input)) return jsonlRows(input);
  if (/\.(parquet|pq)$/i.test(input)) {
    const { parquetReader } = await import('../data/table/parquet-reader.js');
    return tableRows(await parquetReader(input), file.description.preprocessing.columns);
  }
  return csvRows(input, csvOptionsOf(input, file));
}
