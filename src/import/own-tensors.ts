/** Safetensors and npz that gradpool has written: the description beside the tensors, by our names or those of PyTorch. */
import { shortened, UserError } from '../errors.js';
import type { Tensors } from '../formats/safetensors.js';
import { describedIn, type ModelFile } from '../predict/file.js';
import { type Layout, transposed } from './tensors.js';

/** Those that keep their names, before the modules that are numbered. */
const BEFORE = 'embedding';

/**
 * The whole model; undefined where the file does not describe one of ours.
 * @throws UserError where the tensors were changed so that they are not those of it any more
 */
export function ownOfTensors(
  texts: Readonly<Record<string, unknown>>,
  tensors: Tensors,
  where: string,
): Pick<ModelFile, 'description' | 'tensors'> | undefined {
  const layout = texts.layout ?? 'in-out';
  const described = descriptionIn(texts, where);
  if (described === undefined || (layout !== 'torch' && layout !== 'in-out')) return undefined;
  const { description, net } = described;
  const found: Record<string, Tensors[string]> = {};
  let module = 0;
  for (const { name: layer, type, tensors: learned, buffers } of net.layers) {
    for (const { name, shape } of [...learned, ...buffers]) {
      const held = tensors[nameIn(layout, name, layer, type === BEFORE ? undefined : module)];
      const own = held && layout === 'torch' && type === 'dense' ? turned(held) : held;
      if (own?.shape.join() !== shape.join()) {
        throw new UserError(
          `${where}: was exported by gradpool and changed since, or by another version: ${shortened(name)} is not there with ` +
            `the shape [${shape.join(', ')}]; export it again, or give --config, whose layers these are`,
        );
      }
      found[name] = own;
    }
    if (type !== BEFORE) module++;
  }
  return { description, tensors: found };
}

/** Another version's, of layers that are unknown here, says nothing; the tensors may fit all the same. */
function descriptionIn(texts: Readonly<Record<string, unknown>>, where: string) {
  const metadata = Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, String(value)]));
  try {
    return describedIn(metadata, (what) => {
      throw new UserError(`${where}: ${what}`);
    });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const nameIn = (layout: Layout, name: string, layer: string, module: number | undefined): string =>
  layout === 'in-out' || module === undefined ? name : `${module}.${name.slice(layer.length + 1)}`;

const turned = (tensor: Tensors[string]) => (tensor.shape.length === 2 ? transposed(tensor) : tensor);
