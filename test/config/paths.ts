/** Paths in configurations become whole ones, in whichever of its forms a value is; what a program hands over stays as it is. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig, parseConfig } from '../../src/config/load.js';

const rest = { name: 'x', model: { layers: [{ units: 1 }] }, loss: 'mean-squared-error' } as const;

t.test("a path is relative to the configuration's folder, in a text and in a mapping", async (t) => {
  const folder = join(t.testdir(), 'deep');
  mkdirSync(folder);
  const load = async (data: object) => {
    writeFileSync(join(folder, 'c.json'), JSON.stringify({ ...rest, data }));
    return (await loadConfig(join(folder, 'c.json'))).data;
  };
  t.match(await load({ name: 'csv', path: 'a.csv', target: 'y' }), {
    path: join(folder, 'a.csv'),
    target: 'y',
  });
  t.match(await load({ name: 'jsonl', path: { train: 'a', test: '../b' }, target: ['y'] }), {
    path: { train: join(folder, 'a'), test: join(folder, '../b') },
    target: ['y'],
  });
  t.match(await load({ name: 'npy', features: 'a.npz#x', target: { path: 'y.npy', type: 'value' } }), {
    features: join(folder, 'a.npz#x'),
    target: { path: join(folder, 'y.npy'), type: 'value' },
  });
  t.match(await load({ name: 'npy', features: '/x.npy', target: 'y.npy' }), {
    features: '/x.npy',
    target: join(folder, 'y.npy'),
  });
});

t.test('arrays that a program hands over are not copied', async (t) => {
  const features = new Float32Array(6);
  const target = Float64Array.of(1, 2);
  const { data } = parseConfig({ ...rest, data: { name: 'memory', features, width: 3, target } });
  t.ok(data.name === 'memory' && data.features === features && data.target === target);
});
