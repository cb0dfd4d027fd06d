/** What a run's plan follows from where several hosts train together, and what then goes on beside its workers. */
import { averagingNames, averagings } from '../averaging/index.js';
import { UserError } from '../errors.js';
import { availableCores } from '../machine/cores.js';
import type { Network } from '../model/network.js';
import type { Real } from '../model/precision.js';
import { type ExchangePlan, exchangeOrder } from '../plan/exchange.js';
import type { StepCut } from '../plan/shards.js';
import type { Setup } from '../plan/task.js';
import type { Beside } from '../pool/supervisor.js';
import { view } from '../shared/arena.js';
import type { GatherValues } from './evaluation.js';

/** The hosts of a run, one of which this is. */
export interface HostsOfRun extends Pick<ExchangePlan, 'host' | 'hosts'> {
  /** Processes of this machine that share its cores. */
  readonly neighbours: number;
  /** Exchanges what the workers have to exchange in a stretch; resolves when they have left it. */
  serve(setup: Setup, threads: number): Promise<void>;
  /** Host 0's values, in shared memory, go to all. */
  share(values: readonly (Real | Float64Array)[]): Promise<void>;
  /** Of values in shared memory, one host's stretch after another's, each host has all. */
  readonly gatherValues: GatherValues;
  /** What each host does for itself. @throws on all of them where it went wrong on one */
  agreed<T>(work: () => Promise<T>): Promise<T>;
}

/** Does something on each of several hosts, or here. @throws on all of them where it went wrong on one */
export function onAll<T>(hosts: HostsOfRun | undefined, work: () => Promise<T>): Promise<T> {
  return hosts ? hosts.agreed(work) : work();
}

/** Of numbers that each host has as many of: those of every host. */
export async function ofAll(hosts: HostsOfRun | undefined, own: readonly number[]): Promise<number[][]> {
  if (hosts === undefined) return [[...own]];
  const n = own.length;
  const all = new Float64Array(new SharedArrayBuffer(8 * n * hosts.hosts));
  all.set(own, n * hosts.host);
  await hosts.gatherValues(all, new Array(hosts.hosts).fill(n));
  return Array.from({ length: hosts.hosts }, (_, k) => [...all.subarray(n * k, n * (k + 1))]);
}

/** @throws UserError for a cut into shards that this way of averaging, or so many hosts, cannot have */
export function checkCuts(
  { averaging, accumulate = 1 }: StepCut,
  shards: number,
  hosts: number,
  net: Network,
): void {
  const { powerOfTwo = false } = averagings[averaging];
  if (hosts > 1 && !powerOfTwo) {
    const able = averagingNames.filter((name) => averagings[name].powerOfTwo);
    throw new UserError(
      `train.averaging: expected "${able.join('" or "')}" where several hosts train together, got "${averaging}"`,
    );
  }
  if (!isPowerOfTwo(hosts)) {
    throw new UserError(`--nodes: expected a power of two of hosts (1, 2, 4, 8, …), got ${hosts}`);
  }
  if (powerOfTwo && !isPowerOfTwo(accumulate)) {
    throw new UserError(
      `train.accumulate: expected a power of two, got ${accumulate}; "hosts" adds up in halves`,
    );
  }
  if (hosts > 1 && accumulate > 1 && exchangeOrder(net).meetings.length > 0) {
    const [layer] = exchangeOrder(net).meetings;
    const { type, place } = net.layers[layer];
    throw new UserError(
      `train.accumulate: "${type}" (model.layers.${place}) needs statistics of a whole minibatch, and several hosts exchange ` +
        'once a step; leave one of them out, or freeze the layer',
    );
  }
  // What hosts add up has the bits of one host's sum where each has a whole subtree of the tree over the shards.
  if (!powerOfTwo || (isPowerOfTwo(shards) && shards >= hosts)) return;
  throw new UserError(
    `train.shards: expected a power of two${hosts > 1 ? `, at least one for each of the ${hosts} hosts` : ''}, ` +
      `got ${shards}; "hosts" adds up in halves`,
  );
}

/** Cores for this process's workers. */
export const coresOf = (hosts: HostsOfRun | undefined): number =>
  Math.max(1, Math.floor(availableCores() / (hosts?.neighbours ?? 1)));

const isPowerOfTwo = (n: number): boolean => (n & (n - 1)) === 0;

/** The exchange beside a stretch, whose counters begin at 0. */
export function besideOf(setup: Setup, hosts: HostsOfRun): Beside {
  const { made, ready, done } = setup.layout.exchange ?? {};
  const counters = [made, ready, done].flatMap((words) => (words ? [view(setup.memory, words)] : []));
  return (threads) => {
    for (const words of counters) words.fill(0);
    return hosts.serve(setup, threads);
  };
}
