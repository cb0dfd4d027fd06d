/**
 * What goes wrong with one of several processes, with what has started them, or with the wire between them, in each phase
 * of a run: all end soon, and what is gone on with has the same weights.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  checkpointsIn,
  endAll,
  hashIn,
  leftOf,
  type Phase,
  phases,
  processesOf,
  type Started,
  start,
  writeConfig,
  writeRows,
} from '../hosts-phases.js';
import { mpiMissing } from '../mpi.js';
import { type Namespaces, namespacesMissing, twoNamespaces } from '../namespaces.js';
import { demand, type Given, Missing, type Proof, randomOf } from '../proof.js';
import { inFolder } from '../small.js';

const NODES = 2;

/** What is done to whom, and how long a run may last after it. What only stands still has to be missed first. */
interface Fault {
  readonly what: NodeJS.Signals | 'link down';
  readonly whom: 0 | 1 | 'mpirun' | 'wire';
  readonly withinMs: number;
}

const SOON = 5_000;
const MISSED = 15_000;
const ofSignal = (what: NodeJS.Signals, withinMs: number): Fault[] =>
  ([1, 0, 'mpirun'] as const).map((whom) => ({ what, whom, withinMs }));

const FAULTS: readonly Fault[] = [
  ...ofSignal('SIGKILL', SOON),
  ...ofSignal('SIGTERM', SOON),
  ...ofSignal('SIGINT', SOON),
  ...ofSignal('SIGSTOP', MISSED),
  { what: 'link down', whom: 'wire', withinMs: MISSED },
];

/** Every kind in every phase; what comes first is quick, and is what the short form has. */
const CASES = phases
  .toSorted((a, b) => Number(b === 'training') - Number(a === 'training'))
  .flatMap((phase) => FAULTS.map((fault) => ({ phase, ...fault })));

const titleOf = ({ what, whom, phase }: (typeof CASES)[number]) =>
  what === 'link down' ? `${what}, ${phase}` : `${what} to ${whom}, ${phase}`;

/** A machine whose cores others use too is as much slower. */
const PATIENCE = 3;
/** Runs that may be over before the phase is met. */
const ATTEMPTS = 3;

export const hostsFaults: Proof = {
  name: 'hosts-faults',
  what: 'a process of two under mpirun, or mpirun, is killed, stopped or ended, or their wire is cut, in each phase of a run: both end, and --resume has the same weights',
  short: 2,
  long: 20 * CASES.length,
  times: CASES.length,
  async run(given) {
    const missing = mpiMissing();
    if (missing) throw new Missing(missing);
    const folder = mkdtempSync(join(tmpdir(), 'gradpool-hosts-'));
    const rows = join(folder, 'rows.csv');
    const cut = namespacesMissing();
    let wire: Namespaces | undefined;
    try {
      writeRows(rows);
      const hash = await undisturbed(given, rows);
      const met = new Map<string, number>();
      let slowest = { ms: 0, ofAllowed: 0, title: 'none' };
      for (let index = 0; index < given.count; index++) {
        const one = CASES[index % CASES.length];
        if (!titleOf(one).includes(given.kind ?? '')) continue;
        if (one.whom === 'wire') {
          if (cut) continue;
          wire ??= twoNamespaces(folder);
        }
        const found = await trial(given, index, one, rows, hash, one.whom === 'wire' ? wire : undefined);
        given.progress?.(index + 1);
        if (found === undefined) continue;
        const kind = titleOf(one);
        met.set(kind, (met.get(kind) ?? 0) + 1);
        given.say?.(`${kind}: ended after ${(found / 1000).toFixed(1)} s`);
        const ofAllowed = found / one.withinMs;
        if (ofAllowed > slowest.ofAllowed) slowest = { ms: found, ofAllowed, title: kind };
      }
      const of = (phase: Phase) => [...met].flatMap(([kind, times]) => (kind.endsWith(phase) ? [times] : []));
      return {
        ...Object.fromEntries(phases.map((phase) => [phase, of(phase).reduce((sum, n) => sum + n, 0)])),
        'slowest end': `${(slowest.ms / 1000).toFixed(1)} s (${slowest.title})`,
        ...(cut && { 'no wire cut': cut }),
      };
    } finally {
      wire?.remove();
      rmSync(folder, { recursive: true });
    }
  },
};

const undisturbed = (given: Given, rows: string): Promise<string> =>
  inFolder(async (folder) => {
    writeConfig(folder, rows);
    const { code, stderr } = await start(folder, NODES, 1).ended;
    const hash = hashIn(folder);
    demand(code === 0 && hash !== undefined, given, -1, `an undisturbed run failed: ${stderr}`);
    return hash;
  });

/** @returns milliseconds from the fault to the end of all processes; undefined: the phase was not met */
async function trial(
  given: Given,
  index: number,
  one: (typeof CASES)[number],
  rows: string,
  hash: string,
  wire: Namespaces | undefined,
): Promise<number | undefined> {
  const { phase, what, whom, withinMs } = one;
  const random = randomOf(given, 'hosts-faults', index);
  // The same bits, whatever the threads.
  const threads = 1 + random.below(2);
  const title = `${titleOf(one)}, ${threads} threads`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ms = await inFolder(async (folder) => {
      writeConfig(folder, rows);
      const run = start(folder, NODES, threads, wire);
      const isThere = (await run.comes(phase)) && afflict(run, what, whom, wire);
      const at = performance.now();
      const isParked = what === 'SIGSTOP' && whom === 'mpirun';
      const { stderr } = isThere
        ? await endOf(given, index, title, run, folder, isParked, withinMs)
        : await run.ended;
      const allMs = performance.now() - at;
      // What had to wait for mpirun to go on counts from there.
      const tookMs = isParked && allMs > MISSED ? allMs - MISSED : allMs;
      wire?.link('up');
      if (!isThere) return undefined;
      const finished = hashIn(folder) !== undefined;
      const isKept = checkpointsIn(folder) > 0;
      const hostIsLeft = whom === 1 || whom === 'wire';
      if (hostIsLeft && !['connecting', 'reading'].includes(phase)) {
        demand(finished || isKept, given, index, `${title}: no checkpoint is left: ${stderr}`);
      }
      const isAsked = what === 'SIGTERM' || what === 'SIGINT' || whom === 'mpirun';
      const isTold = isAsked || finished || /host \d|rank \d|the other/.test(stderr);
      demand(isTold, given, index, `${title}: nobody says what happened: ${stderr}`);
      await goneOn(given, index, title, folder, hash, () => (random.below(2) === 0 ? 1 : NODES), wire);
      return tookMs;
    });
    if (ms !== undefined) return ms;
  }
  return undefined;
}

/** @returns whether there was somebody to do it to */
function afflict(
  { child, processes }: Started,
  what: Fault['what'],
  whom: Fault['whom'],
  wire: Namespaces | undefined,
): boolean {
  if (what === 'link down') {
    wire?.link('down');
    return child.exitCode === null;
  }
  const pid = whom === 'wire' ? undefined : processes().get(whom);
  if (pid === undefined) return false;
  try {
    return process.kill(pid, what);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}

/**
 * Waits until no process of the trial is left. @param isParked whether mpirun stands still: what hosts say waits for it, and
 * so may they, until it goes on
 */
async function endOf(
  given: Given,
  index: number,
  title: string,
  run: Started,
  folder: string,
  isParked: boolean,
  withinMs: number,
): Promise<{ stderr: string }> {
  const begun = performance.now();
  const within = withinMs + (isParked ? MISSED : 0);
  let parked = isParked;
  for (;;) {
    const left = processesOf(folder);
    const tookMs = performance.now() - begun;
    if (parked && (tookMs > MISSED || ![...left.keys()].some((who) => who !== 'mpirun'))) {
      parked = false;
      process.kill(left.get('mpirun') as number, 'SIGCONT');
    }
    const all = leftOf(folder);
    const isLate = tookMs > PATIENCE * within;
    if (isLate || all.length === 0) endAll(folder);
    if (all.length === 0) return run.ended;
    demand(!isLate, given, index, `${title}: still there after ${(PATIENCE * within) / 1000} s`);
    await sleep(50);
  }
}

/** With any number of hosts: what one has begun another goes on with. */
async function goneOn(
  given: Given,
  index: number,
  title: string,
  folder: string,
  hash: string,
  nodesOf: () => number,
  wire: Namespaces | undefined,
): Promise<void> {
  if (hashIn(folder) === undefined) {
    const nodes = nodesOf();
    const { code, stderr } = await start(folder, nodes, 1, wire).ended;
    demand(code === 0, given, index, `${title}: gone on with by ${nodes}: exit code ${code}: ${stderr}`);
  }
  demand(hashIn(folder) === hash, given, index, `${title}: other weights`);
}
