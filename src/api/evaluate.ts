/** `evaluate` as a function: how good are the weights that a run has left? */
import { resolve } from 'node:path';
import { UserError } from '../errors.js';
import type { EvaluatedFile } from '../evaluate-options.js';
import { isMapping } from '../formats/json.js';
import { cacheFolder } from '../machine/cache-folder.js';
import { realDisk, seenFrom } from '../machine/disk.js';
import type { Table } from '../model/metrics/index.js';
import type { ModelDescription } from '../predict/description.js';
import type { ModelFile } from '../predict/file.js';
import { recordedRun } from '../predict/recorded.js';
import type { ClassFigures, EvaluateResult } from '../results.js';
import { inSession } from './call.js';
import { csvOptionsOf, openModel } from './model-file.js';
import { formatOf } from './rows/index.js';
import { cache, checkSettings, flag, oneOf, path, signal, threads, wholeFrom } from './settings.js';

/** What is evaluated, and how. */
export interface EvaluateSettings {
  /** Part of the run's own data. Default: `test`, or `validation` where it has no test rows. */
  split?: 'train' | 'validation' | 'test';
  /**
   * A file with the model's columns and targets, in place of the run's data: CSV, JSON Lines or Parquet; or the rows of
   * an array, `x.npy` or `d.npz#x`.
   */
  input?: string;
  /** The array of what is to be predicted of that array's rows. */
  target?: string;
  /** Whether rows count in the loss as the weights of the run's data say. Default: true. */
  weight?: boolean;
  /** As of `train`. */
  cache?: boolean | string;
  /** How often each column is shuffled for its permutation importance; default 0: not at all. */
  importance?: number;
  /** As of `train`. */
  threads?: number | 'auto';
  /** Ends the call, which rejects with its reason. */
  signal?: AbortSignal;
}

/**
 * Computes the loss and every metric of the task, over a part of the run's data as it was split then, or over another file.
 * @param model a run's folder, `runs/latest`, or a `weights.safetensors`
 * @throws UserError for a file that is no model, and for data that are not what it needs
 */
export async function evaluate(model: string, settings: EvaluateSettings = {}): Promise<EvaluateResult> {
  checkSettings<EvaluateSettings>('evaluate', settings, {
    split: oneOf('train', 'validation', 'test'),
    input: path,
    target: path,
    weight: flag,
    cache,
    importance: wholeFrom(0),
    threads,
    signal,
  });
  const { input, split, importance = 0, threads: wanted = 'auto' } = settings;
  if (settings.target !== undefined && input === undefined) {
    throw new UserError('--target: is of the rows of --input, and there is none');
  }
  if (input !== undefined && split !== undefined) {
    throw new UserError('--split: is of the data of the run, and does not go with --input');
  }
  if (input === '-')
    throw new UserError('--input: expected a file, which is read more than once, got standard input');
  const started = performance.now();
  return inSession(undefined, settings.signal, async ({ session, cwd }) => {
    const file = await openModel(seenFrom(cwd, realDisk), model);
    const { description, where } = file;
    const run = recordedRun(file);
    if (run === undefined) throw new UserError(`${where}: does not say what it came of`);
    const { defaults, missingEngine, recordedConfig } = await import('../config/load.js');
    // With an engine that is no more the run cannot be repeated, but its figures are the same but for rounding.
    const engine = missingEngine(run.engine) === undefined ? {} : { engine: defaults.engine };
    const config = recordedConfig(run.config, engine, where);
    const part = split ?? 'test';
    const data: Readonly<Record<string, unknown>> = config.data;
    if (input === undefined && part === 'train' && data.stream !== undefined) {
      throw new UserError(
        '--split: training rows of streamed data do not lie in memory; evaluate validation or test, or with --input',
      );
    }
    if (importance > 0 && description.preprocessing.columns === undefined) {
      throw new UserError('--importance: is of columns, and the model takes rows of numbers');
    }
    const weight = typeof data.weight === 'string' && settings.weight !== false ? data.weight : null;
    const evaluated = await session.evaluate(config, {
      threads: wanted,
      tensors: file.tensors,
      part,
      data: isMapping(run.data) ? { sha256: String(run.data.sha256) } : null,
      input: input === undefined ? null : await fileOf(resolve(cwd, input), file, settings.target, cwd),
      weight,
      cache: cacheFolder(settings.cache),
      preprocessing: description.preprocessing,
      importance,
    });
    const { target } = description.preprocessing;
    const classes = classesOf(description);
    const table = evaluated.metrics['per-class'];
    return {
      of: input ?? part,
      task: description.task,
      ...evaluated,
      classes,
      perClass: Array.isArray(table) ? namedClasses(table, namesOf(description)) : null,
      scaledTarget:
        target.kind === 'values' && target.columns.some(({ scale }) => scale.spread !== 1 || scale.log),
      seconds: (performance.now() - started) / 1000,
    };
  });
}

/** The file, and how it is read. */
async function fileOf(
  path: string,
  file: ModelFile,
  target: string | undefined,
  cwd: string,
): Promise<EvaluatedFile> {
  const format = await formatOf(path);
  if (format === 'npy') {
    if (target !== undefined) return { format, path, target: resolve(cwd, target) };
    throw new UserError(
      '--target: expected the array of what is to be predicted, as --target y.npy, got none',
    );
  }
  if (target !== undefined) {
    throw new UserError(
      format === 'images'
        ? '--target: is of arrays; of pictures the folders that they are in are what is to be predicted'
        : '--target: is of arrays; a table has what is to be predicted in its columns',
    );
  }
  return format === 'csv' ? { format, path, csv: csvOptionsOf(path, file) } : { format, path };
}

function classesOf({ preprocessing, task }: ModelDescription): readonly string[] | null {
  const { target, columns } = preprocessing;
  if (target.kind === 'class') return target.classes;
  // Shares of classes in columns of a table are called as these are.
  if (target.kind === 'values' && task === 'classification' && columns !== undefined) {
    return target.columns.map(({ name }) => name);
  }
  return target.kind === 'binary' && target.columns.length === 1 ? target.columns[0].classes : null;
}

/** The names of the lines of a table of classes: of several columns, these. */
function namesOf(description: ModelDescription): readonly string[] {
  const { target } = description.preprocessing;
  // One column of shares has two classes without names.
  if (description.task === 'binary' && target.kind === 'values') return [];
  return classesOf(description) ?? (target.kind === 'class' ? [] : target.columns.map(({ name }) => name));
}

/** The metric `per-class` with the classes' names. */
function namedClasses(table: Table, names: readonly string[]): ClassFigures[] {
  return table.map(([precision, recall, f1, rows], k) => ({
    name: names[k] ?? String(k),
    rows: rows ?? 0,
    precision,
    recall,
    f1,
  }));
}
