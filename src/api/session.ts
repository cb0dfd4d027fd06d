/** The caller's side of the coordinator thread: the only file there that imports Comlink. */
import { Worker } from 'node:worker_threads';
import { proxy, type Remote, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { RunFailure, revived } from '../errors.js';
import type { CoordinatorApi } from '../protocol.js';
import { ownFile } from '../version.js';

/** One coordinator thread; one run at a time. */
export interface Session extends Pick<CoordinatorApi, 'train' | 'gradcheck' | 'stop'> {
  /** Whether the thread has ended, of itself or since it was closed. */
  died(): boolean;
  /** Ends the thread and its pool at once, whatever they do. */
  close(): Promise<void>;
}

/**
 * Starts the coordinator thread. Its calls reject when the thread dies, which Comlink alone would not notice, and with
 * errors of the class that they had there.
 */
export function openSession(): Session {
  const worker = new Worker(ownFile('workers/coordinator.js'), { execArgv: [] });
  const remote: Remote<CoordinatorApi> = wrap<CoordinatorApi>(nodeEndpoint(worker));
  let dead = false;
  const death = new Promise<never>((_, reject) => {
    const end = (error: Error) => {
      dead = true;
      reject(new RunFailure(`the coordinator thread ended (${error.message})`, { cause: error }));
    };
    worker.once('error', end);
    worker.once('exit', (code) => end(new Error(`exit code ${code}`)));
  });
  // Where no call is under way nobody listens, and an unheard rejection would end the process.
  death.catch(() => {});
  const orDeath = <T>(call: Promise<T>): Promise<T> =>
    Promise.race([call, death]).catch((error) => {
      throw revived(error);
    });

  return {
    train: (config, options, onEvent) => orDeath(remote.train(config, options, proxy(onEvent))),
    gradcheck: (config, options, onProgress) => orDeath(remote.gradcheck(config, options, proxy(onProgress))),
    stop: () => {
      remote.stop().catch(() => {});
    },
    died: () => dead,
    close: async () => {
      await worker.terminate();
    },
  };
}
