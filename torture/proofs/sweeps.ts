/** SIGKILL of a sweep at any moment: gone on with, it has the trials, the survivors and the winner of an undisturbed one. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SweepResult } from '../../src/series.js';
import { demand, type Given, type Proof, randomOf } from '../proof.js';
import { inFolder } from '../small.js';

const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const penguins = fileURLToPath(new URL('../../../config/data/penguins.csv', import.meta.url));

const NAME = 'sweep';
/** One sweep for each of these, with one trial at a time and with two. */
const kinds = [
  { search: { name: 'random', seed: 5 }, halving: { every: '2 epochs', keep: '1/3' } },
  { search: { name: 'random', seed: 5 } },
  { search: { name: 'tpe', seed: 5, round: 5 } },
] as const;

export const sweeps: Proof = {
  name: 'sweeps',
  what: 'SIGKILL of a sweep at random moments, then the same command: the same table, and no finished trial again',
  short: 2,
  long: 12,
  async run(given) {
    const isShort = given.count <= sweeps.short || given.sabotage !== undefined;
    const [trials, kills] = isShort ? [5, 1] : [40, 5];
    const references = new Map<number, { table: string; ms: number }>();
    let killed = 0;
    for (let index = 0; index < given.count; index++) {
      const kind = Math.floor(index / 2) % kinds.length;
      let reference = references.get(kind);
      if (reference === undefined) {
        reference = await undisturbed(given, kind, trials);
        references.set(kind, reference);
      }
      killed += await disturbed(given, index, kind, trials, kills, reference);
      given.progress?.(index + 1);
    }
    return { trials, kills: killed };
  },
};

function prepare(folder: string, kind: number, trials: number): void {
  const base = {
    name: 'penguins',
    seed: 1,
    data: {
      name: 'csv',
      path: penguins,
      target: 'species',
      ignore: ['year', 'sex'],
      missing: ['NA'],
      number: { scale: 'standard', missing: 'median' },
      category: { encode: 'one-hot' },
      split: { name: 'random', validation: 0.2, test: 0.2, stratify: true },
    },
    model: {
      layers: [
        { units: 6, activation: 'relu' },
        { units: 6, activation: 'relu' },
        { units: 'auto', activation: 'softmax' },
      ],
    },
    loss: 'cross-entropy',
    optimizer: { name: 'sgd', learningRate: 0.01 },
    train: { batchSize: 16, epochs: 10, checkpoint: { every: '20 steps', keep: 2 } },
  };
  const { search, ...rest } = kinds[kind];
  const sweep = {
    base: 'base.yaml',
    search: { ...search, trials },
    ...rest,
    goal: 'validation loss',
    parameters: {
      'optimizer.learningRate': { log: [0.001, 1000] },
      // With weights as large as the last's many diverge.
      'model.init': ['he-uniform', 'he-normal', { name: 'uniform', range: 1e6 }],
      'model.layers.0.units': [4, 8, 16],
      'train.batchSize': { intLog: [8, 64] },
    },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'base.yaml'), JSON.stringify(base));
  writeFileSync(join(folder, `${NAME}.yaml`), JSON.stringify(sweep));
}

function begin(folder: string, parallel: number) {
  const child = spawn(
    process.execPath,
    [cli, 'sweep', `${NAME}.yaml`, '--json', '--quiet', '--threads', '1', '--parallel', String(parallel)],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

/** What must be the same: all but seconds and places. */
function tableOf(stdout: string): string {
  const { trials, best, importance } = JSON.parse(stdout) as SweepResult;
  const rows = trials.map(({ trainSeconds: _, folder: __, ...row }) => row);
  return JSON.stringify({ rows, best: best?.trial, importance });
}

async function undisturbed(given: Given, kind: number, trials: number) {
  return inFolder(async (folder) => {
    prepare(folder, kind, trials);
    const begun = performance.now();
    const { code, stdout, stderr } = await begin(folder, 1).ended;
    demand(code === 0, given, -1, `an undisturbed sweep failed: ${stderr}`);
    const table = tableOf(stdout);
    // A search that learns soon knows better.
    const diverges = /"message":"In step/.test(table) || kinds[kind].search.name === 'tpe';
    demand(diverges, given, -1, 'expected trials that diverge, got none');
    return { table, ms: performance.now() - begun };
  });
}

async function disturbed(
  given: Given,
  index: number,
  kind: number,
  trials: number,
  kills: number,
  reference: { table: string; ms: number },
): Promise<number> {
  const random = randomOf(given, 'sweeps', index);
  const parallel = 1 + (index % 2);
  let killed = 0;
  await inFolder(async (folder) => {
    prepare(folder, kind, trials);
    const kept = new Map<string, string>();
    for (let attempt = 0; ; attempt++) {
      const { child, ended } = begin(folder, parallel);
      const due =
        given.sabotage === undefined
          ? sleep((random.uniform() * 1.6 * reference.ms) / kills)
          : untilOneIsFinished(folder, ended);
      const timer = attempt < kills ? due.then(() => child.kill('SIGKILL')) : undefined;
      const { code, stdout, stderr } = await ended;
      await timer;
      const told = `attempt ${attempt}, ${parallel} at once`;
      for (const [name, before] of kept) {
        // Begun anew, it would have other times.
        const now = eventsOf(folder, name);
        demand(now === before, given, index, `${told}: ${name} was at its end, and was done again`);
      }
      for (const name of finished(folder)) kept.set(name, eventsOf(folder, name));
      if (code === null) {
        killed++;
        if (given.sabotage === 'the end of a trial') forget(folder, kept);
        continue;
      }
      demand(code === 0, given, index, `${told}: exit code ${code}: ${stderr}`);
      const table = tableOf(stdout);
      demand(
        table === reference.table,
        given,
        index,
        `${told}: another table:\n${table}\n${reference.table}`,
      );
      return;
    }
  });
  return killed;
}

/** Empty where there are none. */
function eventsOf(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, 'sweeps', NAME, name, 'events.jsonl'), 'utf8');
  } catch {
    return '';
  }
}

/** The trials that have come to their last epoch. */
function finished(folder: string): string[] {
  let names: string[] = [];
  try {
    names = readdirSync(join(folder, 'sweeps', NAME)).filter((name) => name.startsWith('trial-'));
  } catch {
    return [];
  }
  return names.filter((name) => /"event":"done".*"stopped":false/.test(eventsOf(folder, name)));
}

/** A kill before that would show nothing of a guard that is missing. */
async function untilOneIsFinished(folder: string, ended: Promise<unknown>): Promise<void> {
  let over = false;
  ended.finally(() => {
    over = true;
  });
  while (!over && finished(folder).length === 0) await sleep(20);
}

/** What would be if a sweep did not see that a trial is at its end. */
function forget(folder: string, kept: ReadonlyMap<string, string>): void {
  const [name] = kept.keys();
  if (name !== undefined) rmSync(join(folder, 'sweeps', NAME, name), { recursive: true });
}
