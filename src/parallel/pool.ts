/** The worker pool: exactly T threads that begin a stretch together. The only file that imports Piscina. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { ABORTED } from './control.js';
import type { Task } from './setup.js';

export class Pool {
  readonly #piscina: Piscina<Task, void>;

  constructor(readonly threads: number) {
    this.#piscina = new Piscina({
      filename: fileURLToPath(new URL('../../workers/shard.js', import.meta.url)),
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1,
      // The caller's loaders (--import, --require) have no business here, and would start in every thread.
      execArgv: [],
      // A task is long and workers meet inside it: Piscina's own waiting on shared memory would be in the way.
      atomics: 'disabled',
      recordTiming: false,
    });
  }

  /**
   * Runs one task a worker, all at once, to their ends.
   * @param onFailure called at the first failure, to free the workers that wait for the one that failed
   * @throws the first failure, once no task runs any more
   */
  async run(tasks: readonly Task[], onFailure: () => void): Promise<void> {
    let failure: unknown;
    const settled = tasks.map((task) =>
      this.#piscina.run(task).catch((error: unknown) => {
        // Whoever only waited for the one that failed is not the news.
        if (failure === undefined || (failure as Error).name === ABORTED) failure = error;
        onFailure();
      }),
    );
    await Promise.all(settled);
    if (failure !== undefined) throw failure;
  }

  async close(): Promise<void> {
    await this.#piscina.destroy();
  }
}
