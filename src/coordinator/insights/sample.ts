/**
 * What the network makes of the same few rows after a validation, for whoever watches a run. Workers look at them while
 * they rest anyway, and so seldom that it takes no time to speak of; nothing that is learned depends on it.
 */
import { RunFailure } from '../../errors.js';
import type { SampleEvent, TimeShares } from '../../events.js';
import { classesOf } from '../weights.js';
import type { Workspace } from '../workspace.js';
import { lookAt } from './seen.js';
import { showerOf } from './show.js';
import { exampleOf } from './worst.js';

const ROWS = 12;
/** Milliseconds from one to the next, or so many times as long as one takes. */
const EVERY_MS = 500;
const SHARE = 200;

export class Sample {
  #next = 0;
  /** What the rows are like is told once. */
  #shown = false;
  readonly #look: ReturnType<typeof lookAt>;

  /** The first validation rows. */
  constructor(
    private readonly workspace: Workspace,
    private readonly now: () => number = () => performance.now(),
  ) {
    const rows = Math.min(ROWS, workspace.split.validation.length);
    this.#look = lookAt(workspace, { part: 'validation', all: rows, rows }, new Float64Array());
  }

  /** @returns undefined where it is too soon, or workers fail again and again */
  async after(step: number, time: () => TimeShares): Promise<SampleEvent | undefined> {
    if (this.now() < this.#next) return undefined;
    try {
      return { event: 'sample', step, examples: await this.#examples(), time: time() };
    } catch (error) {
      if (error instanceof RunFailure) return undefined;
      throw error;
    }
  }

  async #examples(): Promise<SampleEvent['examples']> {
    const { workspace } = this;
    const look = this.#look;
    if (look.rows === 0) return [];
    const begun = this.now();
    await workspace.supervisor.run({ kind: 'look', look }, 1);
    const ended = this.now();
    this.#next = ended + Math.max(EVERY_MS, SHARE * (ended - begun));
    const classes = classesOf(workspace.source, workspace.setup.evaluated.task);
    const show = this.#shown ? () => ({}) : await showerOf(workspace);
    this.#shown = true;
    return Array.from({ length: look.rows }, (_, row) => {
      const { own, ...example } = exampleOf(workspace, look, row, classes);
      return { ...example, ...show(own) };
    });
  }
}
