/** The thread that talks to the other hosts: what it offers to the threads of its own. */
import { cpus } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import { availableCores } from '../machine/cores.js';
import type { Setup } from '../plan/task.js';
import type { Joined } from '../protocol.js';
import { Exchanging } from './exchanging.js';
import type { Transport } from './transport.js';

/** A transport that has a beginning and an end. */
export interface Network extends Transport {
  readonly library: string;
  readonly name: string;
  finish(): void;
}

/** Every call but `join` and `hasFinished` waits for the other hosts, who make the same. */
export interface HostsApi {
  /** Begins. @throws UserError where the network's library is not there, or does not fit */
  join(): Promise<Joined>;
  gather(text: string): string[];
  share(values: readonly (Float32Array | Float64Array)[]): void;
  serve(setup: Setup, threads: number): void;
  /** Ends; again, it does nothing. */
  finish(): void;
  /** Whether all have ended together. */
  hasFinished(): boolean;
}

/** What a host tells of itself as it joins. */
interface HostFacts {
  readonly name: string;
  readonly isBound: boolean;
}

/** What the thread offers to who has started it. */
export interface HostsThread extends HostsApi {
  /** Offers the same to whoever holds the other end of a port. */
  open(port: MessagePort): void;
}

/** @param connect makes the network, once */
export function talking(connect: () => Promise<Network>): HostsApi {
  let network: Network | undefined;
  let exchanging: Exchanging | undefined;
  let finished = false;
  const joined = (): Network => {
    if (network === undefined) throw new Error('this host has not joined');
    return network;
  };
  return {
    async join() {
      network = await connect();
      const { host, hosts, name, library } = network;
      const own: HostFacts = { name, isBound: availableCores() === 1 && cpus().length > 1 };
      const all = texts(network, JSON.stringify(own)).map((text) => JSON.parse(text) as HostFacts);
      const bound = all.flatMap(({ isBound }, k) => (isBound ? [k] : []));
      return { host, hosts, names: all.map(({ name }) => name), library, bound };
    },
    gather: (text) => texts(joined(), text),
    share(values) {
      for (const { buffer, byteOffset, byteLength } of values) {
        joined().share(new Uint8Array(buffer, byteOffset, byteLength));
      }
    },
    serve(setup, threads) {
      if (exchanging?.setup.id !== setup.id || exchanging.threads !== threads) {
        exchanging = new Exchanging(setup, threads, joined());
      }
      exchanging.serve();
    },
    finish() {
      if (!finished) joined().finish();
      finished = true;
    },
    hasFinished: () => finished,
  };
}

/** Every host's text. */
function texts(network: Transport, own: string): string[] {
  const { host, hosts } = network;
  const bytes = new TextEncoder().encode(own);
  const lengths = new Int32Array(hosts);
  lengths[host] = bytes.length;
  const each = new Int32Array(hosts).fill(4);
  network.gather(new Uint8Array(lengths.buffer), each, startsOf(each));
  const starts = startsOf(lengths);
  const all = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  all.set(bytes, starts[host]);
  network.gather(all, lengths, starts);
  const decoder = new TextDecoder();
  return Array.from(lengths, (length, k) => decoder.decode(all.subarray(starts[k], starts[k] + length)));
}

function startsOf(lengths: Int32Array): Int32Array {
  let start = 0;
  return lengths.map((length) => {
    start += length;
    return start - length;
  });
}
