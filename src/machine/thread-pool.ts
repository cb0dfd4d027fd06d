/** A Piscina pool as all of ours are: exactly so many threads from its beginning to its end. Knows nothing of their tasks. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';

export type ThreadPool<Task, Result> = Piscina<Task, Result>;

/**
 * A thread keeps its numbers in shared memory and needs next to nothing of its own. What grows beyond this ends that
 * thread; without a limit it would end the process.
 */
const HEAP_MIB = 256;

/** @param file what runs in the threads @param data what they are told when they start */
export function threadPool<Task, Result>(
  threads: number,
  file: URL,
  data?: unknown,
): ThreadPool<Task, Result> {
  return new Piscina({
    filename: fileURLToPath(file),
    workerData: data,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
    concurrentTasksPerWorker: 1,
    // The caller's loaders (--import, --require) have no business here, and would start in every thread.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    // A task is long and workers meet inside it: Piscina's own waiting on shared memory would be in the way.
    atomics: 'disabled',
    recordTiming: false,
  });
}
