/** The caller's side of the coordinator thread: the only file there that imports Comlink. */
import { Worker } from 'node:worker_threads';
import { proxy, type Remote, transfer, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import type { Config } from '../config/schema.js';
import { RunFailure, revived } from '../errors.js';
import type { CoordinatorApi } from '../protocol.js';
import { ownFile } from '../version.js';
import { type Handed, handedOver } from './handed.js';

/** Longest that threads may take to load before they are ended all the same. */
const LOADED_WITHIN_MS = 20_000;

/** One coordinator thread; one run at a time. */
export interface Session extends Pick<CoordinatorApi, 'train' | 'gradcheck' | 'evaluate' | 'stop'> {
  /** Whether the thread has ended, of itself or since it was closed. */
  died(): boolean;
  /** Ends the thread and its pool, whatever they do, as soon as they have loaded. */
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

  let closing = false;
  const loaded = orDeath(remote.ready());
  loaded.catch(() => {});
  const begin = async <T>(call: () => Promise<T>): Promise<T> => {
    await loaded;
    if (closing) throw new Error('the session is closed');
    return orDeath(call());
  };

  /** What is being handed over while a call is under way. */
  const handing = new Set<Handed>();
  const giving = <T>(config: Config, call: (config: Config) => Promise<T>): Promise<T> =>
    begin(async () => {
      const handed = handedOver(config);
      handing.add(handed);
      try {
        return await Promise.race([call(transfer(handed.config, handed.ports)), handed.failed]);
      } finally {
        handing.delete(handed);
        await handed.close();
      }
    });

  return {
    train: (config, options, onEvent) =>
      giving(config, (sent) => remote.train(sent, options, proxy(onEvent))),
    gradcheck: (config, options, onProgress) =>
      giving(config, (sent) => remote.gradcheck(sent, options, proxy(onProgress))),
    evaluate: (config, options) => begin(() => remote.evaluate(config, options)),
    stop: () => {
      remote.stop().catch(() => {});
    },
    died: () => dead,
    close: async () => {
      closing = true;
      for (const handed of handing) handed.close();
      // A thread that is ended while it loads its modules leaves their files open.
      await within(
        LOADED_WITHIN_MS,
        loaded.then(() => orDeath(remote.abandon())),
      );
      await worker.terminate();
    },
  };
}

/** Resolves when `work` has settled, or after so many milliseconds. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}
