/** Keyed streams: equal keys, equal numbers; and their distributions. */
import seedrandom from 'seedrandom';
import t from 'tap';
import { keyed, shuffle } from '../src/random.js';

t.test('a stream depends on its key alone', async (t) => {
  const first = keyed(1, 'shuffle', 0);
  const numbers = [first.uniform(), first.normal(), first.below(10)];
  keyed(2, 'shuffle', 0).uniform();
  const again = keyed(1, 'shuffle', 0);
  t.strictSame([again.uniform(), again.normal(), again.below(10)], numbers);
  t.not(keyed(1, 'shuffle', 1).uniform(), numbers[0]);
  t.not(keyed(1, 'init', 0).uniform(), numbers[0]);
});

t.test('the numbers are those of seedrandom', async (t) => {
  const long = (k: number) => 'wide '.repeat(k) + k;
  for (const key of ['', '34/shuffle/7', 'é∇𝄞/1', ...[20, 51, 52, 200].map(long)]) {
    const theirs = seedrandom(key);
    const ours = keyed(key);
    for (let k = 0; k < 3000; k++) {
      const same =
        k % 3 > 0
          ? ours.uniform() === theirs.double()
          : ours.below(1_000_003) === Math.floor(theirs.quick() * 1_000_003);
      if (!same) t.fail(`"${key.slice(0, 20)}", number ${k}`);
    }
  }
});

t.test('uniform, normal and below have the moments that they should', async (t) => {
  const random = keyed('moments');
  const n = 20_000;
  const mean = (draw: () => number) => Array.from({ length: n }, draw).reduce((sum, x) => sum + x) / n;
  t.ok(Math.abs(mean(() => random.uniform()) - 0.5) < 0.01);
  t.ok(Math.abs(mean(() => random.normal())) < 0.03);
  t.ok(Math.abs(mean(() => random.normal() ** 2) - 1) < 0.05);
  t.ok(Math.abs(mean(() => random.below(7)) - 3) < 0.06);
});

t.test('shuffle keeps every item and mixes evenly', async (t) => {
  const items = Uint32Array.from({ length: 100 }, (_, k) => k);
  const shuffled = shuffle(items.slice(), keyed('a'));
  t.strictSame(shuffled.slice().sort(), items);
  t.notOk(shuffled.every((item, k) => item === k));
  // Of three items, each of the six orders comes up about as often.
  const counts = new Map<string, number>();
  const random = keyed('orders');
  for (let k = 0; k < 6000; k++) {
    const order = shuffle(Uint32Array.of(0, 1, 2), random).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  t.equal(counts.size, 6);
  for (const count of counts.values()) t.ok(count > 850 && count < 1150, `${count} of 1000`);
});
