/** What the program that started this process (mpirun, mpiexec, srun) says about it in the environment. Knows no library. */
import { UserError } from '../errors.js';

export interface Launched {
  /** The launcher, as its users call it; undefined: none has started this process, or it says nothing. */
  readonly by: string | undefined;
  /** Processes that were started together, by what it says. */
  readonly size: number | undefined;
}

/** Who says how many there are. SLURM_NTASKS is not asked: it is set in a batch script's own shell, too. */
const SIZES = [
  ['OMPI_COMM_WORLD_SIZE', "Open MPI's mpirun"],
  ['PMIX_SIZE', 'a PMIx launcher'],
  ['PMI_SIZE', "MPICH's mpiexec"],
  ['MPI_LOCALNRANKS', 'mpiexec'],
  ['SLURM_STEP_NUM_TASKS', 'srun'],
] as const;

export function launched(env: NodeJS.ProcessEnv = process.env): Launched {
  for (const [name, by] of SIZES) {
    const size = Number(env[name]);
    if (env[name] !== undefined && Number.isInteger(size) && size > 0) return { by, size };
  }
  return { by: undefined, size: undefined };
}

/**
 * A launcher and a library that do not belong together leave every process alone, each host 0 of 1.
 * @throws UserError unless the user, the launcher and the library agree
 */
export function checkSize(nodes: number, size: number, { by, size: said }: Launched, library: string): void {
  if (said !== undefined && said !== size) {
    throw new UserError(
      `--nodes: ${by} has started ${said} processes, and the library (${library}) sees ${size}: they do not belong ` +
        'together; start with the mpirun of that library, or name the right one in MPI_LIB' +
        (by === 'srun' ? ' (srun: --mpi=pmix, or mpirun inside of salloc)' : ''),
    );
  }
  if (size === nodes) return;
  if (said === undefined) {
    throw new UserError(
      `--nodes: expected ${nodes} processes, and this one was started alone; ` +
        `mpirun --bind-to none -np ${nodes} gradpool train … --nodes ${nodes}, or gradpool launch`,
    );
  }
  throw new UserError(
    `--nodes: expected ${nodes} processes, got ${size} from ${by}; give both the same number`,
  );
}

/** @throws UserError where this process is one of several, and was not told so: each would train for itself */
export function refuseUntold({ by, size }: Launched): void {
  if (size === undefined || size === 1) return;
  throw new UserError(
    `${by} has started ${size} processes, each of which would train for itself; add --nodes ${size}`,
  );
}

/**
 * Whether this process is the first of those that were started together, by what the launcher says: good for nothing but
 * to decide who speaks before they have found each other.
 */
export function isFirst(env: NodeJS.ProcessEnv = process.env): boolean {
  const rank = env.OMPI_COMM_WORLD_RANK ?? env.PMIX_RANK ?? env.PMI_RANK ?? '0';
  return !(Number(rank) > 0);
}
