/**
 * What others published of dense networks on MNIST, trained again: `npm run bench -- published`. The configurations are in
 * examples/published/; each says in its head where the figure beside it stands.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { train } from '../dist/src/index.js';
import { pythons } from './lib/pythons.mjs';
import { machine, markdown, median, namesFrom, optionsOf, root } from './lib/tools.mjs';

/** By the configuration's name: who, what network, and the share of test digits that was wrong, in percent. */
const PUBLISHED = {
  'lecun-1998-300': { who: 'LeCun et al. 1998', network: '300 tanh, squared error', wrong: 4.7 },
  'lecun-1998-300-100': { who: 'LeCun et al. 1998', network: '300–100 tanh, squared error', wrong: 3.05 },
  'simard-2003-800': { who: 'Simard et al. 2003', network: '800 units, cross-entropy', wrong: 1.6 },
  'keras-mnist-mlp': { who: "Keras's mnist_mlp", network: '512–512 with dropout, RMSprop', wrong: 1.6 },
  'permutation-invariant': { who: '–', network: '512–512–512, batch-norm and noise, averaged weights' },
};
const names = Object.keys(PUBLISHED);

const help = `npm run bench -- published [options]
  --case a,b   of ${names.join(', ')} (default: all)
  --seeds N    runs of each, with the seeds 0, 1, … (default 3)
  --peer       Keras's example by Keras itself too, where a Python has it with JAX
  --json       one JSON object with every run's figures
All train on the 60,000 images of MNIST, or on what they do not hold back of them to choose the best weights by, and are
measured on the 10,000 of its official test.`;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    case: { type: 'string', default: names.join(',') },
    seeds: { type: 'string', default: '3' },
    peer: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const found = [];
  for (const name of namesFrom('case', options.case, names)) {
    process.stderr.write(`${name}: `);
    const runs = [];
    for (let seed = 0; seed < Number(options.seeds); seed++) {
      const file = join(root, 'examples/published', `${name}.yaml`);
      const { summary } = await train(file, { overrides: { seed } });
      const { testMetrics, trainSeconds, threads, epochs } = summary;
      runs.push({ seed, wrong: 100 * (1 - testMetrics.accuracy), trainSeconds, threads, epochs });
      process.stderr.write('.');
    }
    process.stderr.write('\n');
    const keras = options.peer && name === 'keras-mnist-mlp' ? byKeras(options.seeds) : undefined;
    found.push({ name, ...PUBLISHED[name], runs, keras });
  }
  if (options.json) return console.log(JSON.stringify({ machine: machine(), cases: found }));
  console.log(`${machine()}; medians of ${options.seeds} seeds\n`);
  console.log(markdown(found.map((one) => row(one, options.peer))));
}

/** The same by Keras: its version and what the seeds gave; undefined where it is not there. */
function byKeras(seeds) {
  const found = pythons().find(({ versions }) => versions.keras && versions.jax);
  if (found === undefined) return console.error('no Python with Keras and JAX');
  const args = [join(root, 'bench/peers/keras_mnist_mlp.py'), '--seeds', seeds];
  const lines = execFileSync(found.python, args, { env: found.env, encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

const percent = (value) => `${value.toFixed(2)} %`;

const told = (runs) => {
  const all = runs.map((run) => run.wrong);
  return `${percent(median(all))} (${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)})`;
};
const seconds = (runs) => `${median(runs.map(({ trainSeconds }) => trainSeconds)).toFixed(1)} s`;

function row({ who, network, wrong, runs, keras }, withKeras) {
  return {
    published: who,
    network,
    'wrong, published': wrong === undefined ? '–' : percent(wrong),
    'wrong, gradpool': told(runs),
    epochs: String(runs[0].epochs),
    'a run': `${seconds(runs)}, ${runs[0].threads} threads`,
    ...(withKeras && {
      'wrong, by Keras': keras ? `${told(keras)}, ${seconds(keras)}, ${keras[0].version}` : '–',
    }),
  };
}
