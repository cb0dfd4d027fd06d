/** The caller's side of the coordinator thread: the only file there that imports Comlink. */
import { Worker } from 'node:worker_threads';
import { proxy, type Remote, transfer, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import type { Config } from '../config/schema.js';
import { RunFailure, revived, shortened, UserError } from '../errors.js';
import { workWatcher } from '../machine/work.js';
import type { CoordinatorApi } from '../protocol.js';
import { ownFile } from '../version.js';
import { type Handed, handedOver } from './handed.js';

/** Longest that threads may take to load before they are ended all the same. */
const LOADED_WITHIN_MS = 20_000;

/** One coordinator thread; one run at a time. */
export interface Session
  extends Pick<CoordinatorApi, 'estimate' | 'evaluate' | 'insights' | 'outputs' | 'stop'> {
  /** @throws UserError for data that no other thread can be handed */
  train(config: Config, ...of: Parameters<CoordinatorApi['train']>): ReturnType<CoordinatorApi['train']>;
  /** @throws as `train` */
  gradcheck(
    config: Config,
    ...of: Parameters<CoordinatorApi['gradcheck']>
  ): ReturnType<CoordinatorApi['gradcheck']>;
  /** @throws as `train` */
  findRate(
    config: Config,
    ...of: Parameters<CoordinatorApi['findRate']>
  ): ReturnType<CoordinatorApi['findRate']>;
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
  const watcher = workWatcher();
  const loaded = orDeath(remote.ready());
  // Nobody waits for what is told here alone.
  if (watcher) loaded.then(() => remote.watch(proxy(watcher))).catch(() => {});
  loaded.catch(() => {});
  const begin = async <T>(call: () => Promise<T>): Promise<T> => {
    await loaded;
    if (closing) throw new Error('the session is closed');
    return orDeath(call());
  };

  /** What is being handed over while a call is under way. */
  const handing = new Set<Handed>();
  const giving = <T>(config: Config, call: () => Promise<T>): Promise<T> =>
    begin(async () => {
      const handed = handedOver(config);
      handing.add(handed);
      try {
        await remote.give(transfer(handed.config, handed.ports)).catch(refuseUncloned);
        return await Promise.race([call(), handed.failed]);
      } finally {
        handing.delete(handed);
        await handed.close();
      }
    });

  return {
    train: (config, options, onEvent, onStep) => {
      const ports = options.hosts ? [options.hosts.port] : [];
      const steps = onStep && proxy(onStep);
      return giving(config, () => remote.train(transfer(options, ports), proxy(onEvent), steps));
    },
    gradcheck: (config, options, onProgress) =>
      giving(config, () => remote.gradcheck(options, proxy(onProgress))),
    findRate: (config, options, onProgress) =>
      giving(config, () => remote.findRate(options, proxy(onProgress))),
    evaluate: (config, options) => begin(() => remote.evaluate(config, options)),
    estimate: (config, options) => begin(() => remote.estimate(config, options)),
    insights: (config, request) => begin(() => remote.insights(config, request)),
    outputs: (config, request) => begin(() => remote.outputs(config, request)),
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

/** Says in our words what a message between threads cannot hold. */
function refuseUncloned(error: unknown): never {
  if ((error as Error | undefined)?.name !== 'DataCloneError') throw error;
  throw new UserError(
    `data: expected values that can be handed to the thread that trains, got others: ${shortened((error as Error).message, 80)}`,
  );
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
