/** Random configurations, by several processes that mpirun starts: the weights of one process. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig, parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { Trainer } from '../../src/coordinator/trainer.js';
import { Pool } from '../../src/pool/pool.js';
import { mpiMissing, toldTogether } from '../mpi.js';
import { demand, Missing, type Proof, randomOf } from '../proof.js';
import { randomConfig, writeRows } from '../random-config.js';
import { inFolder } from '../small.js';
import { type TrainedBy, toldOf } from '../told.js';

/** Configurations for which processes are started once; fewer where there are few. */
const AT_ONCE = 20;
const SHARDS = [4, 8, 16];
/** Hosts × threads. */
const WAYS = [
  [2, 1],
  [4, 1],
  [2, 2],
] as const;

export const hosts: Proof = {
  name: 'hosts',
  what: 'random configurations trained by 2 and 4 processes under mpirun: the weights, and all figures, of one process',
  short: 10,
  long: 200,
  async run(given) {
    const missing = mpiMissing();
    if (missing) throw new Missing(missing);
    // Threads that stand ready: most of a short run's time is that of starting its own.
    const pool = new Pool(2);
    try {
      await inFolder(async (folder) => {
        const rows = join(folder, 'rows.csv');
        writeRows(rows);
        const files = await configured();
        const here: TrainedBy = (config, runDir, onEvent) =>
          new Trainer().train(parseConfig(config), { threads: 2, runDir, version: 'torture' }, onEvent, {
            pool,
          });
        const atOnce = Math.min(AT_ONCE, Math.ceil(given.count / 2));
        for (let first = 0; first < given.count; first += atOnce) {
          const cases = Array.from({ length: Math.min(atOnce, given.count - first) }, (_, k) => first + k);
          const configs = cases.map((index) =>
            randomConfig(randomOf(given, 'hosts', index), rows, SHARDS[index % SHARDS.length]),
          );
          // The product's own once, with the first.
          if (first === 0) configs.unshift(...files, diverging(rows), diverging(rows, true));
          const sabotaged = given.sabotage === 'order';
          // One is enough to see.
          if (sabotaged) configs.splice(1);
          const alone: string[] = [];
          for (const config of configs) alone.push(await toldOf(config, folder, here));
          const [nodes, threads] = WAYS[(first / atOnce) % WAYS.length];
          // With 16 bits a value on the way they have bits of their own, which repeat.
          const halved = sabotaged ? [] : [halves(configs[0]), halves(configs[0])];
          const asked = sabotaged ? configs.map(withAnotherOrder) : [...configs, ...halved];
          const together = toldTogether(nodes, threads, asked);
          const [half, again] = together.slice(configs.length);
          const repeats = half === again && (sabotaged || half !== alone[0]);
          demand(
            repeats,
            given,
            first,
            `"${configs[0].name}", exchange: half: not the same again, or the bits of fixed`,
          );
          for (const [k, told] of alone.entries()) {
            const what = `"${configs[k].name}": other weights or figures, ${nodes} hosts of ${threads} threads`;
            demand(together[k] === told, given, first + k, what);
          }
          given.progress?.(first + cases.length);
        }
      });
    } finally {
      await pool.close();
    }
    return {};
  },
};

/** Those of `config/`, on fewer rows, cut into as many shards as hosts and threads need. */
async function configured(): Promise<ConfigInput[]> {
  const folder = fileURLToPath(new URL('../../../config/', import.meta.url));
  const cut = 'data.split={ name: random, train: 1000, validation: 100, test: 100 }';
  const set = ['train.averaging=hosts', 'train.shards=4', 'train.batchSize=4'];
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return Promise.all(
    names.map(async (name) => {
      const own = name.startsWith('mnist') ? [...set, cut] : set;
      const epochs = name.startsWith('mnist') ? 1 : 300;
      return (await loadConfig(join(folder, name), { set: own, epochs })) as ConfigInput;
    }),
  );
}

/**
 * One whose numbers overflow, which all hosts must notice at the same step and find the same cause of; also where each of
 * them has read its own rows of the step alone.
 */
function diverging(rows: string, streamed = false): ConfigInput {
  return {
    name: streamed ? 'diverging-streamed' : 'diverging',
    data: {
      name: 'csv',
      path: rows,
      target: 'value',
      ignore: ['class'],
      ...(streamed && { stream: { block: '10 rows', window: '60 rows' } }),
    },
    model: { layers: [{ units: 8, activation: 'relu' }, { units: 1 }] },
    loss: 'mean-squared-error',
    optimizer: { name: 'sgd', learningRate: 30 },
    train: { batchSize: 16, shards: 4, averaging: 'hosts', epochs: 3 },
  };
}

const halves = (config: ConfigInput): ConfigInput => ({
  ...config,
  train: { ...config.train, exchange: 'half' },
});

/** Sums in whatever order the library finds fastest, over twice as many shards. */
function withAnotherOrder(config: ReturnType<typeof randomConfig>): typeof config {
  return { ...config, train: { ...config.train, shards: 2 * (config.train?.shards ?? 1) } };
}
