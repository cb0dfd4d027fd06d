/**
 * The end of this thread before its time. A thread that is ended while it opens a file, or while one of its own loads
 * modules, leaves these files open for as long as the process lives (Node 20): so that is waited for.
 */
import { abandonThread, refuseAbandoned } from '../machine/abandoned.js';
import type { Disk } from '../machine/disk.js';

const uncut = new Set<Promise<unknown>>();

/** Begins nothing any more. Resolves once the thread may be ended. */
export async function abandon(): Promise<void> {
  abandonThread();
  while (uncut.size > 0) await Promise.allSettled(uncut);
}

/** Has `work` waited for. @throws where the thread is about to end */
export function notCut<T>(work: () => Promise<T>): Promise<T> {
  refuseAbandoned();
  const under = work();
  uncut.add(under);
  const gone = () => uncut.delete(under);
  under.then(gone, gone);
  return under;
}

/** A disk on which opening a file is waited for. */
export function openedWhole(disk: Disk): Disk {
  return { ...disk, open: async (...args) => notCut(() => disk.open(...args)) };
}
