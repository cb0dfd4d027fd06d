/** Evaluates weights that are there already: the loss and every metric over a part of the data, or over another file. */
import type { Config } from '../config/schema.js';
import { narrowed, withEach } from '../data/each.js';
import { openData } from '../data/index.js';
import { fittedMatrix } from '../data/matrix/fitted-source.js';
import { type DataSource, preprocessingOf } from '../data/source.js';
import { fittedSource } from '../data/table/fitted-source.js';
import type { TableOptions } from '../data/table/options.js';
import type { TableReader } from '../data/table/reader.js';
import { UserError } from '../errors.js';
import type { EvaluatedFile, EvaluateOptions } from '../evaluate-options.js';
import { isMapping } from '../formats/json.js';
import type { Tensors } from '../formats/safetensors-bytes.js';
import { atWork } from '../machine/work.js';
import { losses } from '../model/losses/index.js';
import { learningTask } from '../model/metrics/task.js';
import { EVALUATION_ROWS } from '../plan/layout.js';
import { type Preprocessing, slotsOf } from '../preprocess/fitted.js';
import type { InsightsRequest } from '../protocol.js';
import { keyed, shuffle } from '../random.js';
import type { Evaluated, Importance } from '../results.js';
import { view } from '../shared/arena.js';
import { Word } from '../shared/control.js';
import { notCut } from './abandon.js';
import type { Evaluation } from './evaluation.js';
import { insightsOf } from './insights/index.js';
import { contextOf, eachOf } from './network.js';
import { allMetrics } from './objective.js';
import { dataProvenance } from './provenance.js';
import { buffersByName, parametersByName } from './results.js';
import { Workspace } from './workspace.js';

const TOLD_EVERY_MS = 100;

/**
 * @param config as it was recorded
 * @throws UserError for data that are not those of the run, and for a file that the model has no place for
 */
export async function evaluateWeights(config: Config, options: EvaluateOptions): Promise<Evaluated> {
  const { input, part, threads, tensors, importance } = options;
  atWork({ what: 'reading the data' });
  const source = await notCut(() => sourceOf(config, options));
  atWork({ what: 'reading the rows into memory' });
  const workspace = await Workspace.open(withAllMetrics(config, source), source, threads, {
    weightsFollow: true,
  });
  try {
    const { setup, split } = workspace;
    if (input === null) {
      await checkData(workspace, options.data);
      // The hash of the data is also of their weights.
      if (options.weight === null) view(setup.memory, setup.layout.weights.sample).fill(1);
    }
    putWeights(workspace, tensors);
    const rows = part === 'validation' ? part : 'test';
    if (split[rows].length === 0) throw new UserError(`--split: the run has no ${part} rows`);
    const evaluation = await watched(workspace, rows, '', () => workspace.evaluate(rows));
    return {
      rows: split[rows].length,
      ...evaluation,
      importance:
        importance > 0 ? await importanceOf(workspace, config.seed, rows, evaluation, importance) : null,
    };
  } finally {
    await workspace.close();
  }
}

/**
 * What there is to see in weights of a run that has not told it: one that was killed, or is under way.
 * @param config as it was recorded
 * @throws UserError for data that are not those of the run
 */
export async function insightsInto(config: Config, request: InsightsRequest) {
  const { threads, tensors, data, steps, cache } = request;
  const source = await notCut(() => openData(config.data, contextOf(config, cache)));
  const workspace = await Workspace.open(config, source, threads, { weightsFollow: true });
  try {
    await checkData(workspace, data);
    putWeights(workspace, tensors);
    return await insightsOf(workspace, { examples: steps * workspace.setup.batchSize });
  } finally {
    await workspace.close();
  }
}

/** Puts weights in the place of those that were drawn. @throws UserError where one is missing */
export function putWeights(workspace: Workspace, tensors: Tensors): void {
  const { setup, parameters, buffers } = workspace;
  const values = { ...parametersByName(setup.net, parameters), ...buffersByName(setup.net, buffers) };
  for (const [name, { data }] of Object.entries(values)) {
    const found = tensors[name];
    if (found?.data.length !== data.length)
      throw new UserError(`the weights have no tensor "${name}" for these data`);
    data.set(found.data);
  }
  workspace.beginAverages();
}

/** Tells how many rows of an evaluation have been taken, while it lasts. */
async function watched<T>(
  { words, split }: Workspace,
  part: 'validation' | 'test',
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const total = split[part].length;
  const tell = () => {
    const done = Math.min(total, Atomics.load(words, Word.nextPiece) * EVALUATION_ROWS);
    atWork({ what: `evaluating${what}`, done, total, unit: 'rows' });
  };
  const timer = setInterval(tell, TOLD_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    atWork(undefined);
  }
}

async function sourceOf(config: Config, options: EvaluateOptions): Promise<DataSource> {
  const each = eachOf(config.loss);
  if (each === undefined || options.input === null) return ownSourceOf(config, options);
  const preprocessing = narrowed(options.preprocessing, each);
  return withEach(await ownSourceOf(config, { ...options, preprocessing }), each);
}

/** With one output for each target. */
async function ownSourceOf(
  config: Config,
  { input, preprocessing, part, weight, cache }: EvaluateOptions,
): Promise<DataSource> {
  if (input === null) {
    const source = await openData(config.data, contextOf(config, cache));
    return part === 'train' ? trainAsTest(source) : source;
  }
  if (input.format === 'npy') return fittedMatrix(input.path, input.target, preprocessing);
  if (input.format === 'images') {
    return (await import('../data/pictures/fitted-source.js')).fittedPictures(input.path, preprocessing);
  }
  if (preprocessing.columns === undefined) {
    throw new UserError(
      `${input.path}: the model takes rows of numbers, and this is a table or a list; evaluate arrays of NumPy, with ` +
        '--input x.npy --target y.npy',
    );
  }
  // What is recorded of a table names every column of it that is an input.
  const data: Readonly<Record<string, unknown>> = config.data;
  const options = isMapping(data.columns) ? (data as unknown as TableOptions) : undefined;
  return fittedSource(await readerOf(input, preprocessing), preprocessing, {
    weight: weight ?? undefined,
    options,
  });
}

async function readerOf(
  input: Exclude<EvaluatedFile, { format: 'npy' | 'images' }>,
  { columns = [] }: Preprocessing,
): Promise<TableReader> {
  switch (input.format) {
    case 'csv': {
      const { csvReader } = await import('../data/table/csv-reader.js');
      const own = await csvReader(input.path, { ...input.csv, header: undefined });
      // Where the training's file had no line of names, this one may.
      const isNamed = columns.every(({ name }) => own.names.includes(name));
      return input.csv.header === undefined || isNamed ? own : csvReader(input.path, input.csv);
    }
    case 'jsonl':
      return (await import('../data/table/jsonl-reader.js')).jsonlReader(input.path);
    case 'parquet':
      return (await import('../data/table/parquet-reader.js')).parquetReader(input.path);
  }
}

/** The same data, the training rows in the place of the test rows: these are what is ever evaluated. */
function trainAsTest(source: DataSource): DataSource {
  const { parts } = source;
  return {
    ...source,
    parts: { ...parts, test: parts.train },
    split(seed) {
      const drawn = source.split(seed);
      return { ...drawn, test: drawn.train };
    },
  };
}

/** A run's split is a draw among its rows: with others it would be another one. */
export async function checkData(
  workspace: Workspace,
  data: EvaluateOptions['data'],
  advice = '; evaluate a file of rows with --input',
): Promise<void> {
  const found = await dataProvenance(workspace);
  if (data === null || found.sha256 === data.sha256) return;
  throw new UserError(`data: are not those that the run was trained on, so its split is not known${advice}`);
}

/** The configuration with all metrics that make sense, and no other purpose than to evaluate. */
function withAllMetrics(config: Config, { targets, outputs }: DataSource): Config {
  const task = learningTask(losses[config.loss.name], targets.kind, outputs);
  const metrics = allMetrics(config, task, outputs);
  const validate = { ...config.train.validate, metrics, monitor: 'loss' };
  return { ...config, train: { ...config.train, validate, stop: undefined } } as Config;
}

/**
 * Permutation importance (Breiman 2001): how much worse the figures become where a column's values are shuffled among
 * the rows; the mean over so many shuffles, each keyed by the seed, the column and its number.
 */
async function importanceOf(
  workspace: Workspace,
  seed: number,
  part: 'validation' | 'test',
  { loss, metrics }: Evaluation,
  repeats: number,
): Promise<Importance[]> {
  const { setup, split, source } = workspace;
  const { columns } = preprocessingOf(source);
  if (columns === undefined) throw new UserError('--importance: is of columns, and the data have none');
  const features = view(setup.memory, setup.layout.features);
  const width = source.features;
  const rows = split[part];
  const found: Importance[] = [];
  let from = 0;
  for (const column of columns) {
    const to = from + slotsOf(column).length;
    const kept = Array.from(rows, (row) => features.slice(row * width + from, row * width + to));
    const put = (order: Uint32Array) => {
      for (const [k, row] of rows.entries()) features.set(kept[order[k]] as never, row * width + from);
    };
    const inOrder = () => Uint32Array.from(rows.keys());
    const sums = { loss: 0, metrics: {} as Record<string, number> };
    for (let repeat = 0; repeat < repeats; repeat++) {
      put(shuffle(inOrder(), keyed(seed, 'importance', column.name, repeat)));
      const turn = ` with ${column.name} shuffled`;
      const other = await watched(workspace, part, turn, () => workspace.evaluate(part));
      sums.loss += Number(other.loss) - Number(loss);
      for (const [name, value] of Object.entries(metrics)) {
        const now = other.metrics[name];
        if (typeof value === 'number' && typeof now === 'number') {
          sums.metrics[name] = (sums.metrics[name] ?? 0) + now - value;
        }
      }
    }
    put(inOrder());
    const mean = Object.fromEntries(Object.entries(sums.metrics).map(([name, sum]) => [name, sum / repeats]));
    found.push({ column: column.name, loss: sums.loss / repeats, metrics: mean });
    from = to;
  }
  return found.sort((a, b) => b.loss - a.loss);
}
