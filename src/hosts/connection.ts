/**
 * The hosts that train together as a thread of one of them sees them: what it asks of the thread that talks to the others
 * (hosts/talking.ts). All hosts ask the same things in the same order.
 */
import { MessageChannel, type Worker } from 'node:worker_threads';
import { type Remote, releaseProxy, transfer, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { ElsewhereTold, isUserError, RunFailure, revived, UserError } from '../errors.js';
import type { Setup } from '../plan/task.js';
import type { HostsAddress, Joined } from '../protocol.js';
import type { HostsApi, HostsThread } from './talking.js';

/** What one host says where all are to agree. */
interface Said {
  readonly error?: { readonly message: string; readonly isUser: boolean };
  readonly facts?: Readonly<Record<string, string>>;
}

const LOOK_EVERY_MS = 250;
/** So long without a sign of life of all hosts, and one of them is not alive. */
const SILENT_MS = 9_000;
const SILENCE = `between two stretches of steps another host gave no sign of life for ${SILENT_MS / 1000} s`;

export class Hosts {
  private constructor(
    readonly joined: Joined,
    private readonly pulse: Int32Array,
    private readonly remote: Remote<HostsApi>,
  ) {}

  /** Begins, in the thread `worker`. @throws UserError where the network is not there, or not as it should be */
  static async join(worker: Worker, pulse: Int32Array): Promise<Hosts> {
    // One proxy for good: Comlink closes the port of one that is collected.
    const remote = wrap<HostsApi>(nodeEndpoint(worker));
    try {
      return new Hosts(await remote.join(), pulse, remote);
    } catch (error) {
      throw revived(error);
    }
  }

  /** What the coordinator of a run needs to ask too; its port goes over to it. */
  address(): HostsAddress {
    const { port1, port2 } = new MessageChannel();
    (this.remote as unknown as Remote<HostsThread>).open(transfer(port1, [port1]));
    return { ...this.joined, pulse: this.pulse, port: port2 };
  }

  /** The hosts as the thread that holds `address` reaches them. */
  static connect({ port, pulse, ...joined }: HostsAddress): Hosts {
    return new Hosts(joined, pulse, wrap<HostsApi>(nodeEndpoint(port)));
  }

  /** This host's number, from 0; host 0 writes the run's folder, and tells. */
  get host(): number {
    return this.joined.host;
  }

  get hosts(): number {
    return this.joined.hosts;
  }

  /** Processes of this machine, this one among them, that share its cores. */
  get neighbours(): number {
    const { names, host } = this.joined;
    return names.filter((name) => name === names[host]).length;
  }

  /** Every host's text, in their order. */
  async gather(text: string): Promise<string[]> {
    return this.#told(this.remote.gather(text));
  }

  /** Host 0's values go to all, in place; they must lie in shared memory. */
  async share(values: readonly (Float32Array | Float64Array)[]): Promise<void> {
    await this.#told(this.remote.share(values.filter(({ length }) => length > 0)));
  }

  /** Of values in shared memory, one host's stretch after another's, this host's are there; afterwards all are. */
  async gatherValues(values: Float32Array | Float64Array, lengths: readonly number[]): Promise<void> {
    await this.#told(this.remote.gatherValues(values, lengths));
  }

  /** Exchanges what `threads` workers have to exchange in a stretch; resolves when they have left it. */
  async serve(setup: Setup, threads: number): Promise<void> {
    // Whether the others are alive is seen by the workers, who wait for them.
    try {
      await this.remote.serve(setup, threads);
    } catch (error) {
      throw revived(error);
    }
  }

  /**
   * Does what each host does for itself, and goes on where it went well on all of them; else all know that it did not.
   * @param facts what must be the same on all hosts, by what it is called
   * @param isForAll whether host 0 does something for all of them, and the others nothing
   * @throws what went wrong on any of them, with the host's number and name; ElsewhereTold on hosts that need not tell it
   */
  async agreed<T>(
    work: () => Promise<T>,
    facts: (done: T) => Promise<Readonly<Record<string, string>>> = async () => ({}),
    isForAll = false,
  ): Promise<T> {
    let done: { value: T } | undefined;
    let said: Said;
    let own: unknown;
    try {
      done = { value: await work() };
      said = { facts: await facts(done.value) };
    } catch (error) {
      own = error;
      const message = error instanceof Error ? error.message : String(error);
      said = { error: { message, isUser: isUserError(error) } };
    }
    const all = (await this.gather(JSON.stringify(said))).map((text) => JSON.parse(text) as Said);
    const wrong = this.#errorOf(all, own, isForAll) ?? this.#differenceOf(all);
    if (wrong !== undefined) {
      await this.setAgreed(true);
      throw this.host === 0 ? wrong : new ElsewhereTold(wrong.message);
    }
    if (done === undefined) throw own;
    return done.value;
  }

  /** Host `k` as messages name it. */
  nameOf(k: number): string {
    return `host ${k} (${this.joined.names[k]})`;
  }

  #errorOf(all: readonly Said[], own: unknown, isForAll: boolean): Error | undefined {
    const failed = all.flatMap(({ error }, k) => (error ? [{ ...error, k }] : []));
    if (failed.length === 0) return undefined;
    const isSame = failed.length === all.length && new Set(failed.map(({ message }) => message)).size === 1;
    // The same everywhere, or what host 0 does for all: told as a single host would.
    if (this.host === 0 && (isSame || (isForAll && failed[0].k === 0))) return own as Error;
    const lines = failed.map(({ message, k }) => `${this.nameOf(k)}: ${message}`).join('\n');
    return failed.every(({ isUser }) => isUser) ? new UserError(lines) : new RunFailure(lines);
  }

  #differenceOf(all: readonly Said[]): Error | undefined {
    const [first, ...others] = all.map(({ facts = {} }) => facts);
    for (const [what, value] of Object.entries(first)) {
      const other = others.findIndex((facts) => facts[what] !== value);
      if (other < 0) continue;
      return new UserError(
        `${what}: expected the same on all hosts, got ${value} on ${this.nameOf(0)} and ${others[other][what]} on ` +
          `${this.nameOf(other + 1)}`,
      );
    }
    return undefined;
  }

  /** Leaves the others, who do so too. */
  async finish(): Promise<void> {
    await this.#told(this.remote.finish());
  }

  /** Whether all know why the run has ended. False too where the thread does not answer at once, as it waits for others. */
  async haveAgreed(): Promise<boolean> {
    const late = new Promise<false>((resolve) => setTimeout(resolve, 200, false));
    return Promise.race([this.remote.haveAgreed(), late]);
  }

  /** Every host says so for itself. */
  async setAgreed(agreed: boolean): Promise<void> {
    await this.remote.setAgreed(agreed);
  }

  /** Lets go of the port. */
  close(): void {
    this.remote[releaseProxy]();
  }

  /** @throws what went wrong there; RunFailure where some host is not alive */
  async #told<T>(call: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const lost = new Promise<never>((_, reject) => {
      let before = Atomics.load(this.pulse, 0);
      let looks = 0;
      // Counts looks, not seconds: while this process is stopped nobody looks.
      timer = setInterval(() => {
        const now = Atomics.load(this.pulse, 0);
        looks = now === before ? looks + 1 : 0;
        before = now;
        if (looks * LOOK_EVERY_MS >= SILENT_MS) reject(new RunFailure(SILENCE));
      }, LOOK_EVERY_MS);
    });
    try {
      return await Promise.race([call, lost]);
    } catch (error) {
      throw revived(error);
    } finally {
      clearInterval(timer);
    }
  }
}
