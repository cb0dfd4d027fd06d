/**
 * Command lines one after the other in one process, since each process of its own costs a third of a second: the entry
 * point is evaluated anew for each, with the process's arguments, output and exit code given and taken. For lines that
 * start no thread, read no standard input and end without a signal.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a line came to. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const cli = new URL('../../src/cli.js', import.meta.url).href;

/** What each line comes to, in their order. @param cwd the folder that they run in */
export async function outcomes(cwd: string, lines: readonly (readonly string[])[]): Promise<Outcome[]> {
  const child = fork(fileURLToPath(import.meta.url), ['--lines'], { cwd, silent: true });
  const all: Outcome[] = [];
  child.on('message', (outcome: Outcome) => all.push(outcome));
  let said = '';
  child.stderr?.on('data', (text) => {
    said += text;
  });
  child.send(lines);
  await once(child, 'close');
  if (all.length !== lines.length) throw new Error(`ended after ${all.length} of ${lines.length}: ${said}`);
  return all;
}

async function perform(args: readonly string[], k: number): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const { stdout, stderr } = process;
  const writes = { stdout: stdout.write, stderr: stderr.write };
  stdout.write = (text: string | Uint8Array) => {
    written.stdout += text;
    return true;
  };
  stderr.write = (text: string | Uint8Array) => {
    written.stderr += text;
    return true;
  };
  process.argv = [process.execPath, fileURLToPath(cli), ...args];
  process.exitCode = undefined;
  try {
    await import(`${cli}?line=${k}`);
  } finally {
    Object.assign(stdout, { write: writes.stdout });
    Object.assign(stderr, { write: writes.stderr });
  }
  return { code: Number(process.exitCode ?? 0), ...written };
}

if (process.argv[2] === '--lines') {
  // Each evaluation listens to the process's events once more.
  process.setMaxListeners(0);
  process.stdout.setMaxListeners(0);
  process.stderr.setMaxListeners(0);
  process.once('message', async (lines: readonly (readonly string[])[]) => {
    for (const [k, args] of lines.entries()) process.send?.(await perform(args, k));
    process.exitCode = 0;
    process.disconnect();
  });
}
