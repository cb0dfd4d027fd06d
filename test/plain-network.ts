/** A network with dropout and batch-norm, learned by plain code from the definitions, and by the trainer: the same. */
import './helpers/bare.js';
import t from 'tap';
import type { Config } from '../src/config/schema.js';
import { Trainer } from '../src/coordinator/trainer.js';
import { keyOf, philox } from '../src/philox.js';
import { Pool } from '../src/pool/pool.js';
import { apart } from './helpers/apart.js';
import { given } from './helpers/golden.js';
import { smallConfig } from './helpers/small.js';
import { unshuffled } from './helpers/unshuffled.js';

const seed = 11;
const [inputs, hidden, outputs, batch] = [5, 6, 3, 6];
const trainRows = 24 * batch + 3;
const rows = trainRows + 20;
const rate = 0.3;
const [share, epsilon] = [0.2, 0.001];
const [firstRate, secondRate] = [0.2, 0.4];

const layers: Config['model']['layers'] = smallConfig({
  model: {
    layers: [
      { name: 'dropout', rate: firstRate },
      { units: hidden },
      { name: 'batch-norm', newShare: share, epsilon },
      { name: 'activation', activation: 'tanh' },
      { name: 'dropout', rate: secondRate },
      { units: outputs, activation: 'softmax' },
    ],
  },
}).model.layers;

type Matrix = number[][];
const matrix = (m: number, n: number, at: (r: number, c: number) => number): Matrix =>
  Array.from({ length: m }, (_, r) => Array.from({ length: n }, (_, c) => at(r, c)));
const add = (n: number, term: (k: number) => number) => {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += term(k);
  return sum;
};

const sizes = [inputs * hidden, hidden, hidden, hidden, hidden * outputs, outputs];
const start = given(
  sizes.reduce((sum, size) => sum + size),
  1,
  0.9,
);
const features = given(rows * inputs, 500, 2);
const classOf = (row: number) => row ** 2 % outputs;

/** What training leaves, from the definitions. */
function plain() {
  let at = 0;
  const take = (size: number) => {
    at += size;
    return start.slice(at - size, at);
  };
  const [w1, b1, gamma, beta, w2, b2] = sizes.map(take);
  const mean = new Float64Array(hidden);
  const variance = new Float64Array(hidden).fill(1);

  const factor = (layer: number, step: number, row: number, col: number, p: number) => {
    const words = philox([Math.floor(col / 4), row, step, 0], keyOf(seed, layer));
    return words[col % 4] >= Math.floor(p * 2 ** 32) ? 1 / (1 - p) : 0;
  };

  /** Losses of rows [first, first + n); where `step` is given, one step of learning from them. */
  const pass = (first: number, n: number, step?: number): number => {
    const learns = step !== undefined;
    const mask = (layer: number, cols: number, p: number) =>
      matrix(n, cols, (r, c) => (learns ? factor(layer, step, r, c, p) : 1));
    const mask0 = mask(0, inputs, firstRate);
    const mask4 = mask(4, hidden, secondRate);
    const x = matrix(n, inputs, (r, c) => features[(first + r) * inputs + c] * mask0[r][c]);
    const u = matrix(n, hidden, (r, c) => add(inputs, (k) => x[r][k] * w1[k * hidden + c]) + b1[c]);
    const means = learns ? Array.from(mean, (_, c) => add(n, (r) => u[r][c]) / n) : [...mean];
    const variances = learns
      ? Array.from(mean, (_, c) => add(n, (r) => (u[r][c] - means[c]) ** 2) / n)
      : [...variance];
    const inverse = variances.map((value) => 1 / Math.sqrt(value + epsilon));
    const normal = matrix(n, hidden, (r, c) => (u[r][c] - means[c]) * inverse[c]);
    const h = matrix(n, hidden, (r, c) => Math.tanh(normal[r][c] * gamma[c] + beta[c]));
    const d = matrix(n, hidden, (r, c) => h[r][c] * mask4[r][c]);
    const e = matrix(n, outputs, (r, c) =>
      Math.exp(add(hidden, (k) => d[r][k] * w2[k * outputs + c]) + b2[c]),
    );
    const p = matrix(n, outputs, (r, c) => e[r][c] / add(outputs, (k) => e[r][k]));
    const loss = add(n, (r) => -Math.log(p[r][classOf(first + r)]));
    if (!learns) return loss;

    const dz = matrix(n, outputs, (r, c) => (p[r][c] - (classOf(first + r) === c ? 1 : 0)) / n);
    const dh = matrix(n, hidden, (r, k) => add(outputs, (c) => dz[r][c] * w2[k * outputs + c]) * mask4[r][k]);
    const dy = matrix(n, hidden, (r, k) => dh[r][k] * (1 - h[r][k] ** 2));
    const dnormal = matrix(n, hidden, (r, c) => dy[r][c] * gamma[c]);
    // The whole chain rule, through mean and variance.
    const dvariance = Array.from(mean, (_, c) =>
      add(n, (r) => dnormal[r][c] * (u[r][c] - means[c]) * -0.5 * inverse[c] ** 3),
    );
    const dmean = Array.from(mean, (_, c) => add(n, (r) => -dnormal[r][c] * inverse[c]));
    const du = matrix(
      n,
      hidden,
      (r, c) => dnormal[r][c] * inverse[c] + (dvariance[c] * 2 * (u[r][c] - means[c])) / n + dmean[c] / n,
    );
    for (let c = 0; c < outputs; c++) {
      for (let k = 0; k < hidden; k++) w2[k * outputs + c] -= rate * add(n, (r) => d[r][k] * dz[r][c]);
      b2[c] -= rate * add(n, (r) => dz[r][c]);
    }
    for (let c = 0; c < hidden; c++) {
      gamma[c] -= rate * add(n, (r) => dy[r][c] * normal[r][c]);
      beta[c] -= rate * add(n, (r) => dy[r][c]);
      for (let k = 0; k < inputs; k++) w1[k * hidden + c] -= rate * add(n, (r) => x[r][k] * du[r][c]);
      b1[c] -= rate * add(n, (r) => du[r][c]);
      mean[c] += share * (means[c] - mean[c]);
      variance[c] += share * ((variances[c] * n) / (n - 1) - variance[c]);
    }
    return loss;
  };

  let total = 0;
  for (let first = 0; first < trainRows; first += batch) {
    total += pass(first, Math.min(batch, trainRows - first), first / batch);
  }
  const validLoss = pass(trainRows, rows - trainRows) / (rows - trainRows);
  const learned = [w1, b1, gamma, beta, w2, b2, mean, variance].flatMap((values) => [...values]);
  return [total / trainRows, validLoss, ...learned];
}

const pool = new Pool(3);
t.teardown(() => pool.close());

async function trained(engine: 'wasm' | 'reference', threads: number) {
  const config = smallConfig({
    ...{ seed, engine, loss: 'cross-entropy', optimizer: { learningRate: rate } },
    model: { precision: 'float64', layers },
    train: { batchSize: batch, epochs: 1, shards: 4 },
  });
  let losses: number[] = [];
  const { tensors } = await new Trainer().train(
    config,
    { threads, runDir: null, version: 'test' },
    (event) => {
      if (event.event === 'epoch') losses = [event.trainLoss, Number(event.validLoss)];
    },
    {
      pool,
      parameters: start,
      source: {
        ...{ rows, features: inputs, outputs, featureType: 'float64' },
        targets: { kind: 'class', classes: outputs, type: 'uint8' },
        parts: { train: trainRows, validation: rows - trainRows, test: 0 },
        split: () => ({
          train: unshuffled(trainRows, seed),
          validation: Uint32Array.from({ length: rows - trainRows }, (_, k) => trainRows + k),
          test: new Uint32Array(),
        }),
        async read(window) {
          window.features.set(features);
          for (let row = 0; row < rows; row++) window.targets[row] = classOf(row);
        },
      },
    },
  );
  return [...losses, ...Object.values(tensors).flatMap(({ data }) => [...data])];
}

const expected = plain();
for (const [engine, threads] of [
  ['wasm', 1],
  ['wasm', 3],
  ['reference', 2],
] as const) {
  t.test(`${engine}, ${threads} threads`, async (t) => {
    const difference = apart(await trained(engine, threads), expected);
    t.ok(difference <= 1e-12, `${difference} apart`);
  });
}
