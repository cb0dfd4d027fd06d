/** What went wrong, told on standard error, and the exit code that says so. */
import { ElsewhereTold, isUserError, RunFailure } from '../errors.js';
import { writable } from '../report/characters.js';
import { unwritable } from './interrupt.js';

/** One line for what the user can mend (exit code 2) or what ended a run (1), the stack for a bug of ours (1). */
export function fail(error: unknown): void {
  if (error instanceof ElsewhereTold) {
    process.exitCode = 2;
    return;
  }
  if (isUserError(error) || error instanceof RunFailure) {
    for (const line of error.message.split('\n')) say(harmless(line));
    process.exitCode = isUserError(error) ? 2 : 1;
    return;
  }
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(`this is a bug of gradpool, please report it together with these lines:\n${what}`);
  process.exitCode = 1;
}

function say(text: string): void {
  process.stderr.write(`gradpool: ${writable(process.env)(text)}\n`);
}

/** What a user's text may hold must not reach the terminal as its orders. */
function harmless(line: string): string {
  const code = (char: string) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return line.replace(/\p{Cc}/gu, code);
}

/** Sees to what goes wrong outside of any command: streams that nobody reads, and what nobody caught. */
export function watchProcess(): void {
  let complained = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exitCode = unwritable(error);
    if (error.code === 'EPIPE' || complained) return;
    complained = true;
    say(`standard output: ${error.message}`);
  });
  process.stderr.on('error', () => {});
  process.on('uncaughtException', (error) => {
    fail(error);
    process.exit();
  });
}
