/**
 * What a run of several hosts does that a run of one does not: they agree on what they begin with, take over what host 0
 * has read, compare their weights, and leave their events with host 0.
 */
import { createHash } from 'node:crypto';
import { kernelsHash } from '../engines/kernels.js';
import { RunFailure } from '../errors.js';
import type { Hosts } from '../hosts/connection.js';
import type { Real } from '../model/precision.js';
import type { Setup } from '../plan/task.js';
import type { HostsFacts, TrainEvent } from '../protocol.js';
import type { RunFolder } from '../runs/folder.js';
import { notCut } from './abandon.js';
import type { GatherValues } from './evaluation.js';
import type { HostsOfRun } from './hosts-of-run.js';
import { dataProvenance, engineProvenance, splitHash } from './provenance.js';
import type { Resumed } from './restore.js';
import { buffersByName, modelHash, parametersByName } from './results.js';
import type { Snapshot, SnapshotPool } from './snapshots.js';
import type { Workspace } from './workspace.js';

/** Longest that a stop waits for the other hosts: a launcher that ends its processes gives them a second. */
const STOP_WITHIN_MS = 400;
const LOOK_EVERY_MS = 50;

export class Together implements HostsOfRun {
  /** What this host has told since the last check, one object a line. */
  #told: string[] = [];
  #stopping: NodeJS.Timeout | undefined;
  #abandon = (_: Error): void => {};
  readonly #abandoned: Promise<never>;

  /** @param version gradpool's, which all hosts must have */
  constructor(
    private readonly all: Hosts,
    private readonly version: string,
  ) {
    this.#abandoned = new Promise((_, reject) => {
      this.#abandon = reject;
    });
    this.#abandoned.catch(() => {});
  }

  get host(): number {
    return this.all.host;
  }

  get hosts(): number {
    return this.all.hosts;
  }

  get facts(): HostsFacts {
    const { names, library, bound } = this.all.joined;
    return { names, library, bound };
  }

  get neighbours(): number {
    return this.all.neighbours;
  }

  serve(setup: Setup, threads: number): Promise<void> {
    return Promise.race([this.all.serve(setup, threads), this.#abandoned]);
  }

  share(values: readonly (Real | Float64Array)[]): Promise<void> {
    return this.all.share(values);
  }

  readonly gatherValues: GatherValues = (values, lengths) => this.all.gatherValues(values, lengths);

  agreed<T>(work: () => Promise<T>): Promise<T> {
    return this.all.agreed(work);
  }

  /** Opens a workspace on each host. @throws what went wrong on any of them, or what is not the same on all */
  open(work: () => Promise<Workspace>): Promise<Workspace> {
    return this.all.agreed(work, async (workspace) => {
      const [engine, data] = await Promise.all([engineProvenance(workspace), dataProvenance(workspace)]);
      return {
        'gradpool, the version': this.version,
        'the kernels': await notCut(kernelsHash),
        "the engine's bits": String(engine.bits),
        'the rows of data': String(data.rows),
        'the data, by SHA-256': data.sha256,
        'the split, by SHA-256': splitHash(workspace),
      };
    });
  }

  /**
   * The user wants the run to end: where the others do not answer soon, it ends here with what is there.
   * @param isWaiting whether this host's workers wait for the others
   */
  stopSoon(isWaiting: () => boolean): void {
    let looks = 0;
    clearInterval(this.#stopping);
    this.#stopping = setInterval(() => {
      looks = isWaiting() ? looks + 1 : 0;
      if (looks * LOOK_EVERY_MS < STOP_WITHIN_MS) return;
      clearInterval(this.#stopping);
      this.#abandon(new RunFailure('the run was asked to end, and the other hosts did not answer'));
    }, LOOK_EVERY_MS);
  }

  /** Has host 0 put its run where it is to go on, and the others theirs too. */
  async resumed(workspace: Workspace, pool: SnapshotPool, here: () => Promise<Resumed>): Promise<Resumed> {
    const own = await this.all.agreed(
      async () => (this.host === 0 ? await here() : undefined),
      undefined,
      true,
    );
    const { state, event, hasBest } = JSON.parse(
      (await this.all.gather(own ? JSON.stringify({ ...own, best: undefined, hasBest: !!own.best }) : ''))[0],
    );
    await workspace.align();
    if (!hasBest) return own ?? { state, event, best: undefined };
    const best = own?.best ?? { ...pool.take(workspace, state), state };
    await this.#takeOver(best);
    return own ?? { state, event, best };
  }

  async #takeOver({ parameters, slots, buffers }: Snapshot): Promise<void> {
    const arrays = [parameters, ...slots, buffers];
    const shared = arrays.map(sharedCopy);
    await this.all.share(shared);
    for (const [k, values] of arrays.entries()) values.set(shared[k]);
  }

  /** Does what comes before the first step on each host. @throws as `open` */
  async begin(work: () => Promise<void>): Promise<void> {
    await this.agreed(work);
  }

  /** Every host has come to the same end, for the same reason. */
  async agree(): Promise<void> {
    await this.all.setAgreed(true);
  }

  /** Keeps an event for host 0. */
  note(event: TrainEvent): void {
    if (this.host > 0) this.#told.push(`${JSON.stringify(event)}\n`);
  }

  /**
   * While the workers rest: whether all hosts have the same weights. Host 0 writes down what the others have told.
   * @throws RunFailure with the tensors that differ
   */
  async check(workspace: Workspace, step: number, folder: RunFolder | undefined): Promise<void> {
    const own = { hash: modelHash(workspace), told: this.#told.join('') };
    this.#told = [];
    const all = (await this.all.gather(JSON.stringify(own))).map((text) => JSON.parse(text) as typeof own);
    for (const [host, { told }] of all.entries()) {
      if (host > 0 && told !== '') await folder?.eventsOf(host, told);
    }
    const other = all.findIndex(({ hash }) => hash !== all[0].hash);
    if (other < 0) return;
    const tensors = {
      ...parametersByName(workspace.setup.net, workspace.parameters),
      ...buffersByName(workspace.setup.net, workspace.buffers),
    };
    const hashes = Object.entries(tensors).map(([name, { data }]) => [name, hashOf(data)]);
    const [first, ...rest] = (await this.all.gather(JSON.stringify(hashes))).map(
      (text) => JSON.parse(text) as [string, string][],
    );
    const names = first.flatMap(([name, hash], k) => (rest[other - 1][k][1] === hash ? [] : [name]));
    throw new RunFailure(
      `after step ${step} ${this.all.nameOf(other)} has other weights than ${this.all.nameOf(0)}: ${names.join(', ')}; ` +
        'one of them computes or stores wrongly; go on from a checkpoint without it',
    );
  }

  close(): void {
    clearInterval(this.#stopping);
    this.all.close();
  }
}

function sharedCopy(values: Real): Real {
  const Typed = values.constructor as new (buffer: SharedArrayBuffer) => Real;
  const copy = new Typed(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}

function hashOf(values: Real): string {
  const bytes = new Uint8Array(values.byteLength);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return createHash('sha256').update(bytes).digest('hex');
}
