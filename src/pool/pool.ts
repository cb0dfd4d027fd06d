/** The worker pool: exactly T threads that begin a stretch together. */
import { RunFailure } from '../errors.js';
import { type ThreadPool, threadPool } from '../machine/thread-pool.js';
import type { Task } from '../plan/task.js';
import { ownFile } from '../version.js';

/** Longest that ending a thread may take: one inside a function in C ends after it. */
const END_WITHIN_MS = 20_000;

/** What runs in a pool's threads, and what they are told when they start. */
export interface WorkerProgram {
  readonly file: URL;
  readonly data?: unknown;
}

/** Which task failed, and how. The pool that it failed in is gone. */
export class TaskFailure {
  readonly noticed = new Date();

  constructor(
    /** Its place among the tasks; undefined where a thread died that had none, or where nobody got on. */
    readonly task: number | undefined,
    readonly error: unknown,
  ) {}
}

export class Pool {
  readonly #piscina: ThreadPool<Task, unknown>;
  /** A thread that dies without a task has nobody to tell. */
  #onDeath: ((error: unknown) => void) | undefined;
  #died: unknown;

  constructor(threads: number, program: WorkerProgram = { file: ownFile('workers/shard.cjs') }) {
    this.#piscina = threadPool(threads, program.file, program.data);
    this.#piscina.on('error', (error) => {
      this.#died ??= error;
      this.#onDeath?.(error);
    });
  }

  /**
   * Runs one task a worker, all at once, to their ends. At the first failure all threads are ended, and with them the
   * pool: when this has thrown, no task runs any more, not even one that would never have ended.
   * @param stuck resolves when nobody gets on any more
   * @param onFailure called at the failure, to free the workers that wait for the one that failed
   * @returns the tasks' results @throws TaskFailure
   */
  async run(tasks: readonly Task[], stuck: Promise<void>, onFailure: () => void): Promise<unknown[]> {
    const failed = new Promise<never>((_, reject) => {
      this.#onDeath = (error) => reject(new TaskFailure(undefined, error));
      if (this.#died !== undefined) this.#onDeath(this.#died);
      stuck.then(() => reject(new TaskFailure(undefined, undefined)));
    });
    const settled = tasks.map((task, k) =>
      this.#piscina.run(task).catch((error: unknown) => {
        throw new TaskFailure(k, error);
      }),
    );
    try {
      return await Promise.race([Promise.all(settled), failed]);
    } catch (failure) {
      onFailure();
      failed.catch(() => {});
      for (const each of settled) each.catch(() => {});
      await this.close();
      throw failure;
    } finally {
      this.#onDeath = undefined;
    }
  }

  /** Ends all threads, whatever they do; resolves when they have ended. */
  async close(): Promise<void> {
    // Piscina asks its threads to end, but does not wait until they have.
    const ended = Promise.all(this.#piscina.threads.map((thread) => thread.terminate()));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new RunFailure(`a worker thread could not be ended within ${END_WITHIN_MS / 1000} s`);
      timer = setTimeout(() => reject(error), END_WITHIN_MS);
    });
    try {
      await Promise.race([Promise.all([ended, this.#piscina.destroy()]), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
