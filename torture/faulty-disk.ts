/** The disk, with one call that goes wrong. */
import { realDisk } from '../src/machine/disk.js';

export const ioFaults = ['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'short write'] as const;
export type IoFault = (typeof ioFaults)[number];

export interface FaultyDisk {
  readonly disk: typeof realDisk;
  /** Calls so far. */
  readonly calls: number;
  /** The call that went wrong; undefined where it never came to that. */
  readonly failed: string | undefined;
}

/** The real disk, but its call number `n` (from 0) fails; and all that follow too, as on a full disk, where `lasting`. */
export function faultyDisk(n: number, fault: IoFault, lasting: boolean): FaultyDisk {
  const state = { calls: 0, failed: undefined as string | undefined };
  const fails = (name: string): boolean => {
    const now = state.calls++;
    const due = now === n || (lasting && now > n && (name === 'write' || name === 'open'));
    if (due) state.failed ??= name;
    return due;
  };
  const wrapped = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get(object, name) {
        const value = Reflect.get(object, name, object);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          // A handle that cannot be closed is no fault of a disk, and would leave it open here.
          if (name !== 'close' && fails(String(name))) {
            if (fault !== 'short write') {
              throw Object.assign(new Error(`${fault}: injected, ${String(name)}`), {
                code: fault,
                syscall: name,
              });
            }
            if (name === 'write') args[2] = Math.ceil(Number(args[2]) / 2);
          }
          const result = await value.apply(object, args);
          return name === 'open' ? wrapped(result) : result;
        };
      },
    });
  return {
    disk: wrapped(realDisk),
    get calls() {
      return state.calls;
    },
    get failed() {
      return state.failed;
    },
  };
}
