/** Several hosts in one process: a thread each in place of a network. */
import { Worker } from 'node:worker_threads';
import { Hosts } from '../../src/hosts/connection.js';
import { CONTROL_WORDS } from '../../src/shared/control.js';

const LARGEST_MESSAGE = 1 << 20;

/** @returns each host's connection, and what ends their threads */
export async function hostsInProcess(count: number): Promise<{ hosts: Hosts[]; end: () => Promise<void> }> {
  const memory = new SharedArrayBuffer(CONTROL_WORDS * 4 + count * LARGEST_MESSAGE);
  const pulses = Array.from({ length: count }, () => new Int32Array(new SharedArrayBuffer(4)));
  const workers = Array.from(
    { length: count },
    (_, host) =>
      new Worker(new URL('./hosts-thread.js', import.meta.url), {
        workerData: { host, hosts: count, memory, pulse: pulses[host] },
        execArgv: [],
      }),
  );
  return {
    hosts: await Promise.all(workers.map((worker, k) => Hosts.join(worker, pulses[k]))),
    end: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
