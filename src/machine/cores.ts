/** How many threads a run may have. Knows of the processors and of the cgroup's quota, not of what the threads do. */
import { availableParallelism } from 'node:os';
import { given, UserError } from '../errors.js';
import { groupFolders, type ReadText, readText } from './cgroup.js';

/** More threads than this is taken for a slip of the fingers. */
export const maxThreads = 256;

/**
 * Cores that this process may really use, at least 1: the processors that its affinity mask allows (`taskset`),
 * further limited by the CPU quota of its cgroups, which `os.availableParallelism()` ignores on Node 20.
 * A quota of 1.5 cores gives 1: a thread without a core of its own holds up all the others at each barrier.
 */
export function availableCores(read: ReadText = readText, processors = availableParallelism()): number {
  return Math.max(1, Math.floor(Math.min(processors, cpuQuota(read))));
}

/** @throws UserError unless `threads` is a whole number from 1 to 256. */
export function checkThreads(threads: number): number {
  if (Number.isInteger(threads) && threads >= 1 && threads <= maxThreads) return threads;
  throw new UserError(`threads: expected a whole number from 1 to ${maxThreads}, got ${given(threads)}`);
}

/**
 * The smallest CPU quota, in cores, of this process's cgroup and the groups above it; Infinity where none is set.
 * Version 2 keeps it in `cpu.max` ("quota period" or "max period"), version 1 in `cpu.cfs_quota_us` (−1: none)
 * and `cpu.cfs_period_us`. Source: Linux, Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst.
 */
export function cpuQuota(read: ReadText): number {
  let cores = Number.POSITIVE_INFINITY;
  for (const { version, path } of groupFolders(read, 'cpu')) {
    cores = Math.min(cores, version === 2 ? quotaVersion2(read, path) : quotaVersion1(read, path));
  }
  return cores;
}

function quotaVersion2(read: ReadText, folder: string): number {
  const [quota, period] = (read(`${folder}/cpu.max`) ?? 'max').trim().split(/\s+/);
  return share(quota, period);
}

function quotaVersion1(read: ReadText, folder: string): number {
  return share(read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`));
}

/** Quota over period, Infinity for anything that is not a pair of positive numbers ("max", −1, no file). */
function share(quota: string | undefined, period: string | undefined): number {
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : Number.POSITIVE_INFINITY;
}
