/** A model that gradpool has exported, ONNX or JSON, as the file of weights that it was exported from: to predict with as it is. */
import { UserError } from '../errors.js';
import { decodeOnnx } from '../formats/onnx-read.js';
import { encodeSafetensors } from '../formats/safetensors.js';
import { DESCRIPTION_KEY } from '../predict/description.js';
import { type ModelFile, readModel } from '../predict/file.js';
import { csvMetadata } from '../predict/recorded.js';
import { isOwn, ownModel } from './own.js';
import { decodeOwnJson, type Exported } from './own-json.js';

const BRACKET = 0x7b;

/** What a file is by its first bytes; of safetensors and of anything else nothing is said. */
export function exportedAs(bytes: Uint8Array): 'onnx' | 'json' | undefined {
  if (bytes[0] === BRACKET) return 'json';
  // Safetensors begin with a length of eight bytes, and then a bracket; ONNX with the version of IR, a number.
  return bytes[0] === 0x08 && bytes[8] !== BRACKET ? 'onnx' : undefined;
}

/** @throws UserError for a file of another program, and for one that was changed since it was exported */
export function exportedModel(bytes: Uint8Array, as: 'onnx' | 'json', where: string): ModelFile {
  const { metadata, tensors } = as === 'json' ? decodeOwnJson(bytes, where) : ofOnnx(bytes, where);
  const { head, data } = encodeSafetensors(tensors, metadata);
  return readModel(Buffer.concat([head, ...data]), where);
}

function ofOnnx(bytes: Uint8Array, where: string): Exported {
  const graph = decodeOnnx(bytes, where);
  if (!isOwn(graph)) {
    throw new UserError(
      `${where}: is an ONNX file that gradpool has not written; import it first (gradpool import ${where} --output model.safetensors)`,
    );
  }
  const { description, tensors } = ownModel(graph, where);
  return {
    metadata: { [DESCRIPTION_KEY]: JSON.stringify(description), ...csvMetadata(graph.metadata) },
    tensors,
  };
}
