/**
 * Whether this machine's cores are real at this moment: a hypervisor may put two virtual ones on one physical core for
 * seconds, and two threads are then as quick as one.
 */
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

/** Waits until `threads` cores are real, for `patience` seconds at most. @returns the share found last */
export async function realCores(threads, patience) {
  const until = performance.now() + patience * 1000;
  for (;;) {
    // A process that waits for workers must not end meanwhile.
    const found = await Promise.race([
      share(threads),
      new Promise((resolve) => setTimeout(resolve, 5000, 0)),
    ]);
    if (found >= REAL || performance.now() > until) return found;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

if (!isMainThread && workerData === 'cores') {
  work(50);
  parentPort.on('message', (milliseconds) => parentPort.postMessage(work(milliseconds)));
}
