/** The threads of predictions in bulk, a Piscina pool. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { RunFailure } from '../errors.js';
import { ownFile } from '../version.js';
import type { BatchResult, BatchSetup } from './batch.js';

/** What a thread is asked for: a lane's batch. */
export interface BatchTask {
  readonly lane: number;
  readonly rows: number;
  readonly wrong: readonly number[];
}

/** Heap of a thread: texts of a few batches. */
const HEAP_MIB = 256;

export class BulkPool {
  readonly #piscina: Piscina<BatchTask, BatchResult>;

  constructor(
    readonly threads: number,
    setup: BatchSetup,
  ) {
    this.#piscina = new Piscina({
      filename: fileURLToPath(ownFile('workers/predict.cjs')),
      workerData: setup,
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1,
      // The caller's loaders (--import, --require) have no business here, and would start in every thread.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
      atomics: 'disabled',
      recordTiming: false,
    });
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
