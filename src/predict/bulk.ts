/**
 * Predictions in bulk, by the kernels and in the model's own precision: a row has the bits that training's evaluation
 * gives it, whichever rows it shares a batch with and whichever thread computes it. For Node alone.
 */
import { compileKernels } from '../engines/kernels.js';
import { wasm } from '../engines/wasm.js';
import { UserError } from '../errors.js';
import { bulkEncoderOf } from './array-rows.js';
import { Batches, type BatchForm, type BatchResult, type BatchSetup } from './batch.js';
import type { BulkPool } from './bulk-pool.js';
import { type PassPlan, planPass } from './engine-pass.js';
import type { ModelFile } from './file.js';
import type { Encoder } from './rows.js';

/** Rows of a batch: the weights are read once for all of them. */
export const BULK_ROWS = 512;

const PAGE = 1 << 16;
const MOST_PAGES = 1 << 16;

/**
 * Multiplications that this thread does before others are started, a tenth of a second or two: to start one takes about as
 * long. What a value of the output costs beside the network, to be made text of, is about so many of them.
 */
const ALONE = 1.5e9;
const VALUE = 6_000;
/** Batches that a thread has or finds when it has done one: as many as a chunk of a file of short rows has. */
const AHEAD = 4;

export interface BulkOptions {
  /** At most, this one among them. */
  readonly threads: number;
  readonly form: BatchForm;
}

/** A place for a batch. */
export interface Lane {
  readonly number: number;
  /** Inputs of its rows, BULK_ROWS × inputs. */
  readonly x: { [at: number]: number };
}

/** A batch that was begun: what it comes to, now or later. */
export interface Predicted {
  readonly result: BatchResult | Promise<BatchResult>;
}

/** @throws UserError for a model that does not fit into memory */
export async function bulkOf(file: ModelFile, options: BulkOptions): Promise<Bulk> {
  const { net, description, fill, where } = file;
  const { precision } = description;
  const { scratchBytes } = wasm.sizes(precision);
  // Each other thread has batches ahead, and this one fills one meanwhile.
  const planOf = (threads: number) =>
    planPass(net, precision, BULK_ROWS, scratchBytes, AHEAD * (threads - 1) + 1);
  const pagesOf = ({ places }: PassPlan) => Math.ceil(places.end / PAGE);
  let { threads } = options;
  let plan = planOf(threads);
  while (threads > 1 && pagesOf(plan) > MOST_PAGES) plan = planOf(--threads);
  const pages = pagesOf(plan);
  if (pages > MOST_PAGES) throw new UserError(`${where}: needs more than 4 GiB of memory to predict with`);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const setup = { memory, kernels: await compileKernels(), plan, form: options.form };
  const bulk = new Bulk(setup, threads, bulkEncoderOf(description.preprocessing));
  const { parameters, buffers } = bulk.own.lane(0);
  fill(parameters, buffers);
  return bulk;
}

export class Bulk {
  readonly own: Batches;
  readonly #free: number[];
  readonly #work: number;
  #done = 0;
  #pool: BulkPool | undefined;
  #opening: Promise<void> | undefined;
  #underWay = 0;

  constructor(
    private readonly setup: BatchSetup,
    private readonly threads: number,
    readonly encoder: Encoder,
  ) {
    const { net, places } = setup.plan;
    this.own = new Batches(setup);
    this.#free = [...places.lanes.keys()].reverse();
    this.#work = net.parameters + VALUE * (net.outputs + 1);
  }

  /** Threads that compute by now. */
  get started(): number {
    return 1 + (this.#pool?.threads ?? 0);
  }

  /** A place for the next batch, to be filled at once; there is always one. */
  lane(): Lane {
    const number = this.#free.pop() as number;
    return { number, x: this.own.lane(number).x };
  }

  /**
   * Predicts a batch: another thread, or this one where those have enough to do. Threads are started once so much was
   * computed that this pays; what comes out does not depend on it.
   * @throws RunFailure where a thread dies
   */
  async run({ number: lane }: Lane, rows: number, wrong: readonly number[]): Promise<Predicted> {
    this.#done += rows * this.#work;
    if (this.threads > 1 && this.#done > ALONE) this.#opening ??= this.#open();
    // What the others have done meanwhile is not known before they are listened to.
    if (this.#pool !== undefined && this.#isBusy) await new Promise((resolve) => setImmediate(resolve));
    if (this.#pool === undefined || this.#isBusy) {
      this.#free.push(lane);
      return { result: this.own.run(lane, rows, wrong) };
    }
    this.#underWay++;
    const result = this.#pool.run({ lane, rows, wrong }).finally(() => {
      this.#underWay--;
      this.#free.push(lane);
    });
    // Whoever waits for it is told.
    result.catch(() => {});
    return { result };
  }

  get #isBusy(): boolean {
    return this.#underWay >= AHEAD * (this.#pool?.threads ?? 0);
  }

  async #open(): Promise<void> {
    const { BulkPool } = await import('./bulk-pool.js');
    this.#pool = new BulkPool(this.threads - 1, this.setup);
  }

  async close(): Promise<void> {
    await this.#opening;
    await this.#pool?.close();
  }
}
