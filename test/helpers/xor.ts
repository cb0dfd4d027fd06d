/** The XOR exercise as an object, with as many epochs as a test wants to wait for. */
import type { ConfigInput } from '../../src/config/schema.js';

export function xor(changes: Partial<ConfigInput> & { train?: ConfigInput['train'] } = {}): ConfigInput {
  return {
    name: 'xor',
    seed: 34,
    data: { name: 'xor' },
    loss: 'binary-cross-entropy',
    model: {
      init: { name: 'uniform', range: 0.08 },
      layers: [
        { units: 8, activation: 'relu' },
        { units: 1, activation: 'sigmoid' },
      ],
    },
    optimizer: { name: 'sgd', learningRate: 0.05 },
    ...changes,
    train: { batchSize: 4, epochs: 20, validate: { every: '10 epochs' }, ...changes.train },
  };
}

/** A run that nobody waits for the end of: a million epochs, of a step for each of the four rows. */
export const endless = xor({
  train: { epochs: 1_000_000, batchSize: 1, validate: { every: '1000000 epochs' } },
});
