/** Philox against the known answers of its authors' library; keys. */
import t from 'tap';
import { keyOf, philox } from '../src/philox.js';

const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, '0')).join(' ');

t.test('the known answers of Random123 for philox4x32-10', async (t) => {
  t.equal(hex(philox([0, 0, 0, 0], [0, 0])), '6627e8d5 e169c58d bc57ac4c 9b00dbd8');
  const ones = 0xffffffff;
  t.equal(hex(philox([ones, ones, ones, ones], [ones, ones])), '408f276d 41c83b0e a20bc7c6 6d5451fd');
  const pi = philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]);
  t.equal(hex(pi), 'd16cfe09 94fdcceb 5001e420 24126ea1');
});

t.test('a key is that of its seed and its layer alone', async (t) => {
  t.strictSame(keyOf(5, 1), keyOf(5, 1));
  const seeds = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1];
  const keys = seeds.flatMap((seed) => [0, 1, 2].map((layer) => hex(keyOf(seed, layer))));
  t.equal(new Set(keys).size, keys.length);
  for (const word of keyOf(7, 3)) t.ok(Number.isInteger(word) && word >= 0 && word < 2 ** 32);
});

t.test('the numbers are spread evenly', async (t) => {
  const key = keyOf(3, 0);
  const n = 20_000;
  let below = 0;
  const bits = new Uint32Array(32);
  for (let i = 0; i < n / 4; i++) {
    for (const word of philox([i, 0, 0, 0], key)) {
      if (word < 0.2 * 2 ** 32) below++;
      for (let bit = 0; bit < 32; bit++) bits[bit] += (word >>> bit) & 1;
    }
  }
  // Five standard deviations.
  t.ok(Math.abs(below - 0.2 * n) < 5 * Math.sqrt(n * 0.2 * 0.8), `${below} of ${n}`);
  for (const count of bits) t.ok(Math.abs(count - n / 2) < 5 * Math.sqrt(n / 4), `${count} of ${n}`);
});
