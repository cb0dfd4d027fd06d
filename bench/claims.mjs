/** What is promised of gradpool's times and sizes, measured: `npm run bench -- claims`. */
import { join } from 'node:path';
import { cli, gradpool, peakMemory } from './lib/children.mjs';
import { count, machine, markdown, median, namesFrom, optionsOf } from './lib/tools.mjs';

const MNIST = join('config', 'mnist.yaml');
const MNIST_BYTES = 70_000 * 784 + 70_000;
const STEPS = 50_000;

const wallSeconds = async (command) => {
  const begun = performance.now();
  await command();
  return (performance.now() - begun) / 1000;
};
const atMost = (target, unit, digits) => ({ target, unit, digits, holds: (value) => value <= target });
const atLeast = (target, unit, digits) => ({ target, unit, digits, holds: (value) => value >= target });

/** By the name that --only takes: a command, how it is shown, and what it is measured for. */
const measurements = {
  xor: {
    shown: 'gradpool train config/xor.yaml',
    claims: { 'XOR, the whole process': atMost(0.5, 's', 2) },
    measure: async () => [await wallSeconds(() => gradpool(join('config', 'xor.yaml'), []))],
  },
  gradcheck: {
    shown: 'gradpool gradcheck config/mnist-online.yaml',
    claims: { 'every gradient of the MNIST network checked, the whole process': atMost(5, 's', 2) },
    measure: async () => [
      await wallSeconds(() => cli(['gradcheck', join('config', 'mnist-online.yaml'), '--json'])),
    ],
  },
  ready: {
    shown: 'gradpool train config/mnist.yaml --json --epochs 1',
    claims: {
      'MNIST ready to train: from the start of the process to its event "start"': atMost(0.25, 's', 2),
    },
    measure: async () => {
      const begun = performance.now();
      let seconds;
      const onEvent = ({ event }) => {
        if (event === 'start') seconds = (performance.now() - begun) / 1000;
        return event === 'start';
      };
      await gradpool(MNIST, ['--epochs', '1'], { onEvent });
      return [seconds];
    },
  },
  memory: {
    shown: 'gradpool train config/mnist.yaml --threads 2',
    claims: { 'MNIST, peak memory beyond the 54.95 MB of data': atMost(120, 'MB', 0) },
    measure: async () => {
      let peak;
      const onEvent = (_, child) => {
        peak = Math.max(peak ?? 0, peakMemory(child) ?? 0) || undefined;
      };
      const done = (await gradpool(MNIST, ['--threads', '2'], { onEvent })).at(-1);
      return [((done.peakMemoryBytes ?? peak) - MNIST_BYTES) / 1e6];
    },
  },
  accuracy: {
    shown: 'gradpool train config/mnist.yaml',
    claims: {
      'MNIST, accuracy on the test rows': atLeast(98, '%', 2),
      'and its training': atMost(8, 's', 1),
    },
    measure: async () => {
      const { testMetrics, trainSeconds } = (await gradpool(MNIST, [])).at(-1);
      return [testMetrics.accuracy * 100, trainSeconds];
    },
  },
  coordination1: coordination(1, 6),
  coordination2: coordination(2, 25),
};

/** A step with next to nothing to compute: what is left without computing and updating is the threads' meeting. */
function coordination(threads, target) {
  const settings = ['train.batchSize=4', 'train.shards=2', `train.validate.every=${STEPS} epochs`];
  const sets = settings.flatMap((setting) => ['--set', setting]);
  const args = ['--threads', String(threads), '--epochs', String(STEPS), ...sets];
  return {
    shown: `gradpool train config/xor.yaml ${args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg)).join(' ')} --json`,
    claims: {
      [`coordination of a step, ${threads} thread${threads > 1 ? 's' : ''}: wall time less compute and update`]:
        atMost(target, 'µs', 1),
    },
    measure: async () => {
      const { time, trainSeconds, steps } = (await gradpool(join('config', 'xor.yaml'), args)).at(-1);
      return [(trainSeconds / steps) * 1e6 * (1 - time.compute - time.update)];
    },
  };
}

const names = Object.keys(measurements);

const help = `npm run bench -- claims [options]
  --only a,b   of ${names.join(', ')} (default: all)
  --reps N     repetitions, run in turns (default 5)
  --json       the figures as one JSON object`;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    only: { type: 'string', default: names.join(',') },
    reps: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const chosen = namesFrom('only', options.only, names);
  const reps = count('reps', options.reps);

  const values = Object.fromEntries(chosen.map((name) => [name, []]));
  for (let rep = 1; rep <= reps; rep++) {
    for (const name of chosen) {
      const found = await measurements[name].measure();
      values[name].push(found);
      process.stderr.write(`${rep}/${reps} ${name}: ${found.map((value) => value.toFixed(3)).join(', ')}\n`);
    }
  }
  const results = chosen.flatMap((name) =>
    Object.entries(measurements[name].claims).map(([claim, { target, unit, holds }], k) => {
      const repetitions = values[name].map((found) => found[k]);
      const measured = median(repetitions);
      return { name, claim, target, unit, measured, repetitions, holds: holds(measured) };
    }),
  );
  if (options.json) return console.log(JSON.stringify({ machine: machine(), reps, results }));
  console.log(`Medians of ${reps} runs in turns\n${machine()}\n`);
  console.log(markdown(chosen.flatMap((name) => rows(measurements[name], name, results))));
}

function rows({ shown, claims }, name, results) {
  return results
    .filter((result) => result.name === name)
    .map(({ claim, target, unit, measured, holds }) => {
      const known = Number.isFinite(measured);
      const { digits } = claims[claim];
      return {
        claim,
        target: `${unit === '%' ? '≥' : '≤'} ${target} ${unit}`,
        measured: known ? `${measured.toFixed(digits)} ${unit}` : 'not told by this system',
        holds: known ? (holds ? 'yes' : 'no') : '–',
        command: `\`${shown}\``,
      };
    });
}
