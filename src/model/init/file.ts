/**
 * Weights that stand in a file: a matrix inputs × units, as NumPy's `.npy` (or `.npz#name`), or a tensor of a `.safetensors`.
 * Nothing is drawn. To begin with all of another run's parameters, biases too, there is `--init-from`.
 */
import { shortened, UserError } from '../../errors.js';
import { openNpy } from '../../formats/npy.js';
import { readSafetensors } from '../../formats/safetensors.js';
import { realDisk } from '../../machine/disk.js';
import type { Options } from '../../options.js';
import type { Real } from '../precision.js';
import { filledWith, type Initializer } from './init.js';

const options = {
  path: {
    type: 'text',
    path: true,
    description: 'A .npy, an array of a .npz (weights.npz#name), or a .safetensors; inputs × units.',
  },
  tensor: {
    type: 'text',
    optional: true,
    description:
      "The tensor's name in a .safetensors; default: what the layer's own is called, layer1.weight.",
  },
} as const satisfies Options;

interface Found {
  readonly shape: readonly number[];
  readonly values: () => Promise<Real>;
}

export const file: Initializer<typeof options> = {
  description: 'From a file: a matrix of inputs × units.',
  options,
  fills: () => filledWith(0),
  async reads({ name, shape }, { path, tensor }) {
    const found = await (path.endsWith('.safetensors') ? tensorOf(path, tensor ?? name) : arrayOf(path));
    if (found.shape.join() === shape.join()) return found.values();
    const words = (sides: readonly number[]) => `[${sides.join(', ')}]`;
    const turned = found.shape.toReversed().join() === shape.join() ? '; turn it over' : '';
    throw new UserError(
      `${path}: expected the ${words(shape)} (inputs, units) of ${name}, got ${words(found.shape)}${turned}`,
    );
  },
};

async function arrayOf(path: string): Promise<Found> {
  const array = await openNpy(path);
  const { as, length, shape } = array;
  if (as !== 'float32' && as !== 'float64') {
    throw new UserError(`${path}: expected numbers of type float32 or float64, got ${as}`);
  }
  const values = async () => {
    const into = as === 'float32' ? new Float32Array(length) : new Float64Array(length);
    await array.readInto(into);
    return into;
  };
  return { shape, values };
}

async function tensorOf(path: string, name: string): Promise<Found> {
  const { tensors } = await readSafetensors(realDisk, path);
  const found = tensors[name];
  if (found === undefined) {
    const names = Object.keys(tensors)
      .slice(0, 8)
      .map((each) => shortened(each));
    throw new UserError(
      `${path}: has no tensor ${shortened(name)}; say which with "tensor" (${names.join(', ')})`,
    );
  }
  return { shape: found.shape, values: async () => found.data };
}
