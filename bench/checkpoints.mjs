/**
 * What checkpoints cost a run: `npm run bench -- checkpoints`. What the workers do for one between two steps, and what a
 * run loses to their being written beside it. Uses the trainer's own parts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { count, machine, markdown, median, optionsOf, root } from './lib/tools.mjs';

const help = `npm run bench -- checkpoints [options]
  --config FILE   configuration (default: config/mnist.yaml)
  --threads N     worker threads (default: the cores)
  --epochs N      epochs of each timed run (default 3)
  --reps N        repetitions, run in turns (default 5)`;

const from = (file) => import(join(root, 'dist', 'src', file));

/** How often a run is saved; the first is never reached, but one is written at the end. */
const intervals = ['1 h', '100 steps', '20 steps'];

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    config: { type: 'string', default: join(root, 'config', 'mnist.yaml') },
    threads: { type: 'string', default: String(availableParallelism()) },
    epochs: { type: 'string', default: '3' },
    reps: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const [threads, reps] = [count('threads', options.threads), count('reps', options.reps)];
  console.log(`${threads} threads; medians\n${machine()}\n`);
  await copies(options.config, threads);
  await runs(options.config, threads, count('epochs', options.epochs), reps);
}

/** What each worker copies on its way from one step to the next, and the whole, which the coordinator fetches. */
async function copies(file, threads) {
  const { Workspace } = await from('coordinator/workspace.js');
  const { SnapshotPool } = await from('coordinator/snapshots.js');
  const { beginning } = await from('runs/state.js');
  const { Copies, Copying } = await from('worker/copy.js');
  const { sliceOf } = await from('worker/averaging/slice.js');
  const { loadConfig } = await from('config/load.js');
  const { openData } = await from('data/index.js');
  const config = await loadConfig(file, { engine: 'wasm' });
  const workspace = await Workspace.open(config, await openData(config.data), threads);
  await workspace.close();
  const timed = (before, work) => {
    const times = [];
    for (let rep = 0; rep < 300; rep++) {
      before();
      const begun = performance.now();
      work();
      times.push(performance.now() - begun);
    }
    return `${median(times).toFixed(3)} ms`;
  };
  const { setup } = workspace;
  const { parameters } = setup.net;
  const coordinator = new Copies(setup);
  const worker = new Copying(
    setup,
    0,
    sliceOf(parameters, setup.precision === 'float64' ? 8 : 4, threads, 0),
  );
  const asked = () => {
    coordinator.release();
    coordinator.ask();
  };
  const made = timed(asked, () => {
    worker.decide(0);
    worker.perform();
  });
  const pool = new SnapshotPool();
  let old = pool.take(coordinator.state, beginning);
  const fetched = timed(asked, () => {
    pool.release(old);
    old = pool.take(coordinator.state, beginning);
  });
  console.log(`${parameters.toLocaleString('en-US')} parameters; a worker copies its share: ${made}`);
  console.log(`the coordinator fetches the whole, while they train on: ${fetched}\n`);
}

async function runs(file, threads, epochs, reps) {
  const { train } = await from('index.js');
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-bench-'));
  const found = new Map(intervals.map((every) => [every, { seconds: [], written: 0 }]));
  try {
    for (let rep = 0; rep < reps; rep++) {
      for (const every of intervals) {
        const one = found.get(every);
        one.written = 0;
        const { summary } = await train(file, {
          threads,
          runDir: join(folder, `${rep}-${every}`),
          overrides: {
            epochs,
            engine: 'wasm',
            set: [`train.validate.every=${epochs} epochs`, `train.checkpoint={ every: ${every}, keep: 3 }`],
          },
          onEvent: ({ event }) => {
            if (event === 'checkpoint') one.written++;
          },
        });
        one.seconds.push(summary.trainSeconds);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const alone = median(found.get(intervals[0]).seconds);
  console.log(
    markdown(
      intervals.map((every) => {
        const { seconds, written } = found.get(every);
        const lost = 1000 * (median(seconds) - alone);
        return {
          every,
          'training, s': median(seconds).toFixed(3),
          written: String(written),
          'ms for each': written > 1 ? (lost / (written - 1)).toFixed(1) : '',
        };
      }),
    ),
  );
}
