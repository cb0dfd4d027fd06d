/**
 * What gradpool reaches on real data, beside published figures and scikit-learn's network of the same size:
 * `npm run results`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { loadConfig } from '../dist/src/config/load.js';
import { contextOf } from '../dist/src/coordinator/network.js';
import { openData } from '../dist/src/data/index.js';
import { train } from '../dist/src/index.js';
import { fetchData, names as fetched } from '../examples/fetch.mjs';
import { pythons } from './lib/pythons.mjs';
import { cases } from './lib/results-cases.mjs';
import { writeRows } from './lib/rows.mjs';
import { machine, markdown, namesFrom, optionsOf, root } from './lib/tools.mjs';

const help = `npm run results -- [options]
  --case a,b   of ${cases.map(({ name }) => name).join(', ')} (default: all)
  --no-peer    without scikit-learn
  --json       one JSON object with every run's figure
Data sets come from the packages that hold them (examples/fetch.mjs); configurations are in examples/. scikit-learn is
looked for in bench/.venv*, $PYTHON and python3 (npm run bench -- setup --only sklearn).`;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const all = cases.map(({ name }) => name);
  const options = optionsOf(args, {
    case: { type: 'string', default: all.join(',') },
    'no-peer': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const wanted = namesFrom('case', options.case, all);
  fetchData(wanted.filter((name) => fetched.includes(name)));
  const sklearn = options['no-peer'] ? undefined : pythons().find(({ versions }) => versions.sklearn);
  const found = [];
  for (const one of cases.filter(({ name }) => wanted.includes(name))) {
    process.stderr.write(`${one.name}: `);
    found.push({ ...one, ...(await measured(one, sklearn)) });
    process.stderr.write('\n');
  }
  if (options.json) return console.log(JSON.stringify({ machine: machine(), cases: found }));
  console.log(`${machine()}; scikit-learn ${sklearn?.versions.sklearn ?? 'not here'}\n`);
  console.log(markdown(found.map(row)));
}

/** One run a seed, or one a fold and seed. */
function variants({ seeds, folds }) {
  const each = Array.from({ length: seeds }, (_, seed) => seed);
  if (folds === undefined) return each.map((seed) => ({ seed }));
  return each.flatMap((seed) => Array.from({ length: folds }, (_, k) => ({ seed, fold: k + 1 })));
}

async function measured(one, sklearn) {
  const file = join(root, 'examples', `${one.name}.yaml`);
  const given = parse(readFileSync(file, 'utf8')).data.split;
  const peer = sklearn && peerOf(sklearn);
  const runs = [];
  try {
    for (const { seed, fold } of variants(one)) {
      const split = {
        name: 'folds',
        folds: one.folds,
        fold,
        seed,
        stratify: given?.stratify ?? false,
        validation: 0,
      };
      const overrides = { seed, ...(fold && { set: [`data.split=${JSON.stringify(split)}`] }) };
      const { summary } = await train(file, { overrides });
      const config = await loadConfig(file, overrides);
      const source = await openData(config.data, contextOf(config));
      const { testMetrics, testLoss, trainSeconds, threads, epochs } = summary;
      const figures = inOwnUnits(testMetrics, testLoss, source);
      const ours = { figures, seconds: trainSeconds, threads, epochs };
      runs.push({ seed, fold, ours, peer: peer && (await peer.run(config, source)) });
      process.stderr.write('.');
    }
  } finally {
    peer?.end();
  }
  return { runs };
}

/** Errors of a target that was scaled while learning, in the target's units, where they are not in these already. */
function inOwnUnits(figures, loss, { preprocessing }) {
  const target = preprocessing?.target;
  if (target?.kind !== 'values') return figures;
  const [{ scale }] = target.columns;
  const isScaled = Math.abs(figures.rmse ** 2 - loss) < 1e-6 * loss;
  const factor = isScaled ? scale.spread : 1;
  return { ...figures, mae: figures.mae * factor, rmse: figures.rmse * factor };
}

/** A process that trains scikit-learn's networks, one after another. */
function peerOf({ python, env }) {
  const child = spawn(python, [join(import.meta.dirname, 'peers', 'sklearn_mlp.py')], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-results-'));
  return {
    async run({ model, optimizer, train: { batchSize, epochs, stop }, seed }, source) {
      const { validation, ...files } = await writeRows(source, seed, folder);
      const dense = model.layers.filter(
        ({ name, units }) => (name ?? 'dense') === 'dense' && units !== undefined,
      );
      const task = {
        ...files,
        hidden: dense.slice(0, -1).map(({ units }) => units),
        activation: { sigmoid: 'logistic' }[dense[0].activation.name] ?? dense[0].activation.name,
        batch: batchSize,
        rate: optimizer.learningRate,
        epochs,
        seed,
        validation,
        patience: stop?.patience ?? epochs,
      };
      child.stdin.write(`${JSON.stringify(task)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('scikit-learn: ended without an answer');
      const { seconds, epochs: made, version: _, ...figures } = JSON.parse(value);
      const target = source.preprocessing?.target;
      if (target?.kind === 'values') figures.mae *= target.columns[0].scale.spread;
      return { figures, seconds, epochs: made };
    },
    end() {
      child.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) => {
  const m = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - m) ** 2)));
};

/** Mean ± standard deviation over the runs, of a share or of a value with its unit. */
function stated(values, figure, unit) {
  const digits = figure === 'mae' ? (mean(values) > 20 ? 0 : 2) : 4;
  const spread = values.length > 1 ? ` ± ${deviation(values).toFixed(digits)}` : '';
  return `${mean(values).toFixed(digits)}${spread}${figure === 'mae' ? ` ${unit}` : ''}`;
}

function row({ name, figure, also = [], unit, folds, seeds, official, target, published, runs }) {
  const of = (side) => {
    const done = runs.map((one) => one[side]).filter(Boolean);
    if (done.length === 0) return ['–', '–'];
    const figures = [figure, ...also].map((key) =>
      stated(
        done.map(({ figures }) => figures[key]),
        key,
        unit,
      ),
    );
    return [figures.join(', '), `${mean(done.map(({ seconds }) => seconds)).toFixed(2)} s`];
  };
  const [ours, seconds] = of('ours');
  const [theirs, theirSeconds] = of('peer');
  return {
    'data set': name,
    'measured on': folds
      ? `${seeds} × ${folds} folds`
      : official
        ? 'official test'
        : `test rows, ${seeds} ${seeds > 1 ? 'splits' : 'split'}`,
    figure: [figure, ...also].join(', '),
    gradpool: ours,
    promised: target === undefined ? '–' : `${figure === 'mae' ? '<' : '≥'} ${target}`,
    'a run': `${seconds}, ${runs[0].ours.threads} threads`,
    'scikit-learn': theirs,
    'its run': theirSeconds,
    published,
  };
}
