/** Notices that nobody gets on any more. */

/** Between two looks. */
const LOOK_EVERY_MS = 50;

export interface Watchdog {
  /** Resolves when nothing has changed for too long; never otherwise. */
  readonly stuck: Promise<void>;
  stop(): void;
}

/**
 * Looks at `heartbeats` again and again. One stuck worker is enough: the others wait for it at the next barrier, so that
 * soon nothing changes at all. Counts looks, not seconds: while the whole process is stopped (Ctrl-Z, a laptop's lid)
 * nobody looks.
 *
 * @param patience milliseconds without a change that are too long; asked anew at each look
 */
export function watch(heartbeats: () => readonly number[], patience: () => number): Watchdog {
  let before: readonly number[] = [];
  let looks = 0;
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      const now = heartbeats();
      const same = now.every((value, k) => value === before[k]);
      before = now;
      looks = same ? looks + 1 : 0;
      if (looks * LOOK_EVERY_MS >= patience()) resolve();
    }, LOOK_EVERY_MS);
  });
  return { stuck, stop: () => clearInterval(timer) };
}
