/**
 * What a meeting of threads costs, by how long they look before they sleep: `npm run bench -- barrier`. Uses the
 * trainer's own barrier.
 */
import { availableParallelism } from 'node:os';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { count, machine, markdown, median, optionsOf } from './lib/tools.mjs';

const help = `npm run bench -- barrier [options]
  --threads N     threads that meet (default: the cores)
  --reps N        repetitions, run in turns (default 5)`;

const MEETINGS = 20_000;
/** Looks at the generation before a thread sleeps; 4,000 is what a run uses. */
const spins = [0, 200, 4_000, 20_000, 200_000];
/** Work between two meetings, µs: as even as it can be, or now and then one thread much later. */
const works = [0, 50];

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    threads: { type: 'string', default: String(availableParallelism()) },
    reps: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const threads = count('threads', options.threads);
  const reps = count('reps', options.reps);
  const found = new Map();
  for (let rep = 0; rep < reps; rep++) {
    for (const spin of spins) {
      for (const work of works) {
        const key = `${spin} ${work}`;
        found.set(key, [...(found.get(key) ?? []), await measure(threads, spin, work)]);
      }
    }
  }
  console.log(`${threads} threads, µs a meeting beyond the work; median of ${reps}\n${machine()}\n`);
  console.log(
    markdown(
      spins.map((spin) => ({
        looks: spin.toLocaleString('en-US'),
        ...Object.fromEntries(
          works.map((work) => [`${work} µs of work`, median(found.get(`${spin} ${work}`)).toFixed(2)]),
        ),
      })),
    ),
  );
}

async function measure(threads, spin, work) {
  const words = new Int32Array(new SharedArrayBuffer(4096));
  const micros = await Promise.all(
    Array.from(
      { length: threads },
      () =>
        new Promise((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), { workerData: { words, threads, spin, work } });
          worker.once('message', resolve).once('error', reject);
        }),
    ),
  );
  return median(micros);
}

if (!isMainThread && workerData?.words) {
  const { parentPort } = await import('node:worker_threads');
  const { Barrier } = await import('../dist/src/shared/barrier.js');
  const { words, threads, spin, work } = workerData;
  const barrier = new Barrier(words, threads, spin);
  const meet = (times) => {
    for (let k = 0; k < times; k++) {
      if (work > 0) {
        const until = performance.now() + work / 1000;
        while (performance.now() < until);
      }
      barrier.meet();
    }
  };
  meet(MEETINGS / 10);
  const times = work > 0 ? MEETINGS / 10 : MEETINGS;
  const begun = performance.now();
  meet(times);
  parentPort.postMessage(((performance.now() - begun) * 1000) / times - work);
}
