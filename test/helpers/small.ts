/** Small made-up data sets and configurations for tests of the trainer. */
import { type Config, type ConfigInput, configSchema } from '../../src/config/schema.js';
import type { DataSource } from '../../src/data/source.js';
import { keyed } from '../../src/random.js';

/** `rows` examples of `features` normal values (a third of them zero), with one-hot, binary or real targets. */
export function smallSource(
  rows: number,
  features: number,
  outputs: number,
  targets: 'one-hot' | 'binary' | 'real' = 'one-hot',
): DataSource {
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  return {
    rows,
    features,
    outputs,
    featureType: 'float64',
    targetType: 'float64',
    parts: { train: rows, validation: rows, test: rows },
    split: () => ({ train: all, validation: all, test: all }),
    async read(x, y) {
      const random = keyed('small', rows, features, outputs, targets);
      for (let i = 0; i < x.length; i++) x[i] = random.below(3) === 0 ? 0 : random.normal();
      for (let row = 0; row < rows; row++) {
        const target = y.subarray(row * outputs, (row + 1) * outputs);
        if (targets === 'one-hot') target[random.below(outputs)] = 1;
        else
          for (let k = 0; k < outputs; k++)
            target[k] = targets === 'binary' ? random.below(2) : random.uniform();
      }
    },
  };
}

/** A configuration with everything but what a test is about; `data` is not used with a given source. */
export function smallConfig(
  changes: Partial<Omit<ConfigInput, 'model' | 'train'>> & {
    model?: Partial<ConfigInput['model']>;
    train?: ConfigInput['train'];
  } = {},
): Config {
  const { model, train, ...rest } = changes;
  return configSchema.parse({
    name: 'small',
    seed: 1,
    engine: 'wasm',
    data: { name: 'xor' },
    loss: 'cross-entropy',
    optimizer: { learningRate: 0.1 },
    ...rest,
    model: {
      precision: 'float32',
      init: { name: 'uniform', range: 0.5 },
      layers: [
        { units: 13, activation: 'tanh' },
        { units: 9, activation: 'relu' },
        { units: 4, activation: 'softmax' },
      ],
      ...model,
    },
    train: { epochs: 2, ...train },
  });
}
