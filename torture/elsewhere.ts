/** For proofs that need what a machine may not have: another system's Node, an emulator, a compiler. */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { demand, type Figures, type Given, Missing } from './proof.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** The Node that others are taken of: as this project's oldest line has it. */
const NODE = '20.20.2';

/** @throws Missing where there is no such program */
export function programNamed(name: string, ...others: string[]): string {
  for (const each of [name, ...others]) {
    try {
      execFileSync(each, ['--version'], { stdio: 'ignore' });
      return each;
    } catch {
      // The next one.
    }
  }
  throw new Missing(`there is no ${name}`);
}

/** A folder of the package that holds another system's Node, fetched by npm the first time. @throws Missing */
export function nodeFor(system: 'linux-arm64' | 'win-x64'): string {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gradpool-torture');
  const folder = join(cache, `node-${system}-${NODE}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  try {
    execFileSync('npm', ['pack', '--silent', `node-${system}@${NODE}`], { cwd: cache, stdio: 'ignore' });
    execFileSync('tar', ['-xf', `node-${system}-${NODE}.tgz`], { cwd: cache });
    execFileSync('mv', ['package', folder], { cwd: cache });
  } catch {
    throw new Missing(`npm could not fetch node-${system}@${NODE}`);
  }
  return folder;
}

/** Copies what runs of the project into `folder`, which may then be changed. */
export function copyOfProject(folder: string): string {
  for (const part of ['package.json', 'dist', 'prebuilds', 'config']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Files of the addon's source. */
export function sourceNames(): string[] {
  return readdirSync(join(root, 'native')).filter((name) => /\.[ch]$/.test(name));
}
export const sourcePath = (name: string) => join(root, 'native', name);

/**
 * Has the proof `native` made by another Node, or with another addon.
 * @param command what runs a module of ours: a Node with its options, perhaps below an emulator
 * @throws Violation where it does not hold there, with its output
 */
export async function nativeBy(
  [program, ...options]: readonly [string, ...string[]],
  given: Given,
  env: NodeJS.ProcessEnv = {},
  project = root,
): Promise<Figures> {
  const line = [
    ...['dist/torture/run.js', '--only', 'native'],
    ...['--seed', String(given.seed), '--count', String(given.count)],
  ];
  const said = await promisify(execFile)(program, [...options, ...line], {
    cwd: project,
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 26,
  }).catch((error: { stdout: string; stderr: string }) => error);
  const held = /held: .*subjects ([^\n]*?), products (\d+), lists (\d+)/.exec(said.stdout);
  demand(held !== null, given, 0, `${said.stdout}${said.stderr}`);
  return { subjects: held[1], products: Number(held[2]), lists: Number(held[3]) };
}
