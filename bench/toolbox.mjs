/**
 * Every member of the families that a network is made of, trained on each engine, in each precision, with 1, 2, 3 and 7
 * threads: `npm run bench -- toolbox`. It prints the table in docs/toolbox.md.
 */
import { families } from '../dist/src/config/families.js';
import { configSchema } from '../dist/src/config/schema.js';
import { checkGradients } from '../dist/src/coordinator/gradcheck.js';
import { Trainer } from '../dist/src/coordinator/trainer.js';
import { Pool } from '../dist/src/pool/pool.js';
import { canDraw } from '../dist/torture/any-config.js';
import { rowsFor } from '../dist/torture/any-rows.js';
import { machine, markdown, optionsOf } from './lib/tools.mjs';

const help = `npm run bench -- toolbox [options]
  --family NAME   layers, activations, init, losses, optimizers, schedules, training (default: all)
  --json          the rows as one JSON array
Each member trains a small network for 30 steps. "same bits": whether the weights and figures of eight runs (wasm and native, by
1, 2, 3 and 7 threads) are the same in each precision. "to float64": the largest difference of a weight to the formulas in
float64 (engine reference), by the largest weight. "gradcheck": ‖backprop − numeric‖ / (‖backprop‖ + ‖numeric‖) of the worst
layer.`;

const THREADS = [1, 2, 3, 7];

/** What stands in a configuration beside the member that is looked at. */
const usual = {
  name: 'toolbox',
  seed: 3,
  data: { name: 'xor' },
  model: {
    layers: [
      { units: 12, activation: 'tanh' },
      { units: 'auto', activation: 'softmax' },
    ],
  },
  loss: 'cross-entropy',
  optimizer: { name: 'sgd', learningRate: 0.1 },
  train: { batchSize: 4, shards: 4, epochs: 2 },
};
const hidden = (...layers) => ({
  model: { layers: [{ units: 12 }, ...layers, { units: 'auto', activation: 'softmax' }] },
});

/** Options that a member cannot do without. */
const needed = {
  layers: {
    dense: { units: 7 },
    activation: { activation: 'relu' },
    residual: { layers: [{ units: 12, activation: 'tanh' }] },
    concat: { layers: [{ units: 5, activation: 'tanh' }] },
  },
  init: { uniform: { range: 0.5 }, constant: { value: 0.1 } },
};
const member = (family, name) => ({ name, ...needed[family]?.[name] });

/** For each family the configuration that has a member in it. */
const placed = {
  layers: (name) => hidden(member('layers', name)),
  activations: (name) => {
    const output = isOutput(name);
    return output ? outputOf(name) : hidden({ name: 'activation', activation: name });
  },
  // Of the hidden layer: where all weights were alike, nothing would go back to it.
  init: (name) => ({
    model: { layers: [{ ...usual.model.layers[0], init: member('init', name) }, usual.model.layers[1]] },
  }),
  losses: (name) => ({
    model: {
      layers: [usual.model.layers[0], { units: 'auto', activation: families.losses[name].activations[0] }],
    },
    loss: name,
  }),
  optimizers: (name) => ({ optimizer: { name } }),
  schedules: (name) => ({ optimizer: { ...usual.optimizer, schedule: name } }),
};

/** Whether an activation is of a row's outputs together. */
const isOutput = (name) => /softmax/.test(name);
const outputOf = (name) => {
  const loss = Object.keys(families.losses).find((loss) => families.losses[loss].activations.includes(name));
  return { model: { layers: [usual.model.layers[0], { units: 'auto', activation: name }] }, loss };
};

/** What is set under \`train\` and in options, and is a member of no family. */
const training = {
  'class weights': { train: { classWeights: 'balanced' } },
  'label smoothing': { loss: { name: 'cross-entropy', labelSmoothing: 0.1 } },
  'balanced sampling': { train: { sampling: 'balanced' } },
  'clipping by norm': { train: { clip: { norm: 0.5 } } },
  'clipping by value': { train: { clip: { value: 0.05 } } },
  'moving average of weights': { train: { ema: { decay: 0.9 } } },
  accumulation: { train: { accumulate: 2 } },
  mixup: { train: { mixup: { alpha: 0.4 } } },
  'frozen layer': {
    model: {
      layers: [
        { units: 12, activation: 'tanh', frozen: true },
        { units: 'auto', activation: 'softmax' },
      ],
    },
  },
  'rate of a layer': {
    model: {
      layers: [
        { units: 12, activation: 'tanh', rateFactor: 0.1 },
        { units: 'auto', activation: 'softmax' },
      ],
    },
  },
  lbfgs: { optimizer: { name: 'lbfgs' }, train: { batchSize: undefined } },
};

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    family: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const pool = new Pool(Math.max(...THREADS));
  const rows = [];
  const wanted = (family) => options.family === undefined || options.family === family;
  try {
    for (const family of Object.keys(placed).filter(wanted)) {
      for (const name of Object.keys(families[family]).filter((name) => name !== 'lbfgs')) {
        if (
          !Object.values(families[family][name].options ?? {}).every(
            (option) => canDraw(option) || needed[family]?.[name],
          )
        )
          continue;
        rows.push(await looked(family, name, placed[family](name), pool));
      }
    }
    if (wanted('training')) {
      for (const [name, changes] of Object.entries(training))
        rows.push(await looked('training', name, changes, pool));
    }
  } finally {
    await pool.close();
  }
  if (options.json) return console.log(JSON.stringify(rows));
  console.log(`${machine()}; ${rows.length} members\n`);
  console.log(markdown(rows.map(shown)));
  if (rows.some(({ same }) => !same)) process.exitCode = 1;
}

async function looked(family, name, changes, pool) {
  const written = { ...usual, ...changes, train: { ...usual.train, ...changes.train } };
  const source = rowsFor(families.losses[written.loss.name ?? written.loss]);
  const config = (engine, precision) =>
    configSchema.parse({ ...written, engine, model: { ...written.model, precision } });
  const trained = async (engine, precision, threads) => {
    const run = { threads, runDir: null, version: 'toolbox' };
    const { summary, tensors } = await new Trainer().train(config(engine, precision), run, () => {}, {
      source,
      pool,
    });
    const { weightsHash, bestHash, testLoss, testMetrics } = summary;
    return { told: JSON.stringify([weightsHash, bestHash, testLoss, testMetrics]), tensors };
  };
  const oracle = await trained('reference', 'float64', 1);
  let same = true;
  const off = {};
  for (const precision of ['float32', 'float64']) {
    const runs = [];
    for (const engine of ['wasm', 'native']) {
      for (const threads of THREADS) runs.push(await trained(engine, precision, threads));
    }
    same &&= runs.every(({ told }) => told === runs[0].told);
    off[precision] = difference(runs[0].tensors, oracle.tensors);
  }
  const checks = await checkGradients(
    config('wasm', 'float64'),
    { threads: 2, rows: 8, sample: 40 },
    () => {},
    source,
    undefined,
    { pool },
  );
  const right = checks.filter(({ verdict }) => verdict === 'right');
  const worst = right.length > 0 ? Math.max(...right.map((check) => check.numericVsBackprop)) : null;
  return { family, name, same, ...off, worst, wrong: checks.some(({ verdict }) => verdict === 'wrong') };
}

/** The largest difference of two models' weights, by the largest weight. */
function difference(ours, theirs) {
  let most = 0;
  let largest = 0;
  for (const [name, { data }] of Object.entries(theirs)) {
    for (const [k, value] of data.entries()) {
      most = Math.max(most, Math.abs(ours[name].data[k] - value));
      largest = Math.max(largest, Math.abs(value));
    }
  }
  return most / largest;
}

const power = (value) => (value === 0 ? '0' : value.toExponential(0));

function shown({ family, name, same, float32, float64, worst, wrong }) {
  return {
    family,
    member: `\`${name}\``,
    'same bits': same ? 'yes' : 'NO',
    'float32 to float64': power(float32),
    'float64 to the formulas': power(float64),
    gradcheck: wrong ? 'WRONG' : worst === null ? 'too small' : power(worst),
  };
}
