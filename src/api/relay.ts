/** A caller's listener, whose failure ends what it listens to. */

export interface Relay<Event> {
  /** Hands an event on, unless the listener has failed or was closed. */
  forward(event: Event): void;
  /** Rejects with what the listener throws, or with what a promise that it returned rejects with. */
  readonly failed: Promise<never>;
  /** Resolves once every promise that the listener returned has settled. @throws as `failed` */
  settled(): Promise<void>;
  /** No event is handed on any more: some arrive after the result, as they come through another port. */
  close(): void;
}

export function relay<Event>(listener: ((event: Event) => unknown) | undefined): Relay<Event> {
  let open = listener !== undefined;
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
  const forward = (event: Event): void => {
    if (!open) return;
    try {
      const returned = listener?.(event);
      if (!isThenable(returned)) return;
      pending++;
      Promise.resolve(returned)
        .catch(reject)
        .finally(() => {
          pending--;
          if (pending === 0) atRest();
        });
    } catch (error) {
      reject(error);
    }
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
