/** `gradpool/predict` as Node has it: a trained model from a file too. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../user-error.js';
import { readModel } from './file.js';
import { loadModel as loadBytes } from './index.js';
import { type Model, modelOf } from './model.js';

export type { LearningTask } from '../model/metrics/task.js';
export type { LayerSpec } from '../model/network.js';
export type { Precision } from '../model/precision.js';
export type { Spec } from '../options.js';
export type { Preprocessing } from '../preprocess/fitted.js';
export { UserError } from '../user-error.js';
export type { ModelDescription } from './description.js';
export type { Model, ModelInput, Row } from './model.js';
export type { ClassPrediction, Label, LabelsPrediction, Prediction, ValuesPrediction } from './outputs.js';

/** Bytes of a file that holds the name of a run. */
const MOST_NAME = 1024;

/**
 * A trained model from a file, at once: a run's `weights.safetensors`, or the run's folder, or `runs/latest`; or from such a file's bytes.
 * @throws UserError for a file that cannot be read, is none, is damaged, or does not say what it takes to predict with it
 */
export function loadModel(source: string | URL | Uint8Array | ArrayBuffer): Model {
  if (typeof source !== 'string' && !(source instanceof URL)) return loadBytes(source);
  let path = source instanceof URL ? fileURLToPath(source) : source;
  let bytes: Uint8Array;
  try {
    if (basename(path) === 'latest' && statSync(path).isFile() && statSync(path).size < MOST_NAME) {
      // As runs/latest.ts has it: a file with the name of the newest run.
      path = join(dirname(path), basename(readFileSync(path, 'utf8').trim()));
    }
    if (statSync(path).isDirectory()) path = join(path, 'weights.safetensors');
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`${path}: cannot be read (${(error as Error).message})`, { cause: error });
  }
  return modelOf(readModel(bytes, path, (data) => createHash('sha256').update(data).digest('hex')));
}
