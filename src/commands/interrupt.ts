/** What ends a command before its time: Ctrl-C, SIGTERM, a terminal or reader that went away. */
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Exit codes by the shell's custom: 128 + the signal's number. */
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 } as const;

/** The exit code where standard output cannot be written: nobody reads it any more, or something worse. */
export function unwritable(error: NodeJS.ErrnoException): number {
  return error.code === 'EPIPE' ? codes.SIGPIPE : 1;
}

/**
 * Two signals closer together than this, in milliseconds, are one: under `npm start` a single Ctrl-C reaches the
 * process twice, from the terminal and from npm, which passes it on.
 */
const together = 100;

/**
 * Whether this process is to outlive the terminal that it was started from, as under nohup, setsid or a service: no
 * standard stream is a terminal, or whoever started it ignores SIGHUP, and meant it to do so too. (Node forgets that it
 * was started with SIGHUP ignored, so on Linux the parent is asked; elsewhere nobody.)
 */
export function outlivesTerminal(
  isTerminal: (stream: number) => boolean = isatty,
  parentStatus: () => string = () => readFileSync(`/proc/${process.ppid}/status`, 'utf8'),
): boolean {
  if (![0, 1, 2].some(isTerminal)) return true;
  try {
    const [, ignored] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(parentStatus()) ?? [];
    // Bit n − 1 stands for signal n (proc(5)); SIGHUP is 1.
    return ignored !== undefined && (BigInt(`0x${ignored}`) & 1n) === 1n;
  } catch {
    return false;
  }
}

export interface Interrupt {
  /** Aborted by the first signal, or when standard output cannot be written any more. */
  readonly signal: AbortSignal;
  /** What the process should exit with, once interrupted. */
  readonly exitCode: number | undefined;
}

/**
 * Listens from now on. The second signal ends the process at once.
 * @param onFirst called at the first signal. @param onLast called before the process ends.
 * @param outlives whether SIGHUP is of no account
 */
export function interruptible(
  onFirst: () => void,
  onLast: () => void,
  outlives = outlivesTerminal(),
): Interrupt {
  const controller = new AbortController();
  let exitCode: number | undefined;
  let first: number | undefined;
  const trip = (code: number) => {
    exitCode ??= code;
    controller.abort(new Error('interrupted'));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (name === 'SIGHUP' && outlives) return;
      const now = performance.now();
      if (first === undefined) {
        first = now;
        onFirst();
        trip(codes[name]);
      } else if (now - first >= together) {
        onLast();
        process.exit(codes[name]);
      }
    });
  }
  process.stdout.on('error', (error) => trip(unwritable(error)));
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
  };
}
