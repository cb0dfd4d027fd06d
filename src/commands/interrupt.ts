/** What ends a command before its time: Ctrl-C, SIGTERM, a terminal or reader that went away. */

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

export interface Interrupt {
  /** Aborted by the first signal, or when standard output cannot be written any more. */
  readonly signal: AbortSignal;
  /** What the process should exit with, once interrupted. */
  readonly exitCode: number | undefined;
}

/**
 * Listens from now on. The second signal ends the process at once.
 * @param onFirst called at the first signal. @param onLast called before the process ends.
 */
export function interruptible(onFirst: () => void, onLast: () => void): Interrupt {
  const controller = new AbortController();
  let exitCode: number | undefined;
  let first: number | undefined;
  const trip = (code: number) => {
    exitCode ??= code;
    controller.abort(new Error('interrupted'));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
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
