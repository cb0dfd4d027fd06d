/** Exclusive or: four rows of two values. */
import type { Options } from '../options.js';
import type { DataFamily } from './source.js';

const inputs = [0, 1, 1, 0, 0, 0, 1, 1];
const outputs = [1, 1, 0, 0];

const options = {} as const satisfies Options;

/**
 * Inputs (0,1) (1,0) (0,0) (1,1), targets 1 1 0 0, all float64. The four rows are all there is to learn, so
 * training, validation and test use the same ones: a low validation loss says that the network has learned
 * them, not that it generalises.
 */
export const xor: DataFamily<typeof options> = {
  description: 'Exclusive or: four rows of two inputs and one target.',
  options,
  async open() {
    const all = (): Uint32Array => Uint32Array.of(0, 1, 2, 3);
    return {
      rows: 4,
      features: 2,
      outputs: 1,
      featureType: 'float64',
      targets: { kind: 'values', outputs: 1, type: 'float64' },
      parts: { train: 4, validation: 4, test: 4 },
      split: () => ({ train: all(), validation: all(), test: all() }),
      async read({ features, targets }) {
        features.set(inputs);
        targets.set(outputs);
      },
    };
  },
};
