import '../helpers/bare.js';
import t from 'tap';
import { gradcheck, numericDerivative } from '../../src/api/gradcheck.js';
import type { GradcheckProgress } from '../../src/protocol.js';
import { xor } from '../helpers/xor.js';

t.test('numericDerivative', async (t) => {
  t.ok(Math.abs(numericDerivative((x) => x ** 2, 2) - 4) < 1e-9, "f(x) = x², f'(2) = 4");
  t.ok(Math.abs(numericDerivative(Math.sin, 1) - Math.cos(1)) < 1e-10);
  // of a cubic the central difference is off by exactly h²
  t.ok(Math.abs(numericDerivative((x) => x ** 3, 1, 0.5) - 3.25) < 1e-15);
  t.ok(Number.isNaN(numericDerivative(() => Number.NaN, 1)));
});

// A sigmoid has no kink, so that this holds for any seed.
const smooth = xor({
  model: {
    layers: [
      { units: 5, activation: 'sigmoid' },
      { units: 1, activation: 'sigmoid' },
    ],
  },
});

t.test('a configuration: all parameters, in float64 even where it says float32', async (t) => {
  const model = { ...smooth.model, precision: 'float32' as const };
  const { pass, layers, seconds } = await gradcheck({ ...smooth, model }, { threads: 2 });
  t.ok(pass);
  t.ok(seconds > 0);
  t.match(layers, [
    { name: 'layer1', parameters: 15, checked: 15, singleVsThreaded: 0 },
    { name: 'layer2', parameters: 6, checked: 6, singleVsThreaded: 0 },
  ]);
  for (const layer of layers) t.ok((layer.numericVsBackprop ?? 1) < 1e-8, `${layer.numericVsBackprop}`);
  t.ok(
    layers.some((layer) => (layer.numericVsBackprop ?? 0) > 0),
    'two ways, not one',
  );
});

t.test('a sample of the parameters', async (t) => {
  const { layers } = await gradcheck(smooth, { threads: 1, rows: 2, sample: 4 });
  t.same(
    layers.map(({ checked }) => checked),
    [4, 4],
  );
});

t.test('what the caller can mend', async (t) => {
  const message = (text: string) => ({ name: 'UserError', message: text });
  await t.rejects(
    gradcheck(smooth, { threads: 0 }),
    message('threads: expected a whole number from 1 to 256, got 0'),
  );
  await t.rejects(
    gradcheck(smooth, { rows: 0 }),
    message('rows: expected a whole number, at least 1, got 0'),
  );
  await t.rejects(
    gradcheck(smooth, { sample: 1.5 }),
    message('sample: expected a whole number, at least 1, got 1.5'),
  );
  await t.rejects(gradcheck('no-such.yaml'), { name: 'UserError', message: /no-such\.yaml/ });
  await t.rejects(gradcheck(undefined as never), { name: 'UserError' });
});

t.test('ended by its signal, and by a listener that throws', async (t) => {
  // A million parameters: nobody waits for the end.
  const long = xor({
    model: {
      layers: [
        { units: 1000, activation: 'tanh' },
        { units: 1000, activation: 'tanh' },
        { units: 1, activation: 'sigmoid' },
      ],
    },
  });
  const controller = new AbortController();
  const onProgress = (_: GradcheckProgress) => controller.abort(new Error('enough'));
  await t.rejects(gradcheck(long, { threads: 1, onProgress, signal: controller.signal }), {
    message: 'enough',
  });
  await t.rejects(gradcheck(long, { threads: 1, signal: AbortSignal.abort(new Error('before')) }), {
    message: 'before',
  });
  const throws = () => {
    throw new Error('mine');
  };
  await t.rejects(gradcheck(long, { threads: 1, onProgress: throws }), { message: 'mine' });
});
