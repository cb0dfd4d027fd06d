/** `exportModel`: a run's weights out, in a format that others read. */
import { dirname, join, resolve } from 'node:path';
import { didYouMean, given, UserError } from '../errors.js';
import type { Layout } from '../export/format.js';
import type { FormatName } from '../export/index.js';
import { makeFolder, reasonOf, seenFrom, writeDurably } from '../machine/disk.js';
import { checkRunDir } from '../runs/name.js';
import { weightsPath } from '../runs/weights.js';
import { checkSettings } from './settings.js';

export interface ExportSettings {
  /** Default: what the ending of `output` says. */
  format?: FormatName;
  /** The file, or the folder of a format that is one; default: the model's name with the format's ending. */
  output?: string;
  /** How matrices lie; `torch`: units × inputs, with the names of PyTorch's nn.Sequential. Default: `in-out`. */
  layout?: Layout;
}

export interface ExportResult {
  format: FormatName;
  /** What was written: the file, or the folder. */
  path: string;
  bytes: number;
  /** What somebody who uses it has to know, a sentence each. */
  notes: readonly string[];
}

/**
 * Writes the weights that a run left in another format.
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
  const name = settings.format ?? formatNames.find((each) => output?.endsWith(formats[each].ending));
  if (name === undefined || !formatNames.includes(name)) {
    const hint = name === undefined ? '' : didYouMean(name, formatNames);
    throw new UserError(`--format: expected ${formatNames.join(', ')}, got ${given(name ?? 'none')}${hint}`);
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
  const model = await openModel(disk, from);
  const { files, notes } = format.encode(model, layout);
  const path = output ?? `${model.description.name}${format.ending}`;
  if (resolve(path) === resolve(from)) {
    throw new UserError(`--output: ${path} is the file that is exported; name another one`);
  }
  const place = (file: string) => (format.folder ? join(path, file) : path);
  try {
    await makeFolder(disk, format.folder ? path : dirname(path));
    for (const file of files) await writeDurably(disk, place(file.name), file.parts);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new UserError(`${path}: cannot be written (${reason})`);
  }
  const bytes = files.flatMap(({ parts }) => parts).reduce((sum, { length }) => sum + length, 0);
  return { format: name, path, bytes, notes };
}

function text(value: unknown, name: string): void {
  if (typeof value !== 'string' || value === '') {
    throw new UserError(`${name}: expected a text, got ${given(value)}`);
  }
}
