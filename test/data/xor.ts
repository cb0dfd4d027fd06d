/** The XOR family: its four rows, the same in every part. */
import t from 'tap';
import { openData } from '../../src/data/index.js';
import { anyContext } from '../../src/data/source.js';

t.test('four rows, trained, validated and tested on', async (t) => {
  const source = await openData({ name: 'xor' }, anyContext);
  const { rows, features, outputs, featureType, targets, scale } = source;
  t.strictSame([rows, features, outputs, featureType, scale], [4, 2, 1, 'float64', undefined]);
  t.strictSame(targets, { kind: 'values', outputs: 1, type: 'float64' });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const x = new Float64Array(memory.buffer, 0, 8);
  const y = new Float64Array(memory.buffer, 64, 4);
  await source.read({ features: x, targets: y });
  for (let row = 0; row < 4; row++) t.equal(y[row], x[2 * row] ^ x[2 * row + 1]);
  t.strictSame([...x], [0, 1, 1, 0, 0, 0, 1, 1], 'in the order of the exercise');
  t.strictSame(source.parts, { train: 4, validation: 4, test: 4 });
  const { train, validation, test } = source.split(34);
  for (const part of [train, validation, test]) t.strictSame([...part], [0, 1, 2, 3]);
  train[0] = 3;
  t.equal(validation[0], 0, 'the parts do not share memory: shuffling one leaves the others');
});
