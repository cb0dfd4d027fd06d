/** The threads of predictions in bulk, a Piscina pool. */
import { RunFailure } from '../errors.js';
import { type ThreadPool, threadPool } from '../machine/thread-pool.js';
import { ownFile } from '../version.js';
import type { BatchResult, BatchSetup } from './batch.js';

/** What a thread is asked for: a lane's batch. */
export interface BatchTask {
  readonly lane: number;
  readonly rows: number;
  readonly wrong: readonly number[];
}

export class BulkPool {
  readonly #piscina: ThreadPool<BatchTask, BatchResult>;

  constructor(
    readonly threads: number,
    setup: BatchSetup,
  ) {
    this.#piscina = threadPool(threads, ownFile('workers/predict.cjs'), setup);
    // A thread that dies takes its batch with it, whose promise tells.
    this.#piscina.on('error', () => {});
  }

  async run(task: BatchTask): Promise<BatchResult> {
    try {
      return await this.#piscina.run(task);
    } catch (error) {
      throw new RunFailure(`a thread failed while it predicted (${(error as Error).message})`);
    }
  }

  /** Ends the threads, whatever they do. */
  async close(): Promise<void> {
    await this.#piscina.destroy();
  }
}
