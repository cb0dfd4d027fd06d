/** How runs differ, and which differences a run can go on with. */
import '../helpers/bare.js';
import t from 'tap';
import { configDifferences, dataDifferences, engineDifferences, hashOf } from '../../src/runs/provenance.js';
import { smallConfig } from '../helpers/small.js';

t.test('the hash of a configuration does not depend on the order of its keys', async (t) => {
  t.equal(hashOf({ a: 1, b: { c: [2], d: undefined } }), hashOf({ b: { c: [2] }, a: 1 }));
  t.not(hashOf({ a: [1, 2] }), hashOf({ a: [2, 1] }));
});

t.test('what each difference means', async (t) => {
  const was = smallConfig();
  const kinds = (is: typeof was) =>
    Object.fromEntries(configDifferences(was, is).map(({ path, kind }) => [path, kind]));
  t.strictSame(kinds(was), {});
  t.strictSame(
    kinds(
      smallConfig({
        name: 'other',
        seed: 2,
        engine: 'auto',
        loss: 'mean-squared-error',
        optimizer: { learningRate: 0.2, momentum: 0.9 },
        model: { precision: 'float64' },
        train: {
          epochs: 3,
          batchSize: 16,
          averaging: 'shards',
          checkpoint: { every: '1 h', keep: 3 },
        },
      }),
    ),
    {
      name: 'free',
      seed: 'forced',
      'engine.name': 'free',
      'loss.name': 'forced',
      'loss.labelSmoothing': 'forced',
      'model.precision': 'never',
      'train.epochs': 'free',
      'train.batchSize': 'never',
      'optimizer.learningRate': 'forced',
      'optimizer.momentum': 'forced',
      'train.averaging': 'forced',
      'train.checkpoint.every': 'free',
    },
  );
  t.match(kinds(smallConfig({ optimizer: 'adam' })), { 'optimizer.name': 'never' });
  const [first, ...others] = was.model.layers;
  const layers = [{ ...first, units: 14 } as typeof first, ...others];
  t.match(configDifferences(was, smallConfig({ model: { layers } })), [
    { path: 'model.layers.0.units', was: '13', is: '14', kind: 'never' },
  ]);
});

t.test('engines and data', async (t) => {
  const engine = { name: 'reference', kernels: null, bits: null, shards: 4 } as const;
  t.strictSame(engineDifferences(engine, engine), []);
  t.match(engineDifferences(engine, { ...engine, name: 'wasm', kernels: 'a' }), [
    { path: 'engine.name', kind: 'forced' },
    { path: 'engine.kernels', was: 'null', is: '"a"', kind: 'forced' },
  ]);
  t.match(engineDifferences(engine, { ...engine, options: { order: 'falling' } }), [
    { path: 'engine.options', was: 'not set', kind: 'forced' },
  ]);
  const fused = { name: 'wasm', kernels: 'a', bits: 'fused', shards: 4 } as const;
  t.strictSame(engineDifferences({ ...fused, blas: null } as typeof fused, fused), [], 'an older record');
  t.match(engineDifferences({ ...fused, name: 'blas', blas: 'OpenBLAS 0.3.21' } as never, fused), [
    { path: 'engine.name', kind: 'free' },
    { path: 'engine.blas', was: '"OpenBLAS 0.3.21"', is: 'not set', kind: 'forced' },
  ]);
  t.match(engineDifferences(fused, { ...fused, name: 'native' }), [{ path: 'engine.name', kind: 'free' }]);
  t.match(engineDifferences(fused, { ...fused, name: 'native', bits: 'separate' }), [
    { path: 'engine.name', kind: 'forced' },
    { path: 'engine.bits', kind: 'forced' },
  ]);
  t.match(engineDifferences({ ...fused, bits: null }, { ...fused, bits: null, name: 'native' }), [
    { path: 'engine.name', kind: 'forced' },
  ]);
  const data = { rows: 1, features: 2, outputs: 3, sha256: 'x' };
  t.match(dataDifferences(data, { ...data, rows: 2 }), [{ path: 'data.rows', kind: 'never' }]);
  t.match(dataDifferences(data, { ...data, sha256: 'y' }), [{ path: 'data.sha256', kind: 'forced' }]);
});

t.test('a schedule that is as long as its run is another one in a longer run', async (t) => {
  const of = (epochs: number, given: { warmup?: string; length?: string }) =>
    smallConfig({ optimizer: { schedule: { name: 'cosine', ...given } }, train: { epochs } });
  t.match(configDifferences(of(1, { warmup: '5 steps' }), of(4, { warmup: '5 steps' })), [
    { path: 'optimizer.schedule.length', was: '"1 epoch"', is: '"4 epochs"', kind: 'forced' },
    { path: 'train.epochs', kind: 'free' },
  ]);
  t.match(configDifferences(of(2, {}), of(4, { length: '2 epochs' })), [
    { path: 'train.epochs', kind: 'free' },
  ]);
  t.match(configDifferences(of(2, { length: '9 epochs' }), of(4, { length: '9 epochs' })), [
    { path: 'train.epochs', kind: 'free' },
  ]);
  t.strictSame(configDifferences(of(2, {}), of(2, {})), []);
  const old = { ...smallConfig(), optimizer: { name: 'sgd' } } as unknown as ReturnType<typeof smallConfig>;
  t.strictSame(configDifferences(old, old), [], 'a run of before there were schedules');
});
