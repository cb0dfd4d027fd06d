/** What goes wrong with one of several processes, at any moment: all end soon, and what is gone on with has the same weights. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { configFile } from '../cli.js';
import { mpiEnvironment, mpiMissing, mpirunHere } from '../mpi.js';
import { demand, type Given, Missing, type Proof, randomOf } from '../proof.js';
import { inFolder } from '../small.js';

const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const NODES = 2;
const RUN = 'run';

/** What is done to whom, and how long the run may last after it. What is only stopped has to be missed first. */
const FAULTS = [
  { signal: 'SIGKILL', whom: 1, withinMs: 5_000 },
  { signal: 'SIGKILL', whom: 0, withinMs: 5_000 },
  { signal: 'SIGSTOP', whom: 1, withinMs: 15_000 },
  { signal: 'SIGSTOP', whom: 0, withinMs: 15_000 },
  { signal: 'SIGTERM', whom: 1, withinMs: 5_000 },
  { signal: 'SIGTERM', whom: 'mpirun', withinMs: 5_000 },
  { signal: 'SIGINT', whom: 'mpirun', withinMs: 5_000 },
] as const;

/** A machine whose cores others use too is as much slower. */
const PATIENCE = 3;

export const hostsFaults: Proof = {
  name: 'hosts-faults',
  what: 'a process of two under mpirun is killed, stopped or ended at random moments: both end, and --resume has the same weights',
  short: 2,
  long: 20 * FAULTS.length,
  async run(given) {
    const missing = mpiMissing();
    if (missing) throw new Missing(missing);
    const whole = await inFolder(async (folder) => {
      writeConfig(folder);
      const begun = performance.now();
      const ended = await goOn(folder, NODES).ended;
      demand(ended.code === 0, given, -1, `an undisturbed run failed: ${ended.stderr}`);
      return { hash: hashIn(folder), ms: performance.now() - begun };
    });
    demand(whole.hash !== undefined, given, -1, 'an undisturbed run has left no hash');
    let hit = 0;
    let slowest = 0;
    for (let index = 0; index < given.count; index++) {
      const { wasHit, ms } = await trial(given, index, whole.hash, whole.ms);
      if (wasHit) hit++;
      slowest = Math.max(slowest, ms);
      given.progress?.(index + 1);
    }
    return { 'under way': hit, 'slowest end': `${(slowest / 1000).toFixed(1)} s` };
  },
};

async function trial(given: Given, index: number, hash: string, ms: number) {
  const random = randomOf(given, 'hosts-faults', index);
  const { signal, whom, withinMs } = FAULTS[index % FAULTS.length];
  return inFolder(async (folder) => {
    writeConfig(folder);
    const run = goOn(folder, NODES);
    await sleep(random.uniform() * 0.9 * ms);
    const pid = whom === 'mpirun' ? run.pid : processOf(run.pid, whom);
    const at = performance.now();
    if (pid !== undefined) signalled(pid, signal);
    const late = sleep(PATIENCE * withinMs, 'late' as const, { ref: false });
    const ended = await Promise.race([run.ended, late]);
    const told = `${signal} to ${whom}`;
    if (ended === 'late') process.kill(run.pid, 'SIGKILL');
    demand(ended !== 'late', given, index, `${told}: still there after ${(PATIENCE * withinMs) / 1000} s`);
    const tookMs = performance.now() - at;
    const wasHit = ended.code !== 0;
    // With any number of hosts: what one has begun another goes on with.
    for (let attempt = 0; ; attempt++) {
      const nodes = random.below(2) === 0 ? 1 : NODES;
      if (hashIn(folder) !== undefined) break;
      demand(attempt < 3, given, index, `${told}: does not come to its end`);
      const { code, stderr } = await goOn(folder, nodes).ended;
      demand(code === 0, given, index, `${told}: gone on with by ${nodes}: exit code ${code}: ${stderr}`);
    }
    demand(hashIn(folder) === hash, given, index, `${told}: other weights`);
    return { wasHit, ms: wasHit ? tookMs : 0 };
  });
}

/** Sends a signal to a process, which may have ended meanwhile. */
function signalled(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Begins the run in a folder, or goes on with it. */
function goOn(folder: string, nodes: number) {
  const begun = readdirSync(folder).includes(RUN) && readdirSync(join(folder, RUN)).includes('config.json');
  const run = begun ? ['train', '--resume', RUN] : ['train', 'config.yaml', '--run-dir', RUN];
  const args = [cli, ...run, '--quiet', '--no-report', '--threads', '1'];
  const command =
    nodes === 1 ? [process.execPath, ...args] : ['mpirun', ...mpirunHere(nodes), process.execPath, ...args];
  if (nodes > 1) command.push('--nodes', String(nodes));
  const child = spawn(command[0], command.slice(1), { cwd: folder, env: mpiEnvironment });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  child.stdout.resume();
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stderr }));
  });
  return { pid: child.pid as number, ended };
}

/** The process of a host, among mpirun's children; undefined: there is none yet, or any more. */
function processOf(mpirun: number, host: number): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, parent] = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8')) ?? [];
      if (Number(parent) !== mpirun) continue;
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      if (environment.includes(`OMPI_COMM_WORLD_RANK=${host}`)) return Number(name);
    } catch {
      // It has ended meanwhile.
    }
  }
  return undefined;
}

/** A run of some seconds, validated and saved again and again. */
function writeConfig(folder: string): void {
  configFile(folder, {
    name: 'hosts',
    seed: 34,
    engine: 'wasm',
    data: { name: 'xor' },
    model: {
      init: { name: 'uniform', range: 1 },
      layers: [
        { units: 8, activation: 'tanh' },
        { units: 1, activation: 'sigmoid' },
      ],
    },
    loss: 'binary-cross-entropy',
    optimizer: { name: 'adam', learningRate: 0.01 },
    train: {
      batchSize: 4,
      shards: 4,
      averaging: 'hosts',
      epochs: 8_000,
      checkpoint: { every: '1000 steps' },
      validate: { every: '500 epochs' },
    },
  });
}

/** The hash of the weights that a run has ended with; undefined where it has not. */
function hashIn(folder: string): string | undefined {
  try {
    const text = readFileSync(join(folder, RUN, 'events.jsonl'), 'utf8');
    const done = text.split('\n').findLast((line) => line.includes('"event":"done"'));
    const event = JSON.parse(done ?? 'null') as { stopped: boolean; weightsHash: string } | null;
    return event === null || event.stopped ? undefined : event.weightsHash;
  } catch {
    return undefined;
  }
}
