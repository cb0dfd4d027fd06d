/** The rule that chooses an engine, with and without the addon. */
import t from 'tap';
import { choose } from '../../src/engines/auto.js';
import { chooseEngine } from '../../src/engines/index.js';

t.test('auto takes the addon where it is there, else the kernels', async (t) => {
  t.strictSame(
    choose(() => ({ set: 'avx2' })),
    { choice: { name: 'native' }, reason: 'products for avx2' },
  );
  t.strictSame(
    choose(() => 'this is a test'),
    { choice: { name: 'wasm' }, reason: 'without native, since this is a test' },
  );
});

t.test('what is named is taken, with its options', async (t) => {
  t.strictSame(chooseEngine({ name: 'wasm' }), { choice: { name: 'wasm' } });
  const spec = { name: 'reference', order: 'falling' };
  t.strictSame(chooseEngine(spec), { choice: spec });
});
