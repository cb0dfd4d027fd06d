/** A thread that stands for one host's network: hosts of one process hand each other bytes in memory that they share. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { type Network, talking } from '../../src/hosts/talking.js';
import { Barrier } from '../../src/shared/barrier.js';
import { CONTROL_WORDS } from '../../src/shared/control.js';

export interface SharedHost {
  readonly host: number;
  readonly hosts: number;
  /** Control words, and after them a place for each host's message. */
  readonly memory: SharedArrayBuffer;
  readonly pulse: Int32Array;
}

function sharedMemory({ host, hosts, memory }: SharedHost): Network {
  const barrier = new Barrier(new Int32Array(memory, 0, CONTROL_WORDS), hosts, 0);
  const each = (memory.byteLength - CONTROL_WORDS * 4) / hosts;
  const place = (k: number) => new Uint8Array(memory, CONTROL_WORDS * 4 + k * each, each);
  /** Hands over bytes, and looks at those of all. */
  const exchange = (own: Uint8Array, take: (k: number, bytes: Uint8Array) => void) => {
    place(host).set(own);
    barrier.meet();
    for (let k = 0; k < hosts; k++) take(k, place(k));
    barrier.meet();
  };
  return {
    host,
    hosts,
    name: `host ${host}`,
    library: 'shared memory',
    gather: (bytes, counts, starts) =>
      exchange(bytes.subarray(starts[host], starts[host] + counts[host]), (k, all) =>
        bytes.set(all.subarray(0, counts[k]), starts[k]),
      ),
    scatter: (bytes, counts, starts, into, places) =>
      exchange(bytes, (k, all) =>
        into.set(all.subarray(starts[host], starts[host] + counts[host]), places[k]),
      ),
    sum() {
      throw new Error('hosts that share memory add up in the fixed order');
    },
    share: (bytes) => exchange(bytes, (k, all) => k === 0 && bytes.set(all.subarray(0, bytes.length))),
    finish() {},
  };
}

if (parentPort === null) throw new Error('a worker thread, not a program');
const shared = workerData as SharedHost;
const api = talking(async () => sharedMemory(shared), shared.pulse);
expose({ ...api, open: (port: MessagePort) => expose(api, nodeEndpoint(port)) }, nodeEndpoint(parentPort));
