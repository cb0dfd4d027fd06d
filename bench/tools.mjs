/** What benchmarks share: running gradpool and NumPy as child processes, medians, tables. Knows no benchmark. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export const root = join(import.meta.dirname, '..');

/** Ends the process with one line and the exit code of a user's mistake. */
export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

/** Options of a benchmark by `parseArgs`, an unknown one being told in one line. */
export function optionsOf(args, options) {
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    return fail(`bench: ${error.message.split('. ')[0]}; options: ${known.join(', ')}`);
  }
}

/** A whole number of at least 1 from the command line. */
export function count(name, text) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    fail(`bench: --${name}: expected a whole number of at least 1, got "${text}"`);
  }
  return value;
}

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

/** A command that was to be measured has ended badly; its message says which and how. */
export class CommandFailed extends Error {}

/** Runs a command that prints one JSON object a line; resolves to the objects. @throws CommandFailed */
export async function jsonLines(command, args, env = {}) {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) {
    const said = err.trim() || out.trim();
    throw new CommandFailed(`bench: ${command} ${args.join(' ')} ended with ${code}: ${said}`);
  }
  return out
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

/** Trains with the built gradpool, its run folder being thrown away; resolves to its events. */
export async function gradpool(config, args) {
  const cli = join(root, 'dist', 'src', 'cli.js');
  if (!existsSync(cli)) fail('bench: gradpool is not built; run: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-bench-'));
  try {
    const command = [cli, 'train', config, '--json', '--run-dir', join(folder, 'run'), ...args];
    return await jsonLines(process.execPath, command);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A Markdown table from rows of objects; the first row's keys are the header, figures stand to the right. */
export function markdown(rows) {
  const keys = Object.keys(rows[0]);
  const figure = (key) => rows.every((row) => /^[\d.,× –-]+$/.test(row[key]));
  return [
    keys,
    keys.map((key) => (figure(key) ? '---:' : '---')),
    ...rows.map((row) => keys.map((key) => row[key])),
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** The processor and what runs on it, in one line. */
export function machine() {
  const cores = cpus();
  return `${cores[0]?.model.trim() ?? 'unknown processor'}, ${cores.length} cores, Node ${process.versions.node}, ${process.platform}`;
}

export const perSecond = (value) => Math.round(value).toLocaleString('en-US');
