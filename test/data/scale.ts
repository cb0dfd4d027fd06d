/** Scales in two parts. */
import t from 'tap';
import { partsFor, reciprocal, scaleFor } from '../../src/data/scale.js';

const { fround } = Math;

t.test('every byte divided by 255, 100, 127.5 and more, to the last bit', (t) => {
  for (const divisor of [255, 256, 100, 127.5, 3, 1000, 65_535, 0.1, 1e9]) {
    const exact = reciprocal(divisor);
    const single = partsFor(exact, 'float32');
    const double = partsFor(exact, 'float64');
    const wrong: number[] = [];
    for (let byte = 0; byte < 256; byte++) {
      const sum = fround(fround(byte * single.high) + fround(byte * single.low));
      const sound =
        fround(byte * single.high) === byte * single.high &&
        Object.is(sum, fround(byte / divisor)) &&
        Object.is(byte * double.high + byte * double.low, byte / divisor);
      if (!sound) wrong.push(byte);
    }
    t.strictSame(wrong, [], `${divisor}`);
  }
  t.end();
});

t.test('what one number alone does not give', (t) => {
  const wrong = Array.from({ length: 256 }, (_, byte) => byte).filter(
    (byte) => byte * (1 / 255) !== byte / 255,
  );
  t.ok(wrong.length > 0);
  t.end();
});

t.test('what an engine is handed', (t) => {
  t.strictSame(scaleFor({}, 'float32'), { kind: 'none' });
  const columns = { kind: 'columns', scales: Float64Array.of(1), offsets: Float64Array.of(2) } as const;
  t.strictSame(scaleFor({ scale: columns }, 'float32'), { kind: 'columns' });
  const one = { kind: 'one', ...reciprocal(255), offset: -1 } as const;
  t.strictSame(scaleFor({ scale: one }, 'float32'), { kind: 'one', ...partsFor(one, 'float32'), offset: -1 });
  t.end();
});
