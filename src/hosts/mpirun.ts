/** The command line by which MPI starts a process on each of several hosts, and what its complaints mean. Starts nothing. */
import { UserError } from '../errors.js';

/** A host, and how many processes it is to have. */
export interface HostSlots {
  readonly name: string;
  readonly processes: number;
}

/** @param text `a,b,c`, or `a:2,b:2` @throws UserError */
export function readHosts(text: string): HostSlots[] {
  return text.split(',').map((word) => {
    const [, name, count = '1'] = /^([\w.-]+|\[[0-9a-f:]+\])(?::([1-9]\d{0,3}))?$/i.exec(word.trim()) ?? [];
    if (name === undefined || name.startsWith('-')) {
      throw new UserError(
        `--hosts: expected names with commas between them, e.g. a,b or a:2,b:2, got "${text}"`,
      );
    }
    return { name, processes: Number(count) };
  });
}

/** Which mpirun it is, by what `mpirun --version` says. */
export type Launcher = 'Open MPI' | 'MPICH';

/** @throws UserError for one that is neither */
export function launcherOf(version: string): Launcher {
  if (/Open MPI|OpenRTE|PRTE/.test(version)) return 'Open MPI';
  if (/HYDRA|MPICH|Intel\(R\) MPI/i.test(version)) return 'MPICH';
  const [first] = version.trim().split('\n');
  throw new UserError(
    `mpirun: expected Open MPI's or MPICH's, got "${first.slice(0, 60)}"; name another with --mpirun`,
  );
}

/**
 * Arguments of mpirun. No process is bound to a core, as each has threads; a link that is down is noticed after 11 s.
 * @param program what each host is to run, by paths that it has
 */
export function mpirunArguments(
  launcher: Launcher,
  hosts: readonly HostSlots[],
  program: readonly string[],
  { asRoot = false, cwd }: { asRoot?: boolean; cwd: string },
): string[] {
  const processes = hosts.reduce((sum, host) => sum + host.processes, 0);
  const names = hosts.map(({ name, processes }) => `${name}:${processes}`).join(',');
  if (launcher === 'MPICH') {
    return ['-n', String(processes), '-hosts', names, '-bind-to', 'none', '-wdir', cwd, ...program];
  }
  // Later than hosts notice it themselves, who then have the time to keep what there is.
  const keepalive = { time: 3, intvl: 2, probes: 4 };
  return [
    ...(asRoot ? ['--allow-run-as-root'] : []),
    '--quiet',
    ...['-np', String(processes), '--host', names, '--bind-to', 'none', '--wdir', cwd],
    ...Object.entries(keepalive).flatMap(([key, value]) => [
      '--mca',
      `oob_tcp_keepalive_${key}`,
      String(value),
    ]),
    // Between SIGTERM and SIGKILL: what is learned is kept meanwhile, which takes a busy disk more than the usual second.
    ...['--mca', 'odls_base_sigkill_timeout', '2'],
    ...program,
  ];
}

/** What mpirun complains of, and the line that says it to a user. */
const complaints: readonly (readonly [RegExp, string])[] = [
  [
    /running mpirun as root|has detected an attempt to run as root/i,
    'mpirun refuses to run as root; become another user, or add --allow-run-as-root where that is meant (in a container)',
  ],
  [
    /not enough slots available/i,
    'a host has fewer free places than it was given processes; give it fewer (--hosts a:2), or the number that it has cores for',
  ],
  [
    /unable to reliably start one or more daemons|ssh: connect to host|Could not resolve hostname|Host key verification failed|Permission denied \(/i,
    'a host could not be reached by ssh without a password; try `ssh <host> true` for each of --hosts',
  ],
  [
    /was unable to find the specified executable|could not (access|find) (or execute )?an? executable|No such file or directory/i,
    'a host does not have Node or gradpool at the same path as this one; install both there',
  ],
];

/** Whose process has ended, as Open MPI tells it; undefined where it does not. */
export function lostHost(stderr: string): string | undefined {
  const found = /process rank (\d+) with PID \d+ on node (\S+) exited on signal (\d+ \([^)]*\))/.exec(
    stderr.replaceAll(/\s+/g, ' '),
  );
  return found ? `host ${found[1]}, on ${found[2]}, ended by signal ${found[3]}` : undefined;
}

/** A line for what mpirun has written to standard error; undefined where it means nothing that is known here. */
export function explained(stderr: string): string | undefined {
  return complaints.find(([pattern]) => pattern.test(stderr))?.[1];
}
