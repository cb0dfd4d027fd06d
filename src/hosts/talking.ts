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

/** Every call but `join` and those about agreeing waits for the other hosts, who make the same. */
export interface HostsApi {
  /** Begins. @throws UserError where the network's library is not there, or does not fit */
  join(): Promise<Joined>;
  gather(text: string): string[];
  gatherValues(values: Float32Array | Float64Array, lengths: readonly number[]): void;
  share(values: readonly (Float32Array | Float64Array)[]): void;
  serve(setup: Setup, threads: number): void;
  /** Ends; again, it does nothing. */
  finish(): void;
  /** Whether all hosts know why a run has ended, so that nobody waits for another in vain. */
  haveAgreed(): boolean;
  setAgreed(agreed: boolean): void;
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

/** Between two signs of life of a thread that has nothing to say. */
const PULSE_EVERY_MS = 200;

/** What a host is ready for. */
const Ready = { nothing: 0, gather: 1, share: 2, serve: 3, finish: 4, values: 5 } as const;

/**
 * The hosts' threads meet again and again, each to say what it is ready for: what all are ready for is done, and who has
 * nothing to say yet is heard to be alive.
 * @param connect makes the network, once
 * @param pulse a word that changes at each meeting
 */
export function talking(connect: () => Promise<Network>, pulse: Int32Array): HostsApi {
  let network: Network | undefined;
  let exchanging: Exchanging | undefined;
  let finished = false;
  let agreed = false;
  let timer: NodeJS.Timeout | undefined;
  const joined = (): Network => {
    if (network === undefined) throw new Error('this host has not joined');
    return network;
  };
  /** @returns whether all are ready for the same */
  const meet = (ready: number): boolean => {
    const { host, hosts } = joined();
    const all = new Int32Array(hosts);
    all[host] = ready;
    gatherWords(joined(), all);
    Atomics.add(pulse, 0, 1);
    if (all.includes(Ready.nothing)) return false;
    if (all.every((each) => each === ready)) return true;
    throw new Error(`the hosts do not do the same: ${all.join(', ')}`);
  };
  const together = <T>(ready: number, work: (network: Network) => T): T => {
    while (!meet(ready)) {}
    return work(joined());
  };
  return {
    async join() {
      network = await connect();
      const { host, hosts, name, library } = network;
      const own: HostFacts = { name, isBound: availableCores() === 1 && cpus().length > 1 };
      const all = texts(network, JSON.stringify(own)).map((text) => JSON.parse(text) as HostFacts);
      const bound = all.flatMap(({ isBound }, k) => (isBound ? [k] : []));
      timer = setInterval(() => meet(Ready.nothing), PULSE_EVERY_MS);
      return { host, hosts, names: all.map(({ name }) => name), library, bound };
    },
    gather: (text) => together(Ready.gather, (network) => texts(network, text)),
    gatherValues: (values, lengths) =>
      together(Ready.values, (network) => {
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        const counts = Int32Array.from(lengths, (length) => length * values.BYTES_PER_ELEMENT);
        network.gather(bytes, counts, startsOf(counts));
      }),
    share: (values) =>
      together(Ready.share, (network) => {
        for (const { buffer, byteOffset, byteLength } of values) {
          for (let at = 0; at < byteLength; at += SHARED_AT_ONCE) {
            const length = Math.min(SHARED_AT_ONCE, byteLength - at);
            network.share(new Uint8Array(buffer, byteOffset + at, length));
            Atomics.add(pulse, 0, 1);
          }
        }
      }),
    serve(setup, threads) {
      if (exchanging?.setup.id !== setup.id || exchanging.threads !== threads) {
        exchanging = new Exchanging(setup, threads, joined());
      }
      const { serve } = exchanging;
      together(Ready.serve, () => serve());
    },
    finish() {
      if (finished) return;
      clearInterval(timer);
      together(Ready.finish, (network) => network.finish());
      finished = true;
    },
    haveAgreed: () => agreed,
    setAgreed(now) {
      agreed = now;
    },
  };
}

/** Bytes that are shared between two signs of life. */
const SHARED_AT_ONCE = 1 << 24;

/** Every host's text. */
function texts(network: Transport, own: string): string[] {
  const { host, hosts } = network;
  const bytes = new TextEncoder().encode(own);
  const lengths = new Int32Array(hosts);
  lengths[host] = bytes.length;
  gatherWords(network, lengths);
  const starts = startsOf(lengths);
  const all = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  all.set(bytes, starts[host]);
  network.gather(all, lengths, starts);
  const decoder = new TextDecoder();
  return Array.from(lengths, (length, k) => decoder.decode(all.subarray(starts[k], starts[k] + length)));
}

/** Every host's word, of which this one's is there. */
function gatherWords(network: Transport, words: Int32Array): void {
  const each = new Int32Array(words.length).fill(Int32Array.BYTES_PER_ELEMENT);
  network.gather(new Uint8Array(words.buffer), each, startsOf(each));
}

function startsOf(lengths: Int32Array): Int32Array {
  let start = 0;
  return lengths.map((length) => {
    start += length;
    return start - length;
  });
}
