/** Runs gradpool, NumPy and other commands as child processes, and reads what they print. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fail, root } from './tools.mjs';

/** The first Python that has NumPy: $PYTHON, python3, the system's own, python. Ends the process where there is none. */
export function pythonWithNumpy() {
  const tried = [process.env.PYTHON, 'python3', '/usr/bin/python3', 'python'].filter(Boolean);
  for (const python of tried) {
    try {
      execFileSync(python, ['-c', 'import numpy'], { stdio: 'ignore' });
      return python;
    } catch {
      // Not there, or without NumPy: the next one.
    }
  }
  return fail(
    `bench: no Python with NumPy (tried ${tried.join(', ')}); install one with: ` +
      'apt-get install python3-numpy libopenblas0 (or pip install numpy), or name one with PYTHON=…',
  );
}

/** A command that was to be measured has ended badly; its message says which and how, `reason` in a few words. */
export class CommandFailed extends Error {
  constructor(message, reason) {
    super(message);
    this.reason = reason;
  }
}

/** The one line of what a failed command said that tells most: its last that speaks of an error, or its last. */
export function reasonIn(said) {
  const lines = said.split('\n').filter((line) => line.trim() && !/^(Node\.js v|\s+at )/.test(line));
  return (lines.findLast((line) => /error|cannot|expected/i.test(line)) ?? lines.at(-1) ?? '')
    .replace('gradpool: ', '')
    .trim();
}

/**
 * Runs a command that prints one JSON object a line, and resolves to the objects.
 * `onEvent(object, child)` sees each as it comes, and may end the command, successfully, by returning true;
 * `limit` is the seconds after which it is ended as failed, `cwd` its working directory.
 * @throws CommandFailed
 */
export async function jsonLines(
  command,
  args,
  { env = {}, limit = Number.POSITIVE_INFINITY, onEvent = () => false, cwd = root } = {},
) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise((resolve) =>
    child.once('error', (error) => resolve(error.code)).once('close', resolve),
  );
  const events = [];
  let other = '';
  let err = '';
  let late = false;
  let enough = false;
  const timer = Number.isFinite(limit)
    ? setTimeout(() => {
        late = true;
        child.kill('SIGKILL');
      }, limit * 1000)
    : undefined;
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) other += `${line}\n`;
    else if (!enough) {
      events.push(JSON.parse(line));
      enough = onEvent(events.at(-1), child) === true;
      if (enough) child.kill();
    }
  });
  const code = await closed;
  clearTimeout(timer);
  if (code === 0 || enough) return events;
  const said = late ? `took longer than ${limit} s` : err.trim() || other.trim() || 'said nothing';
  const message = `bench: ${command} ${args.join(' ')} ended with ${code ?? 'a signal'}: ${said}`;
  throw new CommandFailed(message, late ? said : reasonIn(said));
}

/**
 * Runs the built gradpool of the checkout `cwd`, this one unless told otherwise; resolves to its events. Options: those
 * of `jsonLines`. @throws CommandFailed
 */
export async function cli(args, options = {}) {
  const file = join(options.cwd ?? root, 'dist', 'src', 'cli.js');
  if (!existsSync(file)) fail(`bench: there is no ${file}; build gradpool there: npm run build`);
  return await jsonLines(process.execPath, [file, ...args], options);
}

/** Trains with the built gradpool, its run folder being thrown away; resolves to its events. @throws CommandFailed */
export async function gradpool(config, args, options) {
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-bench-'));
  try {
    return await cli(['train', config, '--json', '--run-dir', join(folder, 'run'), ...args], options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Most memory that a child has held so far, in bytes; undefined where the system does not tell (Linux does). */
export function peakMemory(child) {
  try {
    const [, kilobytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
    return kilobytes && Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

/** Ticks of /proc a second: what Linux tells programs on every processor. */
const TICKS = 100;

/** Seconds that all threads of a child have computed so far; undefined where the system does not tell (Linux does). */
export function cpuSeconds(child) {
  try {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    // utime and stime, the 14th and 15th field of the line; the command's name, the second, may hold blanks.
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return undefined;
  }
}
