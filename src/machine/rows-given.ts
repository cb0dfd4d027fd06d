/**
 * Rows that a program gives one after another: taken from its iterable batch by batch, in this thread or from another one,
 * never faster than they are used. Knows nothing of what rows are.
 */
import { MessagePort } from 'node:worker_threads';
import { given, UserError } from '../errors.js';
import { pauseForMessages, refuseAbandoned } from './abandoned.js';

/** Rows a batch: at most so many, and of wide rows fewer, of about so many values in all. */
const MOST_ROWS = 1024;
const MOST_VALUES = 65_536;

/** Rows in their order, each once. */
export interface GivenRows {
  /** The next ones, at least one; undefined: there are no more. @throws what the iterable throws */
  next(): Promise<readonly unknown[] | undefined>;
  /** Nothing more is wanted: an iterable that was begun is told so. */
  close(): Promise<void>;
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** Whether it is something that gives rows, or a function that makes such a thing; lists and typed arrays are for others. */
export function givesRows(given: unknown): boolean {
  if (typeof given === 'function') return true;
  if (typeof given !== 'object' || given === null || Array.isArray(given) || ArrayBuffer.isView(given)) {
    return false;
  }
  return Symbol.asyncIterator in given || Symbol.iterator in given;
}

const isObject = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> =>
  typeof value === 'object' && value !== null;

/** @param where what errors call it, as `data.rows` @throws UserError for what gives no rows */
function iteratorOf(source: unknown, where: string): AnyIterator {
  const made: unknown = typeof source === 'function' ? source() : source;
  const begin = isObject(made) ? (made[Symbol.asyncIterator] ?? made[Symbol.iterator]) : undefined;
  if (typeof begin !== 'function') {
    throw new UserError(
      `${where}: expected an iterable, asynchronous or not, or a function that makes one, got ${typeof made}` +
        `${typeof source === 'function' ? ' from the function' : ''}`,
    );
  }
  const iterator: unknown = begin.call(made);
  if (isObject(iterator) && typeof iterator.next === 'function') return iterator as unknown as AnyIterator;
  throw new UserError(`${where}: expected an iterator, with a method next, got ${given(iterator)}`);
}

/**
 * The rows of an iterable of this thread. It is begun with the first batch. What it throws comes out as it is; an Error
 * gets the number of the row that did not come, from 0, as its property `row`.
 */
export class IterableRows implements GivenRows {
  #iterator: AnyIterator | undefined;
  #ended = false;
  /** Whether a row was asked for and did not come yet. */
  #asking = false;
  #row = 0;
  #size = 1;

  constructor(
    private readonly source: unknown,
    private readonly where: string,
  ) {}

  async next(): Promise<readonly unknown[] | undefined> {
    const batch: unknown[] = [];
    try {
      this.#iterator ??= iteratorOf(this.source, this.where);
      while (!this.#ended && batch.length < this.#size) {
        const asked: unknown = this.#iterator.next();
        let answer = asked;
        if (isObject(asked) && 'then' in asked) {
          this.#asking = true;
          answer = await asked;
          this.#asking = false;
        }
        const result = this.#checked(answer);
        if (result.done) this.#ended = true;
        else batch.push(this.#taken(result.value));
      }
    } catch (error) {
      this.#ended = true;
      this.#asking = false;
      const begun = this.#iterator !== undefined;
      if (begun && error instanceof Error && !('row' in error) && Object.isExtensible(error)) {
        Object.assign(error, { row: this.#row });
      }
      throw error;
    }
    return batch.length > 0 ? batch : undefined;
  }

  /** @throws UserError for what `next` of an iterator does not give */
  #checked(result: unknown): { readonly done?: unknown; readonly value?: unknown } {
    if (isObject(result)) return result;
    throw new UserError(
      `${this.where}: expected an iterator whose next() gives { value, done }, got ${given(result)} for row ${this.#row}`,
    );
  }

  async close(): Promise<void> {
    const iterator = this.#ended ? undefined : this.#iterator;
    this.#ended = true;
    // A generator that waits for something cannot be ended before that comes.
    const returned = Promise.resolve(iterator?.return?.()).catch(() => {});
    if (!this.#asking) await returned;
  }

  /** A row as it is now: programs give the same object or buffer again, with other values. */
  #taken(row: unknown): unknown {
    if (this.#row++ === 0) {
      const values = Array.isArray(row)
        ? lengthOf(row[0])
        : typeof row === 'object' && row !== null
          ? Object.keys(row).length
          : 1;
      this.#size = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_VALUES / Math.max(1, values))));
    }
    if (Array.isArray(row)) {
      return row.map((part) => (Array.isArray(part) || ArrayBuffer.isView(part) ? copyOf(part) : part));
    }
    return typeof row === 'object' && row !== null && !ArrayBuffer.isView(row) ? { ...row } : row;
  }
}

const lengthOf = (part: unknown) => (part as { length?: number } | undefined)?.length ?? 1;
const copyOf = (part: unknown) => (part as unknown[] | Float64Array).slice();

/** What crosses: a request for a batch one way, the batch the other; undefined is the end of the rows. */
type Request = 'more';

/**
 * Hands the rows of this thread to the one that has the other end of `port`, as it asks for them.
 * @param fail told why there are no more
 */
export function serveRows(
  port: MessagePort,
  rows: GivenRows,
  where: string,
  fail: (error: unknown) => void,
): void {
  let row = 0;
  let answered: Promise<void> = Promise.resolve();
  const answer = async (): Promise<void> => {
    const batch = await rows.next();
    try {
      port.postMessage(batch);
    } catch (error) {
      throw notCloned(batch ?? [], where, row, error);
    }
    row += batch?.length ?? 0;
  };
  port.on('message', (_: Request) => {
    answered = answered.then(answer);
    answered.catch((error) => {
      fail(error);
      port.close();
    });
  });
  port.on('close', () => rows.close());
}

function notCloned(batch: readonly unknown[], where: string, before: number, error: unknown): unknown {
  for (const [k, row] of batch.entries()) {
    try {
      structuredClone(row);
    } catch (own) {
      return new UserError(
        `${where}[${before + k}]: expected values that can be handed to the thread that trains (numbers, texts, dates, ` +
          `true, false, nothing), got others: ${(own as Error).message}`,
      );
    }
  }
  return error;
}

/** The rows that the thread at the other end of `port` serves: one batch is on its way while another is used. */
class PortRows implements GivenRows {
  #waiting: { resolve(batch: readonly unknown[] | undefined): void; reject(error: Error): void }[] = [];
  #asked: Promise<readonly unknown[] | undefined>[] = [];
  #closed = false;

  constructor(private readonly port: MessagePort) {
    port.on('message', (batch) => this.#waiting.shift()?.resolve(batch));
    port.on('close', () => {
      this.#closed = true;
      for (const { reject } of this.#waiting.splice(0)) reject(gone());
    });
  }

  async next(): Promise<readonly unknown[] | undefined> {
    refuseAbandoned();
    if (this.#asked.length === 0) this.#ask();
    const batch = await this.#asked.shift();
    if (batch !== undefined) this.#ask();
    return batch;
  }

  async close(): Promise<void> {
    this.port.close();
  }

  #ask(): void {
    const asked = new Promise<readonly unknown[] | undefined>((resolve, reject) => {
      if (this.#closed) reject(gone());
      else this.#waiting.push({ resolve, reject });
    });
    // The one that is asked for ahead may never be wanted.
    asked.catch(() => {});
    this.#asked.push(asked);
    this.port.postMessage('more' satisfies Request);
  }
}

const gone = () => new Error('the rows are handed over no more');

/** The rows of what a program gave, or of the port that stands for it in this thread. @throws UserError for what gives none */
export function rowsGiven(source: unknown, where: string): GivenRows {
  if (source instanceof MessagePort) return new PortRows(source);
  if (!givesRows(source) && !Array.isArray(source)) {
    throw new UserError(
      `${where}: expected an iterable, asynchronous or not, or a function that makes one, got ${source === null ? 'nothing' : typeof source}`,
    );
  }
  const rows = new IterableRows(source, where);
  return {
    async next() {
      await pauseForMessages();
      return rows.next();
    },
    close: () => rows.close(),
  };
}
