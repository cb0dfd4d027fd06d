/**
 * gradpool as one of the contenders: what a case is on its command line, how many epochs fill the time, what its
 * events say about a step.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cases, operations } from './cases.mjs';
import { CommandFailed, cpuSeconds, gradpool, peakMemory } from './children.mjs';
import { root } from './tools.mjs';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The peers' rows too. */
const ROWS = 50_000;
/** The peers' warm-up too: at most 20 steps or a second; but gradpool's workers get this long at least. */
const WARMUP = { steps: 20, seconds: 1, leastSeconds: 0.3 };
/** A first guess at the speed: a low one, as a run that turns out too short is made again. */
const GUESS_GFLOPS = 4;
/** Seconds that a run may take beyond those it is to fill. */
const LIMIT_SECONDS = 60;

/** A contender for each engine and number of threads. `averaging` is null for the configuration's default, `shards` undefined. */
export function gradpoolContenders(engines, threads, averaging, shards) {
  return engines.flatMap((engine) =>
    threads.map((count) => {
      const speeds = {};
      return {
        name: `gradpool ${engine}`,
        kind: 'gradpool',
        version,
        threads: [count],
        measure: async (name, _, seconds) => {
          const settings = { engine, threads: count, averaging, shards, seconds };
          const { found } = await measured(cases[name], speeds[name], settings);
          speeds[name] = found.speed;
          return found;
        },
      };
    }),
  );
}

/**
 * A run that was long enough, and the plan it was made by. `speed` is what is expected, in examples a second; a run
 * that shows that it was planned for another speed is not counted.
 */
export async function measured(one, speed, settings) {
  let expected = speed ?? (GUESS_GFLOPS * 1e9) / operations(one);
  for (let attempt = 1; ; attempt++) {
    const plan = planOf(one, expected, settings.seconds);
    const found = await trained(one, plan, settings);
    expected = found.speed;
    if (found.seconds >= settings.seconds / 2) return { plan, found };
    if (attempt === 3) throw new CommandFailed('', `${attempt} runs were all too short to measure`);
  }
}

/** Epochs of about a quarter of `seconds`, and so many that they fill the warm-up and `seconds` at this speed. */
function planOf({ batch }, speed, seconds) {
  const most = Math.floor(ROWS / batch);
  const steps = Math.max(1, Math.min(most, Math.round((speed * seconds) / 4 / batch)));
  const epochSeconds = (steps * batch) / speed;
  const warmup = Math.max(
    WARMUP.leastSeconds,
    Math.min(WARMUP.seconds, (WARMUP.steps * epochSeconds) / steps),
  );
  return {
    rows: steps * batch,
    epochs: Math.ceil(warmup / epochSeconds) + Math.ceil(seconds / epochSeconds),
  };
}

/**
 * What the keys of a configuration were called before 0.2; a checkout whose own configuration has the old ones gets
 * these.
 */
const oldKeys = {
  'data.split.train': 'data.train',
  'data.split.validation': 'data.validation',
  'data.split.test': 'data.test',
  'optimizer.learningRate': 'train.learningRate',
};
const CONFIG = join('config', 'mnist.yaml');
const writesOldKeys = (home) => /^cost:/m.test(readFileSync(join(home, CONFIG), 'utf8'));

/** Runs the command line of the checkout `home` once. */
export async function trained({ widths, batch }, { rows, epochs }, settings) {
  const { engine, threads, averaging, shards, seconds, home = root } = settings;
  const renamed = writesOldKeys(home) ? oldKeys : {};
  const sets = {
    'data.split.train': rows,
    'data.split.validation': 100,
    'data.split.test': 100,
    'train.batchSize': batch,
    'optimizer.learningRate': 0.01,
    ...Object.fromEntries(widths.slice(1).map((units, l) => [`model.layers.${l}.units`, units])),
    ...(averaging && { 'train.averaging': averaging }),
    ...(shards && { 'train.shards': shards }),
  };
  const args = Object.entries(sets).flatMap(([key, value]) => ['--set', `${renamed[key] ?? key}=${value}`]);
  let peak = 0;
  const events = await gradpool(
    CONFIG,
    ['--engine', engine, '--threads', String(threads), '--epochs', String(epochs), ...args],
    {
      cwd: home,
      limit: LIMIT_SECONDS + 5 * seconds,
      onEvent: (event, child) => {
        peak = Math.max(peak, peakMemory(child) ?? 0);
        // The last epoch's is as near to the end of the training as can be told from outside.
        if (event.event === 'epoch') event.cpuSeconds = cpuSeconds(child);
      },
    },
  );
  return figures(events, engine, batch, peak);
}

/** What a run's events say: the speed after the warm-up, and where the time of a step went. */
function figures(events, engine, batch, peak) {
  const start = events.find(({ event }) => event === 'start');
  const done = events.at(-1);
  const ends = events.filter(({ event }) => event === 'epoch');
  const warm = ends.find(
    ({ step, trainSeconds }) =>
      trainSeconds >= WARMUP.leastSeconds && (step >= WARMUP.steps || trainSeconds >= WARMUP.seconds),
  );
  const from = warm ?? { step: 0, trainSeconds: 0 };
  const steps = done.steps - from.step;
  const seconds = done.trainSeconds - from.trainSeconds;
  const microseconds = (seconds / steps) * 1e6;
  const last = ends.at(-1);
  const cpu = warm && last.step > warm.step ? last.cpuSeconds - warm.cpuSeconds : undefined;
  const rests = start.activeThreads < start.threads;
  return {
    seconds: warm ? seconds : 0,
    // After a warm-up only: of all steps, which serves a plan for the next run.
    speed: warm && steps > 0 ? (steps * batch) / seconds : done.examplesPerSecond,
    perCpuSecond: cpu > 0 ? ((last.step - warm.step) * batch) / cpu : undefined,
    step: {
      microseconds,
      ...Object.fromEntries(Object.entries(done.time).map(([part, share]) => [part, share * microseconds])),
    },
    shards: start.shards,
    weightsHash: done.weightsHash,
    peakMemoryBytes: done.peakMemoryBytes ?? (peak || null),
    remark: [
      done.engine !== engine && `the engine ${done.engine}`,
      rests && `${start.activeThreads} of ${start.threads} threads computed`,
    ]
      .filter(Boolean)
      .join(', '),
  };
}
