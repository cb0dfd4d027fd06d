/** Signals in each phase of a run: the exit code says which, a checkpoint stands, and the run can be gone on with. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfigInput } from '../../src/config/schema.js';
import type { TrainEvent } from '../../src/protocol.js';
import { configFile, goOn, hashOf, shortRun, start } from '../cli.js';
import { demand, type Given, type Proof } from '../proof.js';
import { inFolder } from '../small.js';

const RUN = 'run';
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof codes;

/** What the run is doing when the signal comes: the event that it is sent after. */
const phases: Record<string, TrainEvent['event'] | undefined> = {
  starting: undefined,
  'the first steps': 'start',
  training: 'progress',
  'after a validation': 'epoch',
  'writing checkpoints': 'checkpoint',
};

/** So slow that it still ends when the second signal comes. */
const slow: ConfigInput = {
  ...shortRun,
  name: 'slow',
  engine: 'reference',
  data: { name: 'mnist', split: { name: 'random', train: 200, validation: 3000, test: 3000 } },
  loss: 'cross-entropy',
  model: {
    layers: [
      { units: 300, activation: 'relu' },
      { units: 10, activation: 'softmax' },
    ],
  },
  train: { batchSize: 20, epochs: 1000, validate: { every: '1000 epochs' } },
};
/** Signals closer together than this are taken for one (a terminal's and npm's). */
const APART_MS = 200;

interface Case {
  readonly signal: Signal;
  readonly phase: string;
  readonly twice: boolean;
}

/** The first have each phase and each signal; all have each of both. */
const few: Case[] = [
  { signal: 'SIGTERM', phase: 'starting', twice: false },
  { signal: 'SIGINT', phase: 'the first steps', twice: false },
  { signal: 'SIGHUP', phase: 'training', twice: false },
  { signal: 'SIGINT', phase: 'after a validation', twice: false },
  { signal: 'SIGTERM', phase: 'writing checkpoints', twice: false },
  { signal: 'SIGINT', phase: 'training', twice: true },
];
const cases: Case[] = [
  ...few,
  ...Object.keys(phases).flatMap((phase) =>
    (Object.keys(codes) as Signal[]).map((signal) => ({ signal, phase, twice: false })),
  ),
  { signal: 'SIGTERM', phase: 'training', twice: true },
];

export const signals: Proof = {
  name: 'signals',
  what: 'SIGINT and SIGTERM in each phase, and twice: exit code, checkpoint, and a resumed run with the same weights; SIGHUP without a terminal: the run goes on',
  short: few.length,
  long: 20 * cases.length,
  async run(given) {
    const hash = await inFolder(async (folder) => {
      configFile(folder, shortRun);
      return hashOf(await start(goOn(folder, RUN), folder).ended);
    });
    demand(hash !== undefined, given, -1, 'an undisturbed run failed');
    let slowest = 0;
    for (let index = 0; index < given.count; index++) {
      const { signal, phase, twice } = cases[index % cases.length];
      await inFolder(async (folder) => {
        if (twice) slowest = Math.max(slowest, await second(given, index, folder, signal));
        else await first(given, index, folder, signal, phase, hash);
      });
      given.progress?.(index + 1);
    }
    return { 'second signal to the end, at most ms': Math.round(slowest) };
  },
};

async function first(
  given: Given,
  index: number,
  folder: string,
  signal: Signal,
  phase: string,
  hash: string,
): Promise<void> {
  configFile(folder, shortRun);
  const run = start(goOn(folder, RUN), folder);
  const event = phases[phase];
  if (event === undefined) await sleep(20 + 10 * (index % 20));
  else await run.comes(event);
  run.child.kill(signal);
  const { code, signal: by, stderr, events } = await run.ended;
  const told = `${signal}, ${phase}: exit code ${code ?? by}`;
  // Before the program listens the system's own way ends it; and a run that is about to end may end well. No stream is a
  // terminal here, as under nohup: of SIGHUP no run takes notice.
  const sensible = (signal !== 'SIGHUP' && code === codes[signal]) || by === signal || code === 0;
  demand(sensible && stderr === '', given, index, `${told}: ${stderr}`);
  const done = events.at(-1);
  if (code === codes[signal] && done?.event === 'done') {
    demand(done.checkpoint !== null, given, index, `${told}: no checkpoint is named`);
  }
  const rest = await start(goOn(folder, RUN, '--threads', String(1 + (index % 3))), folder).ended;
  demand(rest.code === 0 && rest.stderr === '', given, index, `${told}, then ${rest.code}: ${rest.stderr}`);
  demand(hashOf(rest) === hash, given, index, `${told}: other weights`);
  const resumed = rest.events.find(({ event }) => event === 'resume');
  if (resumed?.event === 'resume' && done?.event === 'done') {
    demand(
      resumed.step === done.steps,
      given,
      index,
      `${told}: stopped at ${done.steps}, resumed at ${resumed.step}`,
    );
  }
}

/** @returns milliseconds from the second signal to the end */
async function second(given: Given, index: number, folder: string, signal: Signal): Promise<number> {
  configFile(folder, slow);
  const run = start(goOn(folder, RUN, '--threads', '1'), folder);
  demand(await run.comes('progress'), given, index, `${signal} twice: never began`);
  run.child.kill(signal);
  await sleep(APART_MS);
  demand(run.child.exitCode === null, given, index, `${signal} twice: ended before the second one`);
  const sent = performance.now();
  run.child.kill(signal);
  const { code } = await run.ended;
  const ms = performance.now() - sent;
  demand(code === codes[signal], given, index, `${signal} twice: exit code ${code}`);
  demand(ms < 5_000, given, index, `${signal} twice: went on for ${Math.round(ms)} ms`);
  return ms;
}
