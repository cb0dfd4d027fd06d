/** A small run that proofs do again and again: 200 steps of a tiny network. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, type ConfigInput, configSchema } from '../src/config/schema.js';
import { type Given, Trainer } from '../src/coordinator/trainer.js';
import type { DataSource } from '../src/data/source.js';
import type { RunOptions, TrainEvent } from '../src/protocol.js';
import { keyed } from '../src/random.js';

/** 150 rows of 7 values in 3 classes: with minibatches of 8 an epoch has 19 steps, the last of them short. */
const ROWS = 150;
const FEATURES = 7;
const CLASSES = 3;
export const STEPS_AN_EPOCH = 19;

export function smallData(): DataSource {
  const all = () => Uint32Array.from({ length: ROWS }, (_, row) => row);
  return {
    rows: ROWS,
    features: FEATURES,
    outputs: CLASSES,
    featureType: 'float64',
    targets: { kind: 'class', classes: CLASSES, type: 'uint8' },
    parts: { train: ROWS, validation: 50, test: 50 },
    split: () => ({ train: all(), validation: all().subarray(0, 50), test: all().subarray(50, 100) }),
    async read({ features: x, targets: y }) {
      const random = keyed('torture data');
      for (let k = 0; k < x.length; k++) x[k] = random.normal();
      for (let row = 0; row < ROWS; row++) y[row] = random.below(CLASSES);
    },
  };
}

/** A run of 209 steps, validated after every other epoch, with momentum of neither kind nor randomness but the seed. */
export function smallConfig(train: ConfigInput['train'] = {}): Config {
  return configSchema.parse({
    name: 'torture',
    seed: 5,
    engine: 'wasm',
    data: { name: 'xor' },
    loss: 'cross-entropy',
    model: {
      init: { name: 'he-normal' },
      layers: [
        { units: 12, activation: 'relu' },
        { units: CLASSES, activation: 'softmax' },
      ],
    },
    optimizer: { name: 'sgd', learningRate: 0.2 },
    train: { batchSize: 8, shards: 4, epochs: 11, validate: { every: '2 epochs' }, ...train },
  });
}

export interface Outcome {
  readonly hash: string;
  readonly steps: number;
  readonly events: readonly TrainEvent[];
}

/** Runs it in this thread, with the pool's threads beside it. */
export async function runSmall(
  config: Config,
  options: Partial<RunOptions>,
  given: Given = {},
  onEvent: (event: TrainEvent, trainer: Trainer) => void = () => {},
): Promise<Outcome> {
  const events: TrainEvent[] = [];
  const trainer = new Trainer();
  const { summary } = await trainer.train(
    config,
    { threads: 2, runDir: null, version: 'torture', ...options },
    (event) => {
      events.push(event);
      onEvent(event, trainer);
    },
    { source: smallData(), ...given },
  );
  return { hash: summary.weightsHash, steps: summary.steps, events };
}

/** Gives `use` a folder that is gone afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-torture-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
