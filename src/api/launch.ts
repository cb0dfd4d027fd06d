/** Starts a training on several hosts by their MPI's mpirun, and waits for it. */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { codeOf, RunFailure, UserError } from '../errors.js';
import { explained, type HostSlots, launcherOf, lostHost, mpirunArguments } from '../hosts/mpirun.js';

/** What mpirun says itself is kept up to so many characters. */
const KEPT = 100_000;
/** Longest that what the hosts have said last is waited for. */
const OUTPUT_WITHIN_MS = 300;
/** A frame of hyphens, between which mpirun explains at length what one line of ours says. */
const FRAME = /^-{20,}$/;

export interface LaunchOptions {
  readonly mpirun: string;
  readonly asRoot: boolean;
  /** Ends the training on all hosts. */
  readonly signal: AbortSignal;
  /** Takes the lines of the hosts' standard error. */
  readonly say: (line: string) => void;
}

/** The command that `launch` runs. @throws UserError where mpirun is not there, or another than is known */
export async function launchCommand(
  hosts: readonly HostSlots[],
  program: readonly string[],
  { mpirun, asRoot }: Pick<LaunchOptions, 'mpirun' | 'asRoot'>,
): Promise<[string, ...string[]]> {
  const version = await promisify(execFile)(mpirun, ['--version']).catch((error) => {
    if (codeOf(error) !== 'ENOENT')
      throw new UserError(`${mpirun}: ${(error as Error).message.split('\n')[0]}`);
    throw new UserError(
      `${mpirun}: not found; install Open MPI (apt-get install openmpi-bin, brew install open-mpi), or name it with --mpirun`,
    );
  });
  const options = { asRoot, cwd: process.cwd() };
  return [mpirun, ...mpirunArguments(launcherOf(version.stdout), hosts, program, options)];
}

/**
 * Runs it to its end.
 * @returns its exit code: 0 and 2 as the hosts had it, 130 where it was interrupted
 * @throws RunFailure where mpirun or a host has failed
 */
export async function launch(
  hosts: readonly HostSlots[],
  program: readonly string[],
  options: LaunchOptions,
): Promise<number> {
  const [mpirun, ...args] = await launchCommand(hosts, program, options);
  // In a group of its own, so that Ctrl-C comes to it once, from here.
  const child = spawn(mpirun, args, { stdio: ['ignore', 'inherit', 'pipe'], detached: true });
  let stderr = '';
  let rest = '';
  let framed = false;
  const take = (line: string) => {
    if (FRAME.test(line)) framed = !framed;
    else if (!framed && line !== '') options.say(line);
  };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT);
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line.trimEnd());
  });
  const stop = () => child.kill('SIGTERM');
  options.signal.addEventListener('abort', stop, { once: true });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...ended) => resolve(ended));
    // Where a link is down, a daemon that mpirun has left on the other side holds on to its output for minutes.
    child.once('exit', (...ended) => setTimeout(resolve, OUTPUT_WITHIN_MS, ended));
  });
  options.signal.removeEventListener('abort', stop);
  child.stderr.destroy();
  take(rest);
  if (options.signal.aborted) return 130;
  if (code === 0 || code === 2) return code;
  const why = explained(stderr);
  if (why !== undefined) throw new UserError(`launch: ${why}`);
  const how = lostHost(stderr) ?? `mpirun ended with ${signal === null ? `exit code ${code}` : signal}`;
  throw new RunFailure(`launch: a host failed (${how}); what the others have told stands above`);
}
