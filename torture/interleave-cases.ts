/**
 * What each thread of a case does: the product's own barrier, step and evaluation, and a disturber as the coordinator
 * would be.
 */
import type { Engine } from '../src/engines/engine.js';
import { createEngine } from '../src/engines/index.js';
import type { Setup } from '../src/plan/task.js';
import { view } from '../src/shared/arena.js';
import { abort, Barrier } from '../src/shared/barrier.js';
import { Aborted, Counter, Word } from '../src/shared/control.js';
import { Copies } from '../src/worker/copy.js';
import { evaluatePieces } from '../src/worker/evaluate.js';
import { EvaluationPass } from '../src/worker/evaluation-pass.js';
import { Pass } from '../src/worker/pass.js';
import { Stepper } from '../src/worker/step.js';
import { Stuck, Vanished } from './interleave.js';
import { bitsOf } from './interleave-bits.js';
import type { Gates } from './interleave-gates.js';

export interface Case {
  /** `rounds`: the barrier alone. */
  readonly work: 'rounds' | 'train' | 'evaluate';
  /** What one more thread does at some moment; before an abort one worker may vanish. */
  readonly disturbance: 'none' | 'stop' | 'abort' | 'copy';
  /** Which setup of those that the threads were given. */
  readonly setup: number;
  /** Workers, without the disturber. */
  readonly threads: number;
  readonly spins: number;
  /** Rounds, or steps. */
  readonly from: number;
  readonly to: number;
  /** Whether a worker can be delayed before any of the engine's operations, too, and between the barrier's halves. */
  readonly fine: boolean;
  /** How often the disturber aborts, or asks for a copy: the coordinator aborts at each failure. */
  readonly times: number;
  /** Steps from one copy that is due to the next. */
  readonly copyEvery: number;
}

export interface Report {
  /** `done`, or the name of what was thrown. */
  readonly outcome: string;
  /** What it was about to do when it left, and where in the product. */
  readonly where: string;
  /** Meetings that it came to. */
  readonly meetings: number;
  /** What it saw that cannot be, or an empty string. */
  readonly fault: string;
  /** The disturber: steps done when it asked to stop. */
  readonly stopAfter: number;
  /** The disturber: the copies that it fetched. */
  readonly copies: readonly Copied[];
}

export interface Copied {
  readonly step: number;
  readonly bits: string;
}

/** What a thread calls that a sabotage may replace. */
export const parts = { abort, evaluatePieces, evaluatedBy: (worker: number) => worker };

/** One thread of the supervisor, which plays a part in case after case. */
export class Player {
  #meetings = 0;
  readonly #engines = new Map<string, { plain: Engine; gated: Engine }>();

  /** @param rounds a word a thread: the round that it is in */
  constructor(
    private readonly gates: Gates,
    private readonly setups: readonly Setup[],
    private readonly rounds: Int32Array,
  ) {
    const { arrive } = Barrier.prototype;
    const count = () => this.#meetings++;
    Barrier.prototype.arrive = function () {
      count();
      return arrive.call(this);
    };
  }

  /** Plays thread `me` of a case to whatever end. */
  play(what: Case, me: number): Report {
    this.#meetings = 0;
    const copies: Copied[] = [];
    const report = { outcome: 'done', where: 'at its end', fault: '', stopAfter: -1, copies };
    try {
      this.gates.during(me, () => {
        if (me < what.threads) report.fault = this.#work(what, me);
        else if (what.disturbance === 'copy') this.#fetch(what, copies);
        else report.stopAfter = this.#disturb(what);
      });
    } catch (error) {
      const { name, stack } = error as Error;
      report.outcome = name;
      report.where = `${this.gates.where}${placeIn(stack)}`;
      if (![Aborted.name, Stuck.name, Vanished.name].includes(name)) report.fault = String(error);
    }
    // If others sleep for ever now, they say so.
    if (report.outcome !== Stuck.name) this.gates.interleaver.leave();
    return { ...report, meetings: this.#meetings };
  }

  /** @returns what cannot be, or an empty string */
  #work(what: Case, worker: number): string {
    if (what.work === 'rounds') return this.#rounds(what, worker);
    const { threads, from, to } = what;
    const setup: Setup = { ...this.setups[what.setup], spins: what.spins };
    const engine = this.#engine(setup, what.fine);
    if (what.work === 'train') {
      const pass = new Pass(engine, setup, worker);
      new Stepper(engine, setup, pass, worker, threads).train(from, to, what.copyEvery);
    } else {
      const own = parts.evaluatedBy(worker);
      parts.evaluatePieces(setup, new EvaluationPass(engine, setup, own), worker, 'validation');
    }
    return '';
  }

  /** Each goes into a round, meets all in it, and looks where the others are. */
  #rounds({ setup, threads, spins, from, to, fine }: Case, me: number): string {
    const { rounds } = this;
    const barrier = new Barrier(this.#words(setup), threads, spins);
    for (let round = from + 1; round <= to; round++) {
      rounds[me] = round;
      if (fine) {
        const meeting = barrier.arrive();
        this.gates.before('pause');
        barrier.wait(meeting);
      } else barrier.meet();
      // Who has not met the others yet may be one round on, and no more.
      for (let other = 0; other < threads; other++) {
        if (rounds[other] < round || rounds[other] > round + 1)
          return `${me} is through round ${round}, ${other} is in round ${rounds[other]}`;
      }
    }
    return '';
  }

  /** @returns how many steps were done when a stop was asked for, −1 without one */
  #disturb({ disturbance, setup, times }: Case): number {
    const words = this.#words(setup);
    if (disturbance === 'abort') {
      for (let time = 0; time < times; time++) parts.abort(words);
      return -1;
    }
    const { memory, layout } = this.setups[setup];
    const progress = view(memory, layout.counters);
    // As `Workspace.requestStop`, gated by hand: nobody may go between the store and the look at what was done by then.
    this.gates.before('store', Word.stopRequest);
    words[Word.stopRequest] = 1;
    return progress[Counter.step];
  }

  /** As the coordinator does: asks for copies, and fetches those that are whole. */
  #fetch({ setup, times }: Case, fetched: Copied[]): void {
    const copies = new Copies(this.setups[setup]);
    for (let time = 0; time < times; time++) {
      copies.ask();
      if (!copies.whole) continue;
      this.gates.before('pause');
      fetched.push({ step: copies.state.counters[Counter.step], bits: bitsOf(copies.state) });
      copies.release();
    }
  }

  #words(setup: number): Int32Array {
    const { memory, layout } = this.setups[setup];
    return view(memory, layout.control);
  }

  #engine(setup: Setup, fine: boolean): Engine {
    let engines = this.#engines.get(setup.id);
    if (engines === undefined) {
      const plain = createEngine(setup.engine, setup.precision, setup.memory, setup.kernels);
      engines = { plain, gated: this.gates.engine(plain) };
      this.#engines.set(setup.id, engines);
    }
    return fine ? engines.gated : engines.plain;
  }
}

/** The innermost calls in the product, from an error's stack. */
function placeIn(stack = ''): string {
  const calls = [...stack.matchAll(/at (\S+) \(\S*\/src\/(\w+\/[\w-]+\.js:\d+)/g)].slice(0, 3);
  return calls.map(([, name, place]) => ` in ${name} (${place})`).join('');
}
