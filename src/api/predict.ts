/** `predict` as a function: a model and a file of rows in, a file of predictions out, in bounded memory. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../errors.js';
import { npyHeader } from '../formats/npy-write.js';
import { availableCores } from '../machine/cores.js';
import { realDisk } from '../machine/disk.js';
import { renameWork } from '../machine/work.js';
import type { BatchForm } from '../predict/batch.js';
import { outputColumns } from '../predict/columns.js';
import { type RowFormat, rowFormats } from '../predict/row-text.js';
import { openModel } from './model-file.js';
import { outputOf } from './row-output.js';
import { type InputFormat, inputFormats, rowsOf } from './rows/index.js';
import { checkSettings, listener, oneOf, path, signal, texts, threads } from './settings.js';

/** With `auto`: more threads wait for the one that reads. */
const MOST_THREADS = 16;

/** What is read, what is written, and how. */
export interface PredictSettings {
  /**
   * File of rows: CSV or JSON Lines, gzipped or not, Parquet, an array (`x.npy`, `d.npz#x`), a picture or a folder of
   * them. Default: `-`, standard input.
   */
  input?: string;
  /** What the input is. Default: by its name, else by what it begins with. */
  inputFormat?: InputFormat;
  /** File to write to; it is not there before it is whole. Default: `-`, standard output. */
  output?: string;
  /** Columns of the input that are copied in front of the predictions. Default: none; of pictures `file`. */
  keep?: readonly string[];
  /** What a row becomes that the model cannot take: `stop`, the default, ends with an error, `null` leaves it empty. */
  onError?: 'stop' | 'null';
  /** Told of each row that is left empty: its place, and what is wrong with it. */
  onProblem?: (problem: string) => void;
  /** Of the output. Default: by its name, else CSV. */
  format?: RowFormat;
  /** At most; they are started once it pays. Default: `auto`, as many as there are cores. What is written is the same. */
  threads?: number | 'auto';
  /** Ends the call, which rejects with its reason. */
  signal?: AbortSignal;
}

/** What became of a file of rows. */
export interface PredictResult {
  /** Rows of the input, and of the output. */
  rows: number;
  /** Those that the model could not take, with `onError: 'null'`. */
  failed: number;
  /** What was wrong with the first of them; null where none was. */
  firstProblem: string | null;
  /** Threads that predicted at the end. */
  threads: number;
  /** From the call to the last row written. */
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
    inputFormat: oneOf(...inputFormats),
    output: path,
    keep: texts,
    onError: oneOf('stop', 'null'),
    onProblem: listener,
    format: oneOf(...rowFormats),
    threads,
    signal,
  });
  const { input = '-', output = '-', onError = 'stop', onProblem, signal: stop } = settings;
  const format = settings.format ?? formatOf(output);
  const wanted = settings.threads ?? 'auto';
  const started = performance.now();
  const file = await openModel(realDisk, model);
  const { bulkOf } = await import('../predict/bulk.js');
  const { Predicting } = await import('./predicting.js');
  const { preprocessing } = file.description;
  const { target } = preprocessing;
  const rows = await rowsOf(input, file, settings.inputFormat);
  await refuseItself(input, output);
  const keep = [...new Set(settings.keep ?? (format === 'npy' ? [] : rows.usuallyKept) ?? [])];
  if (format === 'npy' && keep.length > 0) {
    throw new UserError(
      '--keep: a file of numbers has no place for columns of the input; write CSV or JSON Lines',
    );
  }
  if (format === 'npy' && output === '-') {
    throw new UserError(
      '--format: npy begins with the number of its rows, so it needs a file; add --output out.npy',
    );
  }
  const { names } = outputColumns(target);
  const form: BatchForm = { format, target, kept: keptNames(keep, names) };
  const bulk = await bulkOf(file, {
    threads: wanted === 'auto' ? Math.min(MOST_THREADS, availableCores()) : wanted,
    form,
  });
  try {
    const to = await outputOf(output);
    const predicting = new Predicting(bulk, form, file, rows, to, { onError, onProblem, stop });
    try {
      const columns = preprocessing.columns?.map(({ name }) => name);
      // Predictions that are seen at a terminal say themselves how far they are.
      renameWork(output === '-' && process.stdout.isTTY ? null : 'predicting');
      await rows.each(
        { columns, keep, width: preprocessing.matrix?.features, all: onError === 'null' },
        predicting.take,
      );
      await predicting.end();
      await to.close(format === 'npy' ? npyHeader(predicting.rows, file.net.outputs) : undefined);
    } catch (error) {
      // What came before is written first, or found wrong first, for any number of threads.
      const first = await predicting.settled().catch((earlier: unknown) => ({ earlier }));
      await to.abandon();
      throw first ? first.earlier : error;
    }
    const { rows: count, failed, firstProblem } = predicting;
    const seconds = (performance.now() - started) / 1000;
    return { rows: count, failed, firstProblem, threads: bulk.started, seconds };
  } finally {
    renameWork(undefined);
    await bulk.close();
  }
}

/** @throws UserError where the output is the input, by whatever name */
async function refuseItself(input: string, output: string): Promise<void> {
  if (input === '-' || output === '-') return;
  const placeOf = (path: string) => realpath(path).catch(() => resolve(path));
  if ((await placeOf(input.replace(/#[^#]*$/, ''))) !== (await placeOf(output))) return;
  throw new UserError(`--output: ${output} is the file that is read; name another one`);
}

function formatOf(output: string): RowFormat {
  if (/\.(jsonl|ndjson)$/i.test(output)) return 'jsonl';
  return /\.npy$/i.test(output) ? 'npy' : 'csv';
}

/** The kept columns as the output has them: where the model's own have such a name, it ends in `_input`. */
function keptNames(keep: readonly string[], own: readonly string[]): string[] {
  const taken = new Set(own);
  return keep.map((name) => {
    let free = name;
    while (taken.has(free) || (free !== name && keep.includes(free))) free += '_input';
    taken.add(free);
    return free;
  });
}
