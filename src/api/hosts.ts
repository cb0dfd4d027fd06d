/** This process as one of the hosts that train together: joined once, and left when the process ends. */
import { deserialize, serialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { ElsewhereTold, RunFailure, UserError } from '../errors.js';
import { Hosts } from '../hosts/connection.js';
import { givesRows } from '../machine/rows-given.js';
import { ownFile } from '../version.js';
import type { Plan } from './plan.js';

/** Longest that a process waits for those that were started with it: they load the same program. */
const JOINED_WITHIN_MS = 12_000;

/**
 * What Open MPI is asked for where nobody else has: waiting processes let others have their core; over TCP a slice of a piece
 * goes out in one message, without asking first, and there is a second connection, so that short messages need not queue. With
 * its own defaults two hosts exchanged at half of what the wire carries: bench/README.md, `npm run bench -- hosts`.
 */
const libraryDefaults = {
  OMPI_MCA_mpi_yield_when_idle: '1',
  OMPI_MCA_btl_tcp_links: '2',
  OMPI_MCA_btl_tcp_eager_limit: '262144',
  OMPI_MCA_btl_tcp_rndv_eager_limit: '262144',
  OMPI_MCA_btl_tcp_max_send_size: '262144',
};

/** The hosts, as this process is one of them. */
export class Member {
  /** Something is left that other hosts wait for in vain, or that waits for them: nothing ends in good order any more. */
  #broken = false;
  #busy = false;

  private constructor(
    private readonly nodes: number,
    private readonly worker: Worker,
    private readonly hosts: Hosts,
  ) {}

  static #joined: Promise<Member> | undefined;

  /**
   * Joins the processes that were started with this one, where that was not done yet, for one run.
   * @param nodes how many there must be
   * @throws UserError where there are not, or MPI is not there, or another run is under way; RunFailure after one that the
   *   hosts have lost each other in
   */
  static async join(nodes: number): Promise<Member> {
    Member.#joined ??= Member.#begin(nodes);
    const member = await Member.#joined;
    if (member.nodes !== nodes) {
      throw new UserError(
        `nodes: this process is one of ${member.nodes} hosts already, expected the same, got ${nodes}`,
      );
    }
    if (member.#broken)
      throw new RunFailure('nodes: the hosts have lost each other; start their processes anew');
    if (member.#busy) {
      throw new UserError('nodes: the hosts train together already; expected one run after another');
    }
    member.#busy = true;
    return member;
  }

  static async #begin(nodes: number): Promise<Member> {
    for (const [name, value] of Object.entries(libraryDefaults)) process.env[name] ??= value;
    const pulse = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(ownFile('workers/hosts.js'), { workerData: { nodes, pulse }, execArgv: [] });
    const died = new Promise<never>((_, reject) => {
      worker.once('error', (error) =>
        reject(new RunFailure(`the thread for other hosts ended (${error.message})`)),
      );
    });
    died.catch(() => {});
    const tooLate = new RunFailure(
      `--nodes: the other processes have not come within ${JOINED_WITHIN_MS / 1000} s`,
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, JOINED_WITHIN_MS, tooLate);
    });
    let hosts: Hosts;
    try {
      hosts = await Promise.race([Hosts.join(worker, pulse), died, late]);
    } catch (error) {
      if (error === tooLate) {
        // Inside of the library it cannot be ended.
        worker.unref();
        process.once('exit', () => process.kill(process.pid, 'SIGKILL'));
      } else await worker.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    const member = new Member(nodes, worker, hosts);
    worker.unref();
    process.once('beforeExit', () => member.#finish());
    // Whoever waits inside of the library cannot be ended otherwise; the launcher sees it, and ends the others.
    process.once('exit', () => {
      if (member.#broken) process.kill(process.pid, 'SIGKILL');
    });
    return member;
  }

  /** This host's number, from 0: host 0 tells. */
  get host(): number {
    return this.hosts.host;
  }

  /**
   * Has host 0 plan a run, and all others carry it out too.
   * @throws on host 0 what `prepare` throws, and ElsewhereTold on the others
   */
  async planned(prepare: () => Promise<Plan>): Promise<Plan> {
    const { host } = this;
    await this.hosts.setAgreed(false);
    const own = await this.hosts.agreed(
      async () => {
        if (host > 0) return undefined;
        const plan = await prepare();
        const rows = Object.entries(plan.config.data).find(([, value]) => givesRows(value));
        if (rows === undefined) return plan;
        throw new UserError(
          `data.${rows[0]}: rows that a program gives stay in its process; with --nodes expected files`,
        );
      },
      undefined,
      true,
    );
    const [text] = await this.hosts.gather(
      own ? serialize({ config: own.config, options: own.options }).toString('base64') : '',
    );
    // Arrays of numbers that a program gives come over as they are.
    const plan = own ?? (deserialize(Buffer.from(text, 'base64')) as Plan);
    if (this.hosts.hosts === 1) return plan;
    return {
      ...plan,
      options: { ...plan.options, ...(host > 0 && { runDir: null }), hosts: this.hosts.address() },
    };
  }

  /** A run has ended, and another may begin. */
  ended(): void {
    this.#busy = false;
  }

  /** An error of a run of this host, as this host tells it. */
  async asTold(error: unknown): Promise<unknown> {
    const { host, names } = this.hosts.joined;
    if (await this.hosts.haveAgreed()) {
      return host === 0 || !(error instanceof Error) ? error : new ElsewhereTold(error.message);
    }
    this.#broken = true;
    if (error instanceof Error) error.message = `host ${host} (${names[host]}): ${error.message}`;
    return error;
  }

  async #finish(): Promise<void> {
    if (this.#broken) return;
    this.worker.ref();
    try {
      await this.hosts.finish();
      await this.worker.terminate();
    } catch {
      // The run is over and told; what is left waits for a launcher, or a host, that does not answer any more.
      process.stderr.write(
        `host ${this.host}: left without the others, who did not answer as all were to leave\n`,
      );
      this.#broken = true;
      process.exit();
    }
  }
}
