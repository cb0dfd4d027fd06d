/**
 * `gradpool/predict` as browsers and workers have it: a trained model from bytes. Nothing here reads a file; in Node
 * node.ts stands in its place.
 */
import { given, UserError } from '../user-error.js';
import { readModel } from './file.js';
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

/**
 * A trained model from the bytes of a run's `weights.safetensors`.
 * @throws UserError for bytes that are none, are damaged, or do not say what it takes to predict with them
 */
export function loadModel(bytes: Uint8Array | ArrayBuffer): Model {
  return modelOf(readModel(bytesOf(bytes), 'model'));
}

function bytesOf(value: unknown): Uint8Array {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  // By its name, as a frame or a test runner has a class of its own.
  if (Object.prototype.toString.call(value) === '[object ArrayBuffer]')
    return new Uint8Array(value as ArrayBuffer);
  throw new UserError(
    `loadModel: expected the bytes of a model, a Uint8Array or an ArrayBuffer, got ${given(value)}; ` +
      'in a browser fetch the file first',
  );
}
