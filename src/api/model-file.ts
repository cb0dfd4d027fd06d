/** The model that a run has left, by the run's folder or by the file. */
import { createHash } from 'node:crypto';
import { shortened } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import { encodings } from '../formats/text-file.js';
import { type Disk, readWhole } from '../machine/disk.js';
import { type ModelFile, readModel } from '../predict/file.js';
import type { FittedTarget } from '../preprocess/fitted.js';
import { checkRunDir } from '../runs/name.js';
import { weightsPath } from '../runs/weights.js';
import type { CsvRowOptions } from './rows/csv.js';

/** Bytes of a model's file: a run's memory is at most 4 GiB. */
const MOST_BYTES = 2 ** 32;

/** @param given a run's folder, `runs/latest`, or a file @throws UserError where there is no model to predict with */
export async function openModel(disk: Disk, given: string): Promise<ModelFile> {
  const path = await weightsPath(disk, checkRunDir(given));
  return readModel(await readWhole(disk, path, MOST_BYTES), shortened(path, 1000), (data) =>
    createHash('sha256').update(data).digest('hex'),
  );
}

/** The configuration that the model was trained with, as it was recorded; undefined where the file does not say. */
export function recordedRun({ metadata }: Pick<ModelFile, 'metadata'>): Record<string, unknown> | undefined {
  const run = parseJson(metadata.run ?? '');
  return isMapping(run) ? run : undefined;
}

/** How the training's CSV file was written, with which a file of new rows is read. */
export function csvOptionsOf(input: string, file: ModelFile): CsvRowOptions {
  const config = recordedRun(file)?.config;
  const data = isMapping(config) && isMapping(config.data) ? config.data : {};
  const { delimiter, encoding, trim, header } = data;
  const byName = /\.tsv(\.gz)?$/i.test(input) ? '\t' : ',';
  return {
    delimiter: delimiter === 'tab' ? '\t' : typeof delimiter === 'string' ? delimiter : byName,
    encoding: encodings.find((one) => one === encoding),
    trim: trim === true,
    header: Array.isArray(header) ? header.map(String) : undefined,
    absent: targetsOf(file.description.preprocessing.target),
  };
}

/** The columns that a model predicts. */
export function targetsOf(target: FittedTarget): readonly string[] {
  return target.kind === 'class' ? [target.column] : target.columns.map(({ name }) => name);
}
