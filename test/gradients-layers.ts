/** Gradients of layers of every kind in every order, numerically and with one thread and three. */
import './helpers/bare.js';
import t, { type Test } from 'tap';
import type { ConfigInput } from '../src/config/schema.js';
import { checkGradients } from '../src/coordinator/gradcheck.js';
import { activationNames, activations } from '../src/model/activations/index.js';
import { layerMembers } from '../src/model/layers/index.js';
import { Pool } from '../src/pool/pool.js';
import { smallConfig, smallSource } from './helpers/small.js';

type Layers = ConfigInput['model']['layers'];

const ROWS = 33;
const TARGETS = {
  'binary-cross-entropy': 'binary',
  'cross-entropy': 'one-hot',
  'mean-squared-error': 'real',
} as const;

const batchNorm = { name: 'batch-norm' } as const;
const layerNorm = { name: 'layer-norm' } as const;
const dropout = { name: 'dropout', rate: 0.3 } as const;
const noise = { name: 'gaussian-noise', deviation: 0.3 } as const;
const softmax = { name: 'activation', activation: 'softmax' } as const;
const prelu = { name: 'prelu' } as const;
const residual = (layers: Layers, drop = 0) => ({ name: 'residual', layers, drop }) as const;
const concat = (layers: Layers) => ({ name: 'concat', layers }) as const;
const act = (...names: readonly (typeof activationNames)[number][]) =>
  names.map((activation) => ({ name: 'activation', activation }) as const);
const inputSaving = activationNames.filter((name) => activations[name].saves === 'input');
const outputSaving = activationNames.filter((name) => activations[name].saves === 'output');
/** Softmax after softmax makes all alike, and gradients too small to compare. */
const flat: readonly string[] = ['softmax', 'log-softmax'];
const chained = outputSaving.filter((name) => !flat.includes(name));

/** Networks of 10 inputs and 3 outputs. */
const networks: Record<string, { layers: Layers; loss?: keyof typeof TARGETS }> = {
  'dropout first': { layers: [dropout, { units: 13, activation: 'tanh' }, { units: 3 }, softmax] },
  'dropout first, in place after it': { layers: [dropout, ...act('tanh'), dropout, { units: 3 }, softmax] },
  'batch-norm first': { layers: [batchNorm, { units: 13, activation: 'tanh' }, { units: 3 }, softmax] },
  'layer-norm first': { layers: [layerNorm, { units: 13, activation: 'gelu' }, { units: 3 }, softmax] },
  'dropout, then batch-norm, on the inputs': {
    layers: [dropout, batchNorm, { units: 13, activation: 'silu' }, { units: 3 }, softmax],
  },
  'an activation first': { layers: [...act('gelu', 'tanh'), batchNorm, { units: 3 }, softmax] },
  'frozen layers between others': {
    layers: [
      { units: 13, activation: 'tanh' },
      { ...batchNorm, frozen: true },
      { units: 11, activation: 'gelu', frozen: true },
      { name: 'prelu', slope: 0.25, perUnit: true, frozen: true },
      { units: 3 },
      softmax,
    ],
  },
  'frozen layers first': {
    layers: [
      { units: 13, activation: 'tanh', frozen: true },
      { ...batchNorm, frozen: true },
      { units: 3 },
      softmax,
    ],
  },
  'a norm last before the loss': {
    layers: [{ units: 13, activation: 'relu' }, { units: 3 }, batchNorm],
    loss: 'mean-squared-error',
  },
  'a norm last before the output activation': {
    layers: [{ units: 13, activation: 'tanh' }, { units: 3 }, layerNorm, ...act('sigmoid')],
    loss: 'binary-cross-entropy',
  },
  'dropout last before the loss': {
    layers: [{ units: 13, activation: 'tanh' }, { units: 3 }, dropout],
    loss: 'mean-squared-error',
  },
  'gelu last': {
    layers: [
      { units: 13, activation: 'elu' },
      { units: 3, activation: 'gelu' },
    ],
    loss: 'mean-squared-error',
  },
  'two norms and an activation after one dense layer': {
    layers: [{ units: 13 }, batchNorm, layerNorm, ...act('silu'), { units: 3 }, softmax],
  },
  'norms on both sides of activations that save inputs': {
    layers: [
      { units: 13 },
      batchNorm,
      ...act('gelu'),
      batchNorm,
      ...act('silu'),
      layerNorm,
      { units: 3 },
      softmax,
    ],
  },
  'an activation after dropout, softmax after dropout': {
    layers: [
      { units: 13 },
      dropout,
      ...act('tanh'),
      dropout,
      ...act('gelu'),
      dropout,
      { units: 3 },
      dropout,
      softmax,
    ],
  },
  'softmax after another activation': { layers: [{ units: 13 }, { units: 3, activation: 'tanh' }, softmax] },
  'softmax after one that saves its input': { layers: [{ units: 3, activation: 'silu' }, softmax] },
  'only a norm is learned': { layers: [layerNorm, { units: 3 }, batchNorm, softmax] },
  'noise on the inputs, and in place': {
    layers: [noise, { units: 13 }, noise, ...act('tanh'), { units: 3 }, noise, softmax],
  },
  'dropout of nothing': {
    layers: [{ units: 13 }, { name: 'dropout', rate: 0 }, ...act('tanh'), { units: 3 }, softmax],
  },
  'options of activations and layers': {
    layers: [
      { units: 13, activation: { name: 'leaky-relu', slope: 0.3 } },
      { name: 'batch-norm', epsilon: 0.1, newShare: 0.5 },
      { name: 'activation', activation: { name: 'elu' } },
      { name: 'layer-norm', epsilon: 0.01 },
      { units: 3 },
      softmax,
    ],
  },
  'slopes that are learned': {
    layers: [
      prelu,
      { units: 13 },
      { name: 'prelu', perUnit: true, slope: 0.5 },
      { units: 3 },
      { ...prelu, slope: 0 },
      softmax,
    ],
  },
  'around the inputs': { layers: [residual([{ units: 10, activation: 'tanh' }]), { units: 3 }, softmax] },
  'around everything, up to the loss': {
    layers: [{ units: 3 }, residual([{ units: 7, activation: 'gelu' }, { units: 3 }])],
    loss: 'mean-squared-error',
  },
  'around what works in place, at either end': {
    layers: [
      { units: 9, activation: 'tanh' },
      residual([...act('sigmoid'), dropout, { units: 9 }, ...act('tanh')]),
      ...act('relu'),
      residual([dropout]),
      { units: 3 },
      softmax,
    ],
  },
  'ways in ways, rows that are left out, norms of the minibatch and of rows': {
    layers: [
      { units: 9 },
      residual(
        [
          batchNorm,
          ...act('relu'),
          residual([layerNorm, concat([{ units: 4, activation: 'silu' }, prelu]), { units: 9 }], 0.5),
          batchNorm,
          { units: 9 },
        ],
        0.3,
      ),
      batchNorm,
      { units: 3 },
      softmax,
    ],
  },
  'nothing is learned before a way begins, and on one way only': {
    layers: [dropout, concat([...act('tanh'), residual([...act('gelu')], 0.2)]), { units: 3 }, softmax],
  },
  'wide and deep': {
    layers: [
      concat([
        { units: 13, activation: 'relu' },
        { units: 5, activation: 'tanh' },
      ]),
      { units: 3 },
      softmax,
    ],
  },
  'nothing but what layers in it learn': {
    layers: [
      concat([concat([{ units: 2, activation: 'relu' }]), residual([{ units: 12, activation: 'relu' }])]),
      { units: 3 },
      softmax,
    ],
  },
  'every activation that saves its input, one after another': {
    layers: [{ units: 13 }, ...act(...inputSaving, ...[...inputSaving].reverse()), { units: 3 }, softmax],
  },
  'every activation that saves its output, one after another': {
    layers: [{ units: 13 }, ...act(...chained, ...[...chained].reverse()), { units: 3 }, softmax],
  },
  'the two kinds by turns': {
    layers: [
      { units: 13 },
      ...chained.flatMap((name, k) => act(name, inputSaving[k % inputSaving.length])),
      { units: 3 },
      softmax,
    ],
  },
};

const pool = new Pool(3);
t.teardown(() => pool.close());

async function check(t: Test, name: string, averaging: 'slices' | 'shards', rows = ROWS) {
  const { layers, loss = 'cross-entropy' } = networks[name];
  const config = smallConfig({
    loss,
    model: { precision: 'float64', layers, init: { name: 'uniform', range: 1 } },
    train: { batchSize: ROWS, shards: 5, averaging },
    seed: 3,
  });
  const options = { threads: 3, rows, sample: null };
  const source = smallSource(ROWS, 10, 3, TARGETS[loss]);
  for (const layer of await checkGradients(config, options, () => {}, source, undefined, { pool })) {
    t.equal(layer.verdict, 'right', `${name}, ${layer.name}: numeric ${layer.numericVsBackprop}`);
    t.ok(Number(layer.numericVsBackprop) <= 1e-7);
    t.equal(layer.singleVsThreaded, 0, `${name}, ${layer.name}: one thread against three`);
  }
}

for (const [k, name] of Object.keys(networks).entries()) {
  t.test(name, (t) => check(t, name, k % 2 === 0 ? 'slices' : 'shards'));
}

t.test('a minibatch of one row, and of two', async (t) => {
  for (const averaging of ['shards', 'slices'] as const) {
    await check(t, 'gelu last', averaging, 1);
    await check(t, 'batch-norm first', averaging, 2);
  }
  await t.rejects(check(t, 'batch-norm first', 'slices', 1), {
    name: 'UserError',
    message: '--rows: expected at least 2, the fewest rows for "batch-norm" (model.layers.0), got 1',
  });
});

t.test('every kind of layer and of activation is among them', async (t) => {
  const all = JSON.stringify(Object.values(networks));
  const written = Object.keys(layerMembers).filter((name) => name !== 'dense');
  for (const name of [...written, ...chained, ...inputSaving]) {
    t.ok(all.includes(`"${name}"`), name);
  }
});
