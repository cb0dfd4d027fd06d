/** ONNX files that gradpool has written: the description in their metadata, and the tensors by the names that they have here. */
import { shortened, UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import type { ReadOnnx } from '../formats/onnx-read.js';
import type { Tensor, Tensors } from '../formats/safetensors.js';
import { DESCRIPTION_FORMAT, DESCRIPTION_KEY, type ModelDescription } from '../predict/description.js';
import { describedIn } from '../predict/file.js';

/** Whether another program may have written the same key is seen from what it holds. */
export function isOwn({ metadata }: ReadOnnx): boolean {
  const said = parseJson(metadata[DESCRIPTION_KEY] ?? '');
  return isMapping(said) && said.format === DESCRIPTION_FORMAT;
}

/** The whole model, preprocessing and all. @throws UserError where the file was changed so that its parts do not fit any more */
export function ownModel(
  { metadata, initializers, inputs }: ReadOnnx,
  where: string,
): { readonly description: ModelDescription; readonly tensors: Tensors } {
  const fail = (what: string): never => {
    throw new UserError(`${where}: ${what}`);
  };
  const { description, net } = describedIn(metadata, fail);
  const tensors: Record<string, Tensor> = {};
  for (const { type, tensors: learned, buffers } of net.layers) {
    for (const { name, shape } of [...learned, ...buffers]) {
      // A column of the same name has it in the graph, and the tensor the next one.
      const held = initializers[inputs.includes(name) ? `${name}1` : name];
      const rows = held?.shape[0] ?? 0;
      // A table of vectors has one more there, of zeros, for what is none of its codes.
      const own = type === 'embedding' ? [rows - 1, ...(held?.shape.slice(1) ?? [])] : held?.shape;
      const data = held?.data;
      if (own?.join() !== shape.join() || !(data instanceof Float32Array || data instanceof Float64Array)) {
        return fail(
          `was exported by gradpool and changed since, or by another version: ${shortened(name)} is not there with the ` +
            `shape [${shape.join(', ')}]; import the run's weights.safetensors, or export it again`,
        );
      }
      tensors[name] = {
        shape,
        data: data.slice(
          0,
          shape.reduce((product, side) => product * side, 1),
        ),
      };
    }
  }
  return { description, tensors };
}
