/**
 * Whether this machine's cores are real at this moment: a hypervisor may put two virtual ones on one physical core for
 * seconds, and two threads are then as quick as one. Hyper-threads are so for good, and are not waited for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const MILLISECONDS = 40;
/** Of what `threads` cores could do, at least so much counts as real. */
const REAL = 0.9;

/** Multiplications and additions in 8 independent chains: as many as a core can do at a time, not waiting for memory. */
function work(milliseconds) {
  let [a, b, c, d, e, f, g, h] = [1, 2, 3, 4, 5, 6, 7, 8];
  let rounds = 0;
  const until = performance.now() + milliseconds;
  while (performance.now() < until) {
    for (let k = 0; k < 10_000; k++) {
      a = a * 0.999 + 0.1;
      b = b * 0.999 + 0.1;
      c = c * 0.999 + 0.1;
      d = d * 0.999 + 0.1;
      e = e * 0.999 + 0.1;
      f = f * 0.999 + 0.1;
      g = g * 0.999 + 0.1;
      h = h * 0.999 + 0.1;
    }
    rounds++;
  }
  return a + b + c + d + e + f + g + h > 0 ? rounds : 0;
}

let pool;

/** What `threads` threads do at once, in units of what one does alone, divided by `threads`: 1 where cores are real. */
async function share(threads) {
  pool ??= Array.from({ length: threads }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: 'cores' });
    worker.unref();
    return worker;
  });
  const ask = (workers) =>
    Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve) => {
            worker.once('message', resolve);
            worker.postMessage(MILLISECONDS);
          }),
      ),
    );
  const [alone] = await ask(pool.slice(0, 1));
  const together = await ask(pool.slice(0, threads));
  return together.reduce((sum, rounds) => sum + rounds, 0) / alone / threads;
}

const CPUS = '/sys/devices/system/cpu';

/** Physical cores, by what Linux says of the hyper-threads that share one; Infinity where nothing says. */
function physicalCores() {
  try {
    const siblings = readdirSync(CPUS)
      .filter((name) => /^cpu\d+$/.test(name))
      .map((name) => readFileSync(join(CPUS, name, 'topology', 'thread_siblings_list'), 'utf8'));
    return new Set(siblings).size || Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

const say = (text) => process.stderr.write(`bench: ${text}\n`);
let physical;
/** Whether the last wait was in vain: then nothing is waited for until cores are found real again. */
let inVain = false;

/**
 * Waits until `threads` cores are real, as many as there are at most, for `patience` seconds at most.
 * @returns the share found last
 */
export async function realCores(threads, patience) {
  if (physical === undefined) {
    physical = physicalCores();
    if (physical < threads)
      say(`${threads} hyper-threads on ${physical} cores: it is waited for ${physical} real ones`);
  }
  const wanted = Math.min(threads, physical);
  const until = performance.now() + (inVain ? 0 : patience * 1000);
  for (;;) {
    // A process that waits for workers must not end meanwhile.
    const found = await Promise.race([share(wanted), new Promise((resolve) => setTimeout(resolve, 5000, 0))]);
    if (found >= REAL) {
      inVain = false;
      return found;
    }
    if (performance.now() > until) {
      if (!inVain)
        say(
          `${wanted} cores do the work of ${(found * wanted).toFixed(1)}, after ${patience} s too: no more waits until they are real`,
        );
      inVain = true;
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

if (!isMainThread && workerData === 'cores') {
  work(50);
  parentPort.on('message', (milliseconds) => parentPort.postMessage(work(milliseconds)));
}
