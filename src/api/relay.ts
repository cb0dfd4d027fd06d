/** A caller's listener, whose failure ends what it listens to. */

export interface Relay<Event> {
  /** Hands an event on, unless the listener has failed or was closed. */
  forward(event: Event): void;
  /**
   * Calls what else the caller has given, with the same care. @returns what resolves once a promise that it returned has
   * settled; undefined: there is nothing to wait for
   */
  ask(call: () => unknown): Promise<void> | undefined;
  /** Rejects with what the listener throws, or with what a promise that it returned rejects with. */
  readonly failed: Promise<never>;
  /** Resolves once every promise that the listener returned has settled. @throws as `failed` */
  settled(): Promise<void>;
  /** No event is handed on any more: some arrive after the result, as they come through another port. */
  close(): void;
}

export function relay<Event>(listener: ((event: Event) => unknown) | undefined): Relay<Event> {
  let open = true;
  let pending = 0;
  let atRest = () => {};
  let reject = (_: unknown): void => {};
  const failed = new Promise<never>((_, rejected) => {
    reject = (error) => {
      open = false;
      rejected(error);
    };
  });
  // Where the work itself fails, nobody waits for this.
  failed.catch(() => {});
  const ask = (call: () => unknown): Promise<void> | undefined => {
    if (!open) return undefined;
    try {
      const returned = call();
      if (!isThenable(returned)) return undefined;
      pending++;
      return Promise.resolve(returned)
        .then(() => {}, reject)
        .finally(() => {
          pending--;
          if (pending === 0) atRest();
        });
    } catch (error) {
      reject(error);
      return undefined;
    }
  };
  const forward = (event: Event): void => {
    ask(() => listener?.(event));
  };
  const settled = async () => {
    const rest = new Promise<void>((resolve) => {
      atRest = resolve;
      if (pending === 0) resolve();
    });
    await Promise.race([failed, rest]);
  };
  return {
    forward,
    ask,
    failed,
    settled,
    close: () => {
      open = false;
    },
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  const holds = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return holds && typeof (value as { then?: unknown }).then === 'function';
}
