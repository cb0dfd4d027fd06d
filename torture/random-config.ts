/** Configurations at random: any layers, optimizers, schedules, losses, precisions and sizes that go together. */
import { writeFileSync } from 'node:fs';
import { type ConfigInput, configSchema } from '../src/config/schema.js';
import { activationNames, activations } from '../src/model/activations/index.js';
import { keyed, type Random } from '../src/random.js';

const ROWS = 211;
const INPUTS = 6;
const CLASSES = 3;

/** Writes the rows that they all learn from: six numbers, a class, and a value. */
export function writeRows(path: string): void {
  const random = keyed('random configurations');
  const lines = Array.from({ length: ROWS }, () => {
    const x = Array.from({ length: INPUTS }, () => (random.below(4) === 0 ? 0 : random.normal()).toFixed(4));
    return [...x, `c${random.below(CLASSES)}`, random.normal().toFixed(4)].join(',');
  });
  const names = [...Array.from({ length: INPUTS }, (_, k) => `x${k}`), 'class', 'value'];
  writeFileSync(path, `${[names.join(','), ...lines].join('\n')}\n`);
}

/**
 * @param path the file that `writeRows` has written
 * @param shards what the minibatches are cut into
 */
export function randomConfig(random: Random, path: string, shards: number): ConfigInput {
  const one = <T>(...of: T[]): T => of[random.below(of.length)];
  const classify = random.below(3) > 0;
  const hidden = Array.from({ length: 1 + random.below(4) }, () => layerOf(random));
  const rate = one(0.3, 0.05, 0.01);
  const batchSize = Math.max(shards, one(16, 24, 32, 64));
  const config = {
    name: 'random',
    seed: random.below(1000),
    engine: one('wasm', 'native', 'auto'),
    data: {
      name: 'csv',
      path,
      target: classify ? 'class' : 'value',
      ignore: [classify ? 'value' : 'class'],
      split: { name: 'random', train: ROWS - 60, validation: 30, test: 30 },
    },
    model: {
      precision: one('float32', 'float64'),
      init: { name: 'glorot-uniform' },
      layers: [...hidden.flat(), { units: 'auto', activation: classify ? 'softmax' : 'linear' }],
    },
    loss: classify ? 'cross-entropy' : 'mean-squared-error',
    optimizer: {
      ...one<Record<string, unknown>>(
        { name: 'sgd', learningRate: rate },
        { name: 'sgd', learningRate: rate / 3, momentum: 0.9, nesterov: true },
        { name: 'adam', learningRate: rate / 10 },
        { name: 'adamw', learningRate: rate / 10, weightDecay: 0.1 },
      ),
      schedule: one('constant', 'cosine'),
    },
    train: {
      batchSize,
      shards,
      averaging: 'hosts',
      epochs: 1 + random.below(3),
    },
  };
  Object.assign(config.train, updateOf(random, JSON.stringify(config.model).includes('batch-norm')));
  const { accumulate } = config.train as { accumulate?: number };
  if (random.below(3) === 0) Object.assign(config.data, streamedOf(random, batchSize * (accumulate ?? 1)));
  // Each host would need the rows of the others.
  else if (classify && random.below(4) === 0) Object.assign(config.train, { mixup: { alpha: 0.4 } });
  // A mistake here is told here, and not by the run.
  configSchema.parse(config);
  return config as unknown as ConfigInput;
}

/** What goes with an update; several hosts refuse batch-norm in minibatches that they do not exchange after. */
function updateOf(random: Random, hasBatchNorm: boolean): Record<string, unknown> {
  const one = <T>(...of: T[]): T => of[random.below(of.length)];
  const clip = one(undefined, undefined, { norm: 0.5 }, { value: 0.05 });
  const accumulate = hasBatchNorm ? 1 : one(1, 1, 2, 4);
  return {
    ...(clip && { clip }),
    ...(accumulate > 1 && { accumulate }),
    ...(random.below(4) === 0 && { ema: { decay: 0.9 } }),
  };
}

/** As many rows for each part, in windows of a minibatch or more, whose blocks are smaller and larger than what a host has of one. */
function streamedOf(random: Random, batchSize: number): Record<string, unknown> {
  const block = [1, 7, 40, 211][random.below(4)];
  const window = block + 2 * batchSize * (1 + random.below(3));
  return {
    split: { name: 'random', validation: 30, test: 30 },
    stream: { block: `${block} rows`, window: `${window} rows` },
  };
}

function layerOf(random: Random): Record<string, unknown>[] {
  // Softmax in the middle would leave little to learn.
  const elementwise = activationNames.filter((name) => activations[name].leastUnits === undefined);
  const activation = elementwise[random.below(elementwise.length)];
  const units = 1 + random.below(40);
  switch (random.below(7)) {
    case 0:
      return [{ units }, { name: 'batch-norm' }, { name: 'activation', activation }];
    case 1:
      return [
        { units, activation },
        { name: 'dropout', rate: 0.3 },
      ];
    case 2:
      return [{ units: units + 1 }, { name: 'layer-norm' }, { name: 'activation', activation }];
    case 3:
      return [
        { units },
        { name: 'residual', layers: [{ name: 'activation', activation }, { units }], drop: 0.2 },
      ];
    case 4:
      return [{ name: 'concat', layers: [{ units, activation }, { name: 'prelu' }] }];
    default:
      return [{ units, activation }];
  }
}
