/** The rule that chooses an engine, with and without a BLAS. */
import t from 'tap';
import { chooseFor } from '../../src/engines/auto.js';
import type { Blas } from '../../src/engines/blas-library.js';
import { chooseEngine } from '../../src/engines/index.js';
import { network } from '../../src/model/network.js';
import type { Spec } from '../../src/options.js';

const blas: Blas = { path: 'libx.so', name: 'OpenBLAS', version: '1', detail: '', suffix: '' };
const here = () => blas;
const nowhere = () => undefined;
const none = () => 'this is a test';
const net = (...widths: number[]) =>
  network(
    widths[0],
    widths.slice(1).map((units) => ({ units, activation: 'relu' })),
    { name: 'he-uniform' },
  );

t.test('auto takes the addon where it is there', async (t) => {
  const addon = () => ({ set: 'avx2' }) as const;
  for (const batchSize of [1, 128]) {
    t.strictSame(chooseFor(net(784, 100, 100, 10), batchSize, addon, here), {
      choice: { name: 'native' },
      reason: 'products for avx2',
    });
  }
});

t.test('without it, auto takes a BLAS for layers and minibatches of some size', async (t) => {
  t.match(chooseFor(net(784, 100, 100, 10), 128, none, here), {
    choice: { name: 'blas', library: blas },
  });
  t.match(chooseFor(net(784, 100, 100, 10), 128, none, nowhere), {
    choice: { name: 'wasm' },
    reason: /^without native, since this is a test; no BLAS library/,
  });
  t.match(chooseFor(net(784, 100, 100, 10), 1, none, here), {
    choice: { name: 'wasm' },
    reason: /too small/,
  });
  t.match(chooseFor(net(2, 8, 1), 64, none, here), {
    choice: { name: 'wasm' },
    reason: /too small/,
  });
  t.match(chooseFor(net(784, 10), 128, none, here), { choice: { name: 'wasm' } });
});

t.test('what is named is taken, and must be there', async (t) => {
  t.strictSame(chooseEngine({ name: 'wasm' }, net(784, 1000, 1000, 10), 128), {
    choice: { name: 'wasm' },
  });
  t.strictSame(chooseEngine({ name: 'reference' }, net(2, 1), 4), { choice: { name: 'reference' } });
  t.throws(() => chooseEngine({ name: 'blas', library: 'libnix.so' } as Spec, net(2, 1), 4), {
    name: 'UserError',
    message: /^engine\.library: libnix\.so: expected a BLAS library, got none .*install/,
  });
});
