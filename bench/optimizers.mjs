/**
 * What AdamW's step reaches of the memory's bandwidth, on parameters that no cache holds, beside a copy of as many bytes and
 * PyTorch's: `npm run bench -- optimizers`. GRADPOOL_PYTHONS names Pythons to look for PyTorch in.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { pythons } from './lib/pythons.mjs';
import { count, machine, markdown, optionsOf, root } from './lib/tools.mjs';

const help = `npm run bench -- optimizers [options]
  --threads N     threads, each with parameters of its own (default 1)
  --reps N        repetitions, run in turns (default 60)
  --optimizer X   which of gradpool's (default adamw; its bytes are those of two state vectors)
  --json          the figures as one JSON object`;

/** Parameters a thread, and those of a repetition: some milliseconds, and then the next ones, which no cache holds. */
const PARAMETERS = 2 ** 23;
const WINDOW = 2 ** 19;
const WINDOWS = PARAMETERS / WINDOW;
/** Reads θ, g, m, v; writes θ, m, v. A copy of half as many bytes reads and writes as many. */
const BYTES = 7 * 4 * WINDOW;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    threads: { type: 'string', default: '1' },
    reps: { type: 'string', default: '60' },
    optimizer: { type: 'string', default: 'adamw' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const threads = count('threads', options.threads);
  const reps = count('reps', options.reps);
  const peers = [await ours(threads, options.optimizer), ...(await torches(threads))];
  const best = new Map();
  for (let rep = 0; rep < reps; rep++) {
    for (const { step } of peers) {
      for (const [title, seconds] of Object.entries(await step(rep))) {
        best.set(title, Math.min(best.get(title) ?? Number.POSITIVE_INFINITY, seconds));
      }
    }
  }
  for (const { close } of peers) await close();
  const gigabytes = (seconds) => (threads * BYTES) / seconds / 1e9;
  const copy = Math.max(
    ...[...best].filter(([title]) => title.startsWith('copy')).map(([, s]) => gigabytes(s)),
  );
  const rows = [...best].map(([title, seconds]) => ({ title, gigabytes: gigabytes(seconds) }));
  if (options.json) return console.log(JSON.stringify({ machine: machine(), threads, reps, rows }));
  console.log(
    `${threads} thread${threads > 1 ? 's' : ''}, ${PARAMETERS.toLocaleString('en-US')} float32 parameters each, ` +
      `${WINDOW.toLocaleString('en-US')} at a time; best of ${reps}\n${machine()}\n`,
  );
  console.log(
    markdown(
      rows.map(({ title, gigabytes }) => ({
        step: title,
        'GB/s': gigabytes.toFixed(1),
        'of a copy': `${((100 * gigabytes) / copy).toFixed(0)} %`,
      })),
    ),
  );
}

/** gradpool's engines, and a copy by memmove, in threads of Node. */
async function ours(threads, optimizer) {
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL(import.meta.url), { workerData: { optimizer } }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return {
    async step(rep) {
      const found = {};
      for (const title of ['copy, memmove', 'gradpool native', 'gradpool wasm']) {
        const start = performance.timeOrigin + performance.now() + (threads > 1 ? 0.5 : 0);
        const done = workers.map(async (worker) => {
          worker.postMessage({ title, rep, start });
          const [seconds] = await once(worker, 'message');
          return seconds;
        });
        found[title] = Math.max(...(await Promise.all(done)));
      }
      return found;
    },
    close: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}

/** Each PyTorch that is there: its optimizer in every way that it has. */
async function torches(threads) {
  const found = pythons().filter(({ versions }) => versions.torch !== undefined);
  return Promise.all(
    found.map(async ({ python, env, versions }) => {
      const script = join(root, 'bench', 'peers', 'torch_adamw.py');
      const child = spawn(python, [script, String(threads), String(WINDOW), String(WINDOWS)], {
        env: { ...process.env, ...env },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      await lines.next();
      return {
        async step(rep) {
          child.stdin.write(`${rep}\n`);
          const { value } = await lines.next();
          const named = Object.entries(JSON.parse(value));
          return Object.fromEntries(
            named.map(([title, seconds]) => [
              title === 'copy' ? `copy, PyTorch ${versions.torch}` : `PyTorch ${versions.torch}, ${title}`,
              seconds,
            ]),
          );
        },
        close: () => {
          child.stdin.end();
          return once(child, 'close');
        },
      };
    }),
  );
}

async function work({ optimizer }) {
  const { parentPort } = await import('node:worker_threads');
  const dist = (path) => import(new URL(`../dist/src/${path}`, import.meta.url));
  const [{ createEngine }, { compileKernels }, { optimizers }, { MOST_SCALARS }] = await Promise.all([
    dist('engines/index.js'),
    dist('engines/kernels.js'),
    dist('optimizers/index.js'),
    dist('optimizers/optimizer.js'),
  ]);
  const kernels = await compileKernels();
  const vectors = 5;
  const pages = Math.ceil((vectors * PARAMETERS * 4 + 65_536) / 65_536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65_536, shared: true });
  const at = (k, rep) => 65_536 + 4 * (k * PARAMETERS + (rep % WINDOWS) * WINDOW);
  const all = new Float32Array(memory.buffer, 65_536, vectors * PARAMETERS);
  for (let k = 0; k < 2 * PARAMETERS; k++) all[k] = Math.sin(k);
  const [from, to] = [0, 1].map(() => new Uint8Array((BYTES / 2) * WINDOWS).fill(1));
  const options = optimizers[optimizer].options;
  const defaults = Object.fromEntries(Object.entries(options).map(([key, each]) => [key, each.default]));
  const scalars = new Float64Array(MOST_SCALARS);
  const engines = {
    native: createEngine({ name: 'native' }, 'float32', memory, kernels),
    wasm: createEngine({ name: 'wasm' }, 'float32', memory, kernels),
  };
  const doing = (title, rep) => {
    if (title.startsWith('copy')) {
      const offset = ((rep % WINDOWS) * BYTES) / 2;
      to.set(from.subarray(offset, offset + BYTES / 2), offset);
      return;
    }
    const name = title.split(' ')[1];
    // What one of them has just had in the caches is not for the other.
    const [theta, g, ...state] = [0, 1, 2, 3, 4].map((k) => at(k, name === 'wasm' ? rep + WINDOWS / 2 : rep));
    engines[name].optimizers[optimizer].step(theta, g, state, WINDOW, 1 / 128, 1e-3, scalars);
  };
  parentPort.on('message', ({ title, rep, start }) => {
    optimizers[optimizer].scalars({ name: optimizer, ...defaults }, rep + 1, true, scalars);
    while (performance.timeOrigin + performance.now() < start);
    const begun = performance.now();
    doing(title, rep);
    parentPort.postMessage((performance.now() - begun) / 1000);
  });
  parentPort.postMessage('ready');
}

if (!isMainThread) await work(workerData);
