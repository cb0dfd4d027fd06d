/** The threads under test as the main thread sees them: they live on from case to case. */
import { Worker } from 'node:worker_threads';
import type { Setup } from '../src/plan/task.js';
import { INTERLEAVER_WORDS, Interleaver } from './interleave.js';
import type { Case, Report } from './interleave-cases.js';
import type { Interleaving } from './interleave-plan.js';
import type { Part, ThreadData } from './interleave-thread.js';

/** A case takes milliseconds. A thread that never comes to another operation is found by the clock alone. */
const PATIENCE_MS = 30_000;

export class Supervisor {
  readonly #threads: Worker[] = [];
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * INTERLEAVER_WORDS));
  readonly #rounds: Int32Array;
  readonly interleaver = new Interleaver(this.#words);
  #answered: (answers: unknown[]) => void = () => {};
  #failed: (error: Error) => void = () => {};
  #answers: unknown[] = [];
  #missing = 0;

  private constructor(threads: number) {
    this.#rounds = new Int32Array(new SharedArrayBuffer(4 * threads));
  }

  static async start(threads: number, setups: readonly Setup[], sabotage?: string): Promise<Supervisor> {
    const supervisor = new Supervisor(threads);
    const workerData: ThreadData = {
      interleaver: supervisor.#words,
      setups,
      rounds: supervisor.#rounds,
      ...(sabotage === undefined ? {} : { sabotage }),
    };
    const ready = supervisor.#answersOf(threads);
    for (let k = 0; k < threads; k++) {
      const thread = new Worker(new URL('interleave-thread.js', import.meta.url), {
        workerData,
        execArgv: [],
      });
      thread.on('message', (answer: unknown) => supervisor.#take(k, answer));
      thread.on('error', (error: Error) => supervisor.#failed(error));
      supervisor.#threads.push(thread);
    }
    try {
      await ready;
    } catch (error) {
      await supervisor.end();
      throw error;
    }
    return supervisor;
  }

  /** Plays a case. @returns what became of each of its threads */
  async play(what: Case, interleaving: Interleaving): Promise<Report[]> {
    this.#rounds.fill(what.from);
    this.interleaver.begin(interleaving);
    const reports = this.#answersOf(interleaving.threads);
    for (let me = 0; me < interleaving.threads; me++) {
      const part: Part = { what, me };
      this.#threads[me].postMessage(part);
    }
    return (await reports) as Report[];
  }

  async end(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #answersOf(threads: number): Promise<unknown[]> {
    this.#answers = [];
    this.#missing = threads;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        const who = Array.from({ length: threads }, (_, k) => k).filter((k) => !(k in this.#answers));
        reject(new Error(`no word from thread ${who.join(', ')} for ${PATIENCE_MS / 1000} s`));
      }, PATIENCE_MS);
      this.#answered = (answers) => {
        clearTimeout(late);
        resolve(answers);
      };
      this.#failed = (error) => {
        clearTimeout(late);
        reject(error);
      };
    });
  }

  #take(thread: number, answer: unknown): void {
    this.#answers[thread] = answer;
    if (--this.#missing === 0) this.#answered(this.#answers);
  }
}
