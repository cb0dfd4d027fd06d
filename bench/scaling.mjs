/**
 * How a step's time falls with the number of threads, measured, beside the model of a step's time that gradpool decides by, and
 * what that model says of machines with more cores: `npm run bench -- scaling`.
 */
import { availableParallelism } from 'node:os';
import { cases, operations } from './lib/cases.mjs';
import { gradpoolContenders } from './lib/ours.mjs';
import { count, machine, markdown, median, namesFrom, optionsOf, positive, root } from './lib/tools.mjs';

const cores = availableParallelism();
const help = `npm run bench -- scaling [options]
  --case a,b        of ${Object.keys(cases).join(', ')} (default: small,usual,large,wide)
  --engine E        native (default) or wasm
  --averaging A     slices (default) or shards
  --shards N        train.shards, in place of the default
  --most N          threads to measure up to (default: twice the cores; those beyond the cores are marked)
  --reps N          repetitions, run in turns (default 3)
  --seconds S       seconds measured in each (default 1.5)
  --json            the figures as one JSON object`;

/** Numbers of cores that the model is asked about. */
const FUTURE = [1, 2, 4, 8, 16, 32, 64];

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    case: { type: 'string', default: 'small,usual,large,wide' },
    engine: { type: 'string', default: 'native' },
    averaging: { type: 'string', default: 'slices' },
    shards: { type: 'string' },
    most: { type: 'string', default: String(2 * cores) },
    reps: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1.5' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const chosen = namesFrom('case', options.case, Object.keys(cases));
  const [engine] = namesFrom('engine', options.engine, ['native', 'wasm']);
  const [averaging] = namesFrom('averaging', options.averaging, ['slices', 'shards']);
  const shards = options.shards === undefined ? undefined : count('shards', options.shards);
  const most = count('most', options.most);
  const reps = count('reps', options.reps);
  const seconds = positive('seconds', options.seconds);
  const threads = Array.from({ length: most }, (_, k) => k + 1).filter(
    (n) => n <= 4 || n % 4 === 0 || n === cores || n === most,
  );
  const results = [];
  for (const name of chosen) {
    results.push(await scale(name, { engine, averaging, shards, threads, reps, seconds }));
  }
  const found = {
    machine: machine(),
    cores,
    settings: { engine, averaging, shards, reps, seconds },
    results,
  };
  console.log(options.json ? JSON.stringify(found) : report(found));
}

async function scale(name, { engine, averaging, shards, threads, reps, seconds }) {
  const contenders = gradpoolContenders([engine], threads, averaging, shards);
  const runs = contenders.map(() => []);
  for (let rep = 1; rep <= reps; rep++) {
    for (const [k, contender] of contenders.entries()) {
      const run = await contender.measure(name, contender.threads[0], seconds);
      runs[k].push(run);
      process.stderr.write(
        `${name} ${rep}/${reps}, threads ${contender.threads[0]}: ${run.step.microseconds.toFixed(1)} µs a step\n`,
      );
    }
  }
  const measured = contenders.map((contender, k) => ({
    threads: contender.threads[0],
    ...Object.fromEntries(
      Object.keys(runs[k][0].step).map((part) => [part, median(runs[k].map((run) => run.step[part]))]),
    ),
  }));
  return { name, measured, model: await modelOf(name, engine, averaging, runs[0][0], measured) };
}

/** The model with this case's own rate, as one thread shows it; what more threads cost stays as it is written down. */
async function modelOf(name, engine, averaging, { shards }, measured) {
  const from = (file) => import(`${root}/dist/src/${file}.js`);
  const { stepTimeConstants, stepTime } = await from('plan/step-time');
  const { network } = await from('model/network');
  const { widths, batch } = cases[name];
  const layers = widths.slice(1).map((units) => ({ units, activation: 'relu' }));
  const net = network(widths[0], layers, { name: 'he-uniform' });
  const shape = { net, engine, bytes: 4, batchSize: batch, shards, averaging };
  const one = measured.find(({ threads }) => threads === 1);
  const flops = operations(cases[name]) * batch;
  const constants = {
    ...stepTimeConstants,
    rate: { ...stepTimeConstants.rate, [engine]: (flops / one.compute) * 1e6 },
    overhead: (one.wait + one.other) * 1e-6,
  };
  const updated = stepTime(shape, 1, { ...constants, bandwidth: 1 }).update;
  constants.bandwidth = updated / (one.update * 1e-6);
  const predict = (threads, more = shape) => stepTime(more, threads, constants).seconds * 1e6;
  return {
    shards,
    gflops: constants.rate[engine] / 1e9,
    gigabytes: constants.bandwidth / 1e9,
    overhead: constants.overhead * 1e6,
    steps: Object.fromEntries(measured.map(({ threads }) => [threads, predict(threads)])),
    future: FUTURE.map((threads) => ({
      threads,
      asItIs: predict(1) / predict(threads),
      // As many shards as threads, where there are rows for them.
      moreShards:
        predict(1) / predict(threads, { ...shape, shards: Math.min(batch, Math.max(shards, threads)) }),
    })),
  };
}

function report({ machine, cores, settings, results }) {
  const times = (value) => `${value.toFixed(2)} ×`;
  return [
    `# Scaling\n\n${machine}; engine ${settings.engine}, averaging ${settings.averaging}; median of ${settings.reps}`,
    ...results.map(({ name, measured, model }) => {
      const [one] = measured;
      return [
        `## ${name}, ${model.shards} shards`,
        `One thread: ${model.gflops.toFixed(0)} GFLOP/s of products, ${model.gigabytes.toFixed(1)} GB/s of averaging and update, ${model.overhead.toFixed(1)} µs besides.`,
        markdown(
          measured.map((row) => ({
            threads: `${row.threads}${row.threads > cores ? ' (more than cores)' : ''}`,
            'µs a step': row.microseconds.toFixed(1),
            compute: row.compute.toFixed(1),
            wait: row.wait.toFixed(1),
            'average + update': row.update.toFixed(1),
            other: row.other.toFixed(1),
            faster: times(one.microseconds / row.microseconds),
            'model, µs': model.steps[row.threads].toFixed(1),
            'model, faster': times(model.steps[1] / model.steps[row.threads]),
          })),
        ),
        'The model on as many cores of this kind:',
        markdown([
          {
            '': 'as it is',
            ...Object.fromEntries(
              model.future.map(({ threads, asItIs }) => [`${threads} cores`, times(asItIs)]),
            ),
          },
          {
            '': 'as many shards as cores',
            ...Object.fromEntries(
              model.future.map(({ threads, moreShards }) => [`${threads} cores`, times(moreShards)]),
            ),
          },
        ]),
      ].join('\n\n');
    }),
  ].join('\n\n');
}
