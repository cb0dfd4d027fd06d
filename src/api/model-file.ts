/** The model that a run has left, by the run's folder or by the file. */
import { createHash } from 'node:crypto';
import { shortened } from '../errors.js';
import { type Disk, readWhole } from '../machine/disk.js';
import { type ModelFile, readModel } from '../predict/file.js';
import { csvFormOf } from '../predict/recorded.js';
import type { FittedTarget } from '../preprocess/fitted.js';
import { checkRunDir } from '../runs/name.js';
import { weightsPath } from '../runs/weights.js';
import type { CsvRowOptions } from './rows/csv.js';

/** Bytes of a model's file: a run's memory is at most 4 GiB. */
const MOST_BYTES = 2 ** 32;

/**
 * @param given a run's folder, `runs/latest`, or a file: of weights, or ONNX or JSON that gradpool has exported
 * @throws UserError where there is no model to predict with
 */
export async function openModel(disk: Disk, given: string): Promise<ModelFile> {
  const path = await weightsPath(disk, checkRunDir(given));
  const bytes = await readWhole(disk, path, MOST_BYTES);
  const where = shortened(path, 1000);
  // Weights have a bracket after their eight bytes of length: nobody who has some waits for what reads the others.
  if (bytes[8] !== 0x7b || bytes[0] === 0x7b) {
    const { exportedAs, exportedModel } = await import('../import/exported.js');
    const as = exportedAs(bytes);
    if (as !== undefined) return exportedModel(bytes, as, where);
  }
  return readModel(bytes, where, (data) => createHash('sha256').update(data).digest('hex'));
}

/** How the training's CSV file was written, with which a file of new rows is read. */
export function csvOptionsOf(input: string, file: ModelFile): CsvRowOptions {
  const { delimiter, encoding, trim, header } = csvFormOf(file.metadata);
  const byName = /\.tsv(\.gz)?$/i.test(input) ? '\t' : ',';
  return {
    delimiter: delimiter === 'tab' ? '\t' : (delimiter ?? byName),
    encoding,
    trim: trim === true,
    header,
    absent: targetsOf(file.description.preprocessing.target),
  };
}

/** The columns that a model predicts. */
export function targetsOf(target: FittedTarget): readonly string[] {
  return target.kind === 'class' ? [target.column] : target.columns.map(({ name }) => name);
}
