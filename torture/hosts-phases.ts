/** A run of several processes on this machine, and what it is at, by its events and by what lies in its folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { configFile } from './cli.js';
import { mpiEnvironment, mpirunHere } from './mpi.js';
import type { Namespaces } from './namespaces.js';

const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));
const RUN = 'run';
/** Tells a trial's processes from all others, wherever a launcher starts them. */
const MARK = 'GRADPOOL_TRIAL';

export const phases = ['connecting', 'reading', 'training', 'validating', 'writing', 'ending'] as const;
export type Phase = (typeof phases)[number];

const ROWS = 12_000;
/** Each with a validation. */
const EPOCHS = 2;

/** Rows that take a while to read, and to look at. */
export function writeRows(path: string): void {
  const row = (k: number) => Array.from({ length: 12 }, (_, c) => ((k * (c + 3) * 7919) % 1000) / 1000);
  const lines = Array.from({ length: ROWS }, (_, k) => `${row(k).join(',')},c${(k * 31) % 3}`);
  const names = Array.from({ length: 12 }, (_, c) => `x${c}`);
  writeFileSync(path, `${names.join(',')},class\n${lines.join('\n')}\n`);
}

/** A run of some seconds: each phase lasts long enough to be met. */
export function writeConfig(folder: string, rows: string): void {
  configFile(folder, {
    name: 'hosts',
    seed: 34,
    // Slow, so that a validation of few rows takes its time.
    engine: 'reference',
    data: {
      name: 'csv',
      path: rows,
      target: 'class',
      split: { name: 'random', train: 3200, validation: 8000, test: 500 },
    },
    model: {
      init: { name: 'glorot-uniform' },
      layers: [
        { units: 64, activation: 'tanh' },
        { name: 'batch-norm' },
        { units: 64, activation: 'relu' },
        { units: 3, activation: 'softmax' },
      ],
    },
    loss: 'cross-entropy',
    optimizer: { name: 'adam', learningRate: 0.01 },
    train: {
      batchSize: 16,
      shards: 4,
      averaging: 'hosts',
      epochs: EPOCHS,
      checkpoint: { every: '60 steps' },
    },
  });
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
  /** @returns whether the phase has come; false: the run has ended, or is past it */
  comes(phase: Phase): Promise<boolean>;
  /** The processes of hosts, by number, and the launcher's, that are there. */
  processes(): ReadonlyMap<number | 'mpirun', number>;
}

/** Begins the run in a folder, or goes on with it. @param wire where the hosts have one of their own */
export function start(folder: string, nodes: number, threads: number, wire?: Namespaces): Started {
  const begun = existsSync(join(folder, RUN, 'config.json'));
  const run = begun ? ['--resume', RUN] : ['config.yaml', '--run-dir', RUN];
  const options = [...run, '--no-report', '--no-cache', '--threads', String(threads)];
  const own = [process.execPath, cli];
  const together = ['--nodes', String(nodes)];
  const command =
    wire !== undefined && nodes > 1
      ? [...wire.on(0), ...own, 'launch', '--hosts', wire.addresses.join(), '--allow-run-as-root', ...options]
      : nodes > 1
        ? ['mpirun', ...mpirunHere(nodes), ...own, 'train', ...options, ...together]
        : [...own, 'train', ...options];
  const child = spawn(command[0], command.slice(1), {
    cwd: folder,
    env: { ...mpiEnvironment, ...wire?.environment, [MARK]: folder },
  });
  const shown = { percent: -1, validated: 0 };
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => look(shown, text));
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  let over = false;
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.once('close', (code) => {
      over = true;
      resolve({ code, stderr });
    });
  });
  const comes = async (phase: Phase) => {
    while (!over) {
      if (isAt(phase, folder, shown, () => processesOf(folder))) return true;
      // Nothing of a checkpoint is seen when the disk is quick and the look is slow.
      await sleep(phase === 'writing' ? 0 : 3);
    }
    return false;
  };
  return { child, ended, comes, processes: () => processesOf(folder) };
}

/** What host 0 shows at its terminal, which a launcher has given it: ten times a second how far it is. */
interface Shown {
  percent: number;
  /** Lines of validations. */
  validated: number;
}

function look(shown: Shown, text: string): void {
  const line = /\bK?( +\d+ {3,}\d+\.\d{4} +\d+\.\d{4} )|epoch \d+\/\d+ [^%\n]*?(\d+) %/g;
  for (const [, row, percent] of text.matchAll(line)) {
    if (row !== undefined) shown.validated++;
    else shown.percent = Number(percent);
  }
}

/** Whether a run is at it right now, as far as one can see from outside. */
function isAt(
  phase: Phase,
  folder: string,
  { percent, validated }: Shown,
  processes: () => ReadonlyMap<number | 'mpirun', number>,
): boolean {
  const run = join(folder, RUN);
  switch (phase) {
    case 'connecting':
      return !existsSync(run) && processes().has(0) && processes().has(1);
    case 'reading':
      return existsSync(run) && !existsSync(join(run, 'config.json'));
    case 'training':
      // A host has a second to keep what it has before mpirun kills it, which on busy cores is none: what is kept by then counts.
      return validated < EPOCHS && percent < ((validated + 1) * 100) / EPOCHS && checkpointsIn(folder) > 0;
    case 'validating':
      return validated < EPOCHS && percent === ((validated + 1) * 100) / EPOCHS;
    case 'writing': {
      const checkpoints = join(run, 'checkpoints');
      return existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.endsWith('.tmp'));
    }
    case 'ending':
      return validated === EPOCHS;
  }
}

/** Every process of a trial by its number; of hosts by theirs. */
export function processesOf(folder: string): ReadonlyMap<number | 'mpirun', number> {
  const found = new Map<number | 'mpirun', number>();
  for (const { pid, environment } of marked(folder)) {
    const rank = environment.find((each) => each.startsWith('OMPI_COMM_WORLD_RANK='));
    if (rank !== undefined) found.set(Number(rank.slice(rank.indexOf('=') + 1)), pid);
    else if (programOf(pid).endsWith('/orterun')) found.set('mpirun', pid);
  }
  return found;
}

/**
 * The processes of a trial that are left: hosts, mpirun, launch. What Open MPI has started on the other side of a wire that
 * is down is not among them: it goes when its TCP gives up.
 */
export const leftOf = (folder: string): number[] =>
  marked(folder).flatMap(({ pid }) => (/\/(node|orterun)$/.test(programOf(pid)) ? [pid] : []));

/** Ends whatever is left of a trial. */
export function endAll(folder: string): void {
  for (const { pid } of marked(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

function marked(folder: string): { pid: number; environment: string[] }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      return environment.includes(`${MARK}=${folder}`) ? [{ pid: Number(name), environment }] : [];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}

/** The hash of the weights that a run has ended with; undefined where it has not. */
export function hashIn(folder: string): string | undefined {
  try {
    const text = readFileSync(join(folder, RUN, 'events.jsonl'), 'utf8');
    const done = text.split('\n').findLast((line) => line.includes('"event":"done"'));
    const event = JSON.parse(done ?? 'null') as { stopped: boolean; weightsHash: string } | null;
    return event === null || event.stopped ? undefined : event.weightsHash;
  } catch {
    return undefined;
  }
}

/** Checkpoints that are whole. */
export function checkpointsIn(folder: string): number {
  try {
    return readdirSync(join(folder, RUN, 'checkpoints')).filter((name) => name.endsWith('.safetensors'))
      .length;
  } catch {
    return 0;
  }
}
