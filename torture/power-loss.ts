/**
 * What a disk may hold after a power loss. POSIX promises this much: what was written to a file before its fsync
 * returned is there; an entry of a folder made before the folder's fsync returned is there. Of everything else any
 * part may be there, in any order; a rename is there or not, never half.
 */
import { dirname } from 'node:path';
import type { Random } from '../src/random.js';
import { MemoryDisk, type Operation, resized, withBytes } from './memory-disk.js';

/** What became of an operation that was not yet safe. */
export const fates = ['there', 'lost', 'half', 'zeros'] as const;
export type Fate = (typeof fates)[number];

/** The operations among the first `length` of a log that the power loss may undo, by their places. */
export function unsafe(log: readonly Operation[], length: number): number[] {
  const folders = new Map<string, number>();
  const synced = new Map<number, number>();
  for (const [at, operation] of log.slice(0, length).entries()) {
    if (operation.kind === 'entry' && operation.add) folders.set(operation.add[0], operation.add[1]);
    if (operation.kind === 'sync') synced.set(operation.inode, at);
  }
  const isSafe = (at: number, inode: number | undefined) => (synced.get(inode ?? -1) ?? -1) > at;
  return log.slice(0, length).flatMap((operation, at) => {
    switch (operation.kind) {
      case 'entry': {
        const path = operation.add?.[0] ?? operation.remove ?? '';
        // The root was there before anything began.
        return path === '/' || isSafe(at, folders.get(dirname(path))) ? [] : [at];
      }
      case 'write':
      case 'truncate':
        return isSafe(at, operation.inode) ? [] : [at];
      default:
        return [];
    }
  });
}

/** The disk after a power loss after the first `length` operations of a log. */
export function afterPowerLoss(
  log: readonly Operation[],
  length: number,
  fateOf: (at: number) => Fate,
): MemoryDisk {
  const files = new Map<number, Uint8Array>();
  const entries = new Map<string, number>();
  for (const [at, operation] of log.slice(0, length).entries()) {
    const fate = fateOf(at);
    switch (operation.kind) {
      case 'entry':
        if (fate === 'lost') break;
        if (operation.remove !== undefined) entries.delete(operation.remove);
        if (operation.add) entries.set(...operation.add);
        break;
      case 'truncate':
        if (fate === 'lost') break;
        files.set(operation.inode, resized(files.get(operation.inode) ?? new Uint8Array(0), operation.size));
        break;
      case 'write': {
        if (fate === 'lost') break;
        const { bytes } = operation;
        const kept = fate === 'half' ? bytes.subarray(0, bytes.length >> 1) : bytes;
        const content = fate === 'zeros' ? new Uint8Array(bytes.length) : kept;
        files.set(
          operation.inode,
          withBytes(files.get(operation.inode) ?? new Uint8Array(0), operation.at, content),
        );
      }
    }
  }
  const disk = new MemoryDisk();
  const folders = new Set(
    log.flatMap((operation) =>
      operation.kind === 'entry' && operation.add ? [dirname(operation.add[0])] : [],
    ),
  );
  for (const [path, inode] of entries) {
    // What is in a folder that is not there cannot be reached.
    if (folders.has(path) || !reachable(path, entries)) continue;
    disk.place(path, files.get(inode) ?? new Uint8Array(0));
  }
  return disk;
}

function reachable(path: string, entries: ReadonlyMap<string, number>): boolean {
  for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) {
    if (!entries.has(folder)) return false;
  }
  return true;
}

/** Each of some operations meets a fate of its own, at random. */
export function randomFates(places: readonly number[], random: Random): (at: number) => Fate {
  const chosen = new Map(places.map((at) => [at, fates[random.below(fates.length)]]));
  return (at) => chosen.get(at) ?? 'there';
}
