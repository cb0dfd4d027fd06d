/** A run's events for `for await`: a queue that somebody takes from, who ends the run by leaving. */
import { UserError } from '../errors.js';
import type { TrainEvent } from '../protocol.js';

type Taken = IteratorResult<TrainEvent, undefined>;
interface Asking {
  resolve(taken: Taken): void;
  reject(error: unknown): void;
}
const END: Taken = { done: true, value: undefined };

/**
 * Holds what was told and not yet taken. Who takes slowly holds the run up at its next validation: the run waits until the
 * event of a validation was taken and the next one is asked for. Of events of progress only the newest is kept, so that
 * little gathers meanwhile.
 */
export class Iteration {
  #begun = false;
  readonly #events: TrainEvent[] = [];
  readonly #asking: Asking[] = [];
  #taken: TrainEvent | undefined;
  /** The run waits until whoever takes this event asks for another. */
  #heldBy: TrainEvent | undefined;
  #release = () => {};
  #holds = true;
  #over: { readonly error?: unknown } | undefined;

  /**
   * @param leave ends the run in good order
   * @param ended settles when it has ended, however that is
   */
  constructor(
    private readonly leave: () => void,
    private readonly ended: () => Promise<unknown>,
  ) {}

  /** Whether somebody takes events. */
  get begun(): boolean {
    return this.#begun;
  }

  /** @returns for the event of a validation: what resolves when whoever has taken it asks for the next, or leaves */
  tell(event: TrainEvent): Promise<void> | undefined {
    if (!this.#begun || this.#over) return undefined;
    if (event.event === 'progress' && this.#events.at(-1)?.event === 'progress') this.#events.pop();
    this.#events.push(event);
    const held = event.event === 'epoch' ? this.#hold(event) : undefined;
    this.#hand();
    return held;
  }

  #hold(event: TrainEvent): Promise<void> | undefined {
    this.#release();
    if (!this.#holds) return undefined;
    this.#heldBy = event;
    return new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  /** The run is waited for no more: it is to end. */
  letGo(): void {
    this.#holds = false;
    this.#release();
  }

  /** No event comes any more: what was told is still there to be taken, and then the error, if there is one. */
  end(over: { readonly error?: unknown }): void {
    this.#over ??= over;
    this.letGo();
    this.#hand();
  }

  /** @throws UserError where somebody takes events already */
  start(): AsyncIterator<TrainEvent, undefined> {
    if (this.#begun) {
      throw new UserError('the events of a run: are being taken already; expected one loop a run');
    }
    this.#begun = true;
    return {
      next: () =>
        new Promise((resolve, reject) => {
          if (this.#taken === this.#heldBy) this.#release();
          this.#asking.push({ resolve, reject });
          this.#hand();
        }),
      return: async () => {
        const wasOver = this.#over !== undefined;
        this.#events.length = 0;
        this.end({});
        if (wasOver) return END;
        this.leave();
        await this.ended();
        return END;
      },
    };
  }

  /** Gives those who ask what there is. */
  #hand(): void {
    while (this.#asking.length > 0 && (this.#events.length > 0 || this.#over)) {
      const asking = this.#asking.shift();
      this.#taken = this.#events.shift();
      if (this.#taken) asking?.resolve({ done: false, value: this.#taken });
      else if (this.#over && 'error' in this.#over) {
        asking?.reject(this.#over.error);
        // Told once.
        this.#over = {};
      } else asking?.resolve(END);
    }
  }
}
