/** `exportModel`: a run's weights out, or its history, in a format that others read. */
import { dirname, join, resolve } from 'node:path';
import { didYouMean, given, UserError } from '../errors.js';
import type { Layout } from '../export/format.js';
import type { FormatName } from '../export/index.js';
import type { HistoryFormatName } from '../history/exports/index.js';
import { type Disk, makeFolder, seenFrom, writeDurably } from '../machine/disk.js';
import { atWork } from '../machine/work.js';
import { followLatest } from '../runs/latest.js';
import { checkRunDir } from '../runs/name.js';
import { weightsPath } from '../runs/weights.js';
import { checkSettings } from './settings.js';
import { writing } from './writing.js';

/** In which form a model goes out. */
export interface ExportSettings {
  /**
   * Of the model; or `csv` or `tensorboard`, which are of the run's history: it may be under way or killed, too. Default:
   * what the ending of `output` says.
   */
  format?: FormatName | HistoryFormatName;
  /** The file, or the folder of a format that is one; default: the model's name with the format's ending. */
  output?: string;
  /** How matrices lie; `torch`: units × inputs, with the names of PyTorch's nn.Sequential. Default: `in-out`. */
  layout?: Layout;
}

/** What was written. */
export interface ExportResult {
  /** As it was asked for, or followed from the output. */
  format: FormatName | HistoryFormatName;
  /** What was written: the file, or the folder. */
  path: string;
  /** Of all that was written. */
  bytes: number;
  /** What somebody who uses it has to know, a sentence each. */
  notes: readonly string[];
}

/**
 * Writes the weights that a run left in another format; with `csv` or `tensorboard` the figures of its epochs.
 * @param source a run's folder, `runs/latest`, or a file of weights
 * @throws UserError for what is not there, cannot be written, or has no form in the format
 */
export async function exportModel(source: string, settings: ExportSettings = {}): Promise<ExportResult> {
  checkRunDir(source);
  checkSettings<ExportSettings>('export', settings, { format: text, output: text, layout: text });
  const disk = seenFrom(process.cwd());
  const { formatNames, formats } = await import('../export/index.js');
  const { layouts } = await import('../export/format.js');
  const { openModel } = await import('./model-file.js');
  const { output, layout = layouts[0] } = settings;
  const { historyFormatNames } = await import('../history/exports/index.js');
  const isHistory = (each: string | undefined): each is HistoryFormatName =>
    historyFormatNames.some((one) => one === each);
  if (isHistory(settings.format)) return exportHistory(source, settings.format, settings, disk);
  const name = settings.format ?? formatNames.find((each) => output?.endsWith(formats[each].ending));
  if (name === undefined && output?.endsWith('.csv')) return exportHistory(source, 'csv', settings, disk);
  if (name === undefined || !formatNames.includes(name)) {
    const all = [...formatNames, ...historyFormatNames];
    const hint = name === undefined ? '' : didYouMean(name, all);
    throw new UserError(`--format: expected ${all.join(', ')}, got ${given(name ?? 'none')}${hint}`);
  }
  const format = formats[name];
  if (!layouts.includes(layout)) {
    throw new UserError(`--layout: expected ${layouts.join(' or ')}, got ${given(layout)}`);
  }
  if (layout !== layouts[0] && format.layouts === undefined) {
    const able = formatNames.filter((each) => formats[each].layouts);
    throw new UserError(`--layout: ${name} has one layout only; ${able.join(' and ')} have both`);
  }
  const from = await weightsPath(disk, source);
  atWork({ what: `reading ${from}` });
  const model = await openModel(disk, from);
  atWork({ what: `making ${name} of it` });
  const { files, notes } = format.encode(model, layout);
  const path = output ?? `${model.description.name}${format.ending}`;
  if (resolve(path) === resolve(from)) {
    throw new UserError(`--output: ${path} is the file that is exported; name another one`);
  }
  const place = (file: string) => (format.folder ? join(path, file) : path);
  atWork({ what: `writing ${path}` });
  await writing(path, async () => {
    await makeFolder(disk, format.folder ? path : dirname(path));
    for (const file of files) await writeDurably(disk, place(file.name), file.parts);
  });
  const bytes = files.flatMap(({ parts }) => parts).reduce((sum, { length }) => sum + length, 0);
  return { format: name, path, bytes, notes };
}

/** What a run has told of itself, rather than its weights. */
async function exportHistory(
  source: string,
  name: HistoryFormatName,
  { output, layout }: ExportSettings,
  disk: Disk,
): Promise<ExportResult> {
  if (layout !== undefined) throw new UserError(`--layout: is of weights, and ${name} has none`);
  const { historyFormats } = await import('../history/exports/index.js');
  const { readRun } = await import('../history/record.js');
  const { damageOf } = await import('../history/event-lines.js');
  atWork({ what: `reading ${source}` });
  const run = await readRun(await followLatest(disk, source), disk);
  const format = historyFormats[name];
  const path = output ?? format.output(run);
  const file = format.fileIn ? join(path, format.fileIn(run)) : path;
  const { path: data } = (run.config as { data?: { path?: unknown } }).data ?? {};
  if (typeof data === 'string' && resolve(data) === resolve(file)) {
    throw new UserError(`--output: ${path} holds the run's data; name another file`);
  }
  const parts = await format.encode(run);
  await writing(path, async () => {
    await makeFolder(disk, dirname(file));
    await writeDurably(disk, file, parts);
  });
  const bytes = parts.reduce((sum, { length }) => sum + length, 0);
  const damage = damageOf(run.folder, run.damaged);
  const none = run.epochs.length === 0 ? [`${run.folder} has told of no epoch yet`] : [];
  return { format: name, path, bytes, notes: [...none, ...(damage === undefined ? [] : [damage])] };
}

function text(value: unknown, name: string): void {
  if (typeof value !== 'string' || value === '') {
    throw new UserError(`${name}: expected a text, got ${given(value)}`);
  }
}
