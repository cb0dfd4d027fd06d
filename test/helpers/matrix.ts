/** Networks that are trained on rows of numbers, quickly. */
import { writeFileSync } from 'node:fs';
import { type ConfigInput, configSchema } from '../../src/config/schema.js';
import { Trainer } from '../../src/coordinator/trainer.js';
import { Pool } from '../../src/pool/pool.js';
import { npyDoubles } from './npy.js';

export const FEATURES = 12;
export const random = (k: number) => ((k * 7919) % 1009) / 1009 - 0.5;

/** @param path makes the path of a file in the test's folder */
export function matrices(path: (name: string) => string, teardown: (work: () => unknown) => unknown) {
  const pool = new Pool(1);
  teardown(() => pool.close());
  writeFileSync(path('x.npy'), npyDoubles([60, FEATURES], random));
  writeFileSync(
    path('y.npy'),
    npyDoubles([60], (k) => k % 3),
  );

  /** @returns the run's folder */
  async function trained(name: string, config: Omit<ConfigInput, 'name'>): Promise<string> {
    await new Trainer().train(
      configSchema.parse({
        name,
        engine: 'wasm',
        ...config,
        train: { batchSize: 16, epochs: 1, ...config.train },
      }),
      { threads: 1, runDir: path(name), version: 'test' },
      () => {},
      { pool },
    );
    return path(name);
  }

  /** Three classes of the rows of x.npy. */
  const classes = () =>
    trained('matrix', {
      data: { name: 'npy', features: path('x.npy'), target: path('y.npy'), scale: 'standard' },
      model: {
        precision: 'float64',
        layers: [
          { units: 5, activation: 'relu' },
          { units: 'auto', activation: 'softmax' },
        ],
      },
      loss: 'cross-entropy',
    });
  return { trained, classes };
}
