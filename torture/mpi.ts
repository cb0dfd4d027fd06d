/** An MPI that is installed here, for proofs and tests. */
import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigInput } from '../src/config/schema.js';
import type { HostsTask } from './hosts-program.js';

/** Why nothing can be run by mpirun here; false: it can. */
export function mpiMissing(): string | false {
  try {
    const version = execFileSync('mpirun', ['--version'], { encoding: 'utf8' });
    return /Open MPI/.test(version) ? false : 'mpirun is not that of Open MPI';
  } catch {
    return 'mpirun is not installed (apt-get install openmpi-bin)';
  }
}

/** Options for several processes on this machine, however few its cores are. */
export const mpirunHere = (processes: number): string[] => [
  '--oversubscribe',
  ...['--bind-to', 'none', '-np', String(processes)],
];

/** As root only where that is allowed by name: containers have no other user. */
export const mpiEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
};

/** Runs a program by mpirun, to its end. */
export function mpirun(processes: number, program: readonly string[]): SpawnSyncReturns<string> {
  const args = [...mpirunHere(processes), process.execPath, ...program];
  return spawnSync('mpirun', args, { encoding: 'utf8', env: mpiEnvironment, timeout: 240_000 });
}

/** What so many processes come to together, a configuration after another (`toldOf`). */
export function toldTogether(
  nodes: number,
  threads: number,
  configs: readonly ConfigInput[],
): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-hosts-'));
  try {
    const results = join(folder, 'results.json');
    const task = join(folder, 'task.json');
    writeFileSync(task, JSON.stringify({ nodes, threads, configs, folder, results } satisfies HostsTask));
    const program = fileURLToPath(new URL('./hosts-program.js', import.meta.url));
    const { status, stdout, stderr } = mpirun(nodes, [program, task]);
    if (status !== 0) throw new Error(`mpirun ended with ${status}:\n${stdout}\n${stderr}`);
    return JSON.parse(readFileSync(results, 'utf8')) as string[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
