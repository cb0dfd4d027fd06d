/** Which parameters are compared: drawn by the seed, and others for those that lie at kinks. */
import t from 'tap';
import { Sample } from '../../src/coordinator/sample.js';

const layer = { name: 'layer2', first: 100, parameters: 40 };

/** What a worker finds: each parameter's derivative is its index, its error a tenth of it. */
const found = (indices: Uint32Array, atKink: (index: number) => boolean) => ({
  indices,
  derivatives: Float64Array.from(indices),
  errors: Float64Array.from(indices, (index) => index / 10),
  kinks: Uint8Array.from(indices, (index) => Number(atKink(index))),
});

/** Draws until there is nothing more to draw. @returns the sample and how many were drawn in each round */
function drawn(sample: number | null, seed: number, atKink: (index: number) => boolean = () => false) {
  const result = new Sample(layer, sample, seed);
  const rounds: number[] = [];
  for (let next = result.next(); next.length > 0; next = result.next()) {
    rounds.push(next.length);
    result.take(found(next, atKink), 0, next.length);
  }
  return { result, rounds };
}

t.test('all, or so many by the seed', async (t) => {
  const everything = Array.from({ length: 40 }, (_, k) => 100 + k);
  t.same([...drawn(null, 1).result.indices], everything);
  t.same([...drawn(41, 1).result.indices], everything);
  const some = [...drawn(5, 1).result.indices];
  t.equal(new Set(some).size, 5);
  t.ok(some.every((index) => everything.includes(index)));
  t.same([...drawn(5, 1).result.indices], some, 'the same for one seed');
  t.notSame([...drawn(5, 2).result.indices], some, 'others for another');
  t.same(drawn(5, 1).rounds, [5]);
});

t.test('others for those at kinks, until there are enough', async (t) => {
  const odd = (index: number) => index % 2 === 1;
  const { result } = drawn(12, 1, odd);
  t.equal(result.indices.length, 12);
  t.notOk(result.indices.some(odd));
  t.ok(result.kinks > 0);
  t.same([...result.numeric], [...result.indices]);
  t.same(
    [...result.errors],
    Array.from(result.indices, (index) => index / 10),
  );
  t.equal(new Set(result.indices).size, 12);
});

t.test('all at kinks but one, or all: each is tried once, in few rounds', async (t) => {
  const { result, rounds } = drawn(1, 3, (index) => index !== 117);
  t.same([...result.indices], [117]);
  t.ok(rounds.length <= 7, `${rounds}`);
  const none = drawn(2, 3, () => true);
  t.equal(none.result.indices.length, 0);
  t.equal(none.result.kinks, 40);
  t.equal(
    none.rounds.reduce((sum, each) => sum + each, 0),
    40,
  );
});

t.test('better derivatives take the place of those there are', async (t) => {
  const { result } = drawn(3, 1);
  const { indices } = result;
  const better = { ...found(indices, () => false), derivatives: Float64Array.of(7, 8, 9) };
  result.improve({ ...better, errors: new Float64Array(3) });
  t.same([...result.numeric], [7, 8, 9]);
  t.same([...result.errors], [0, 0, 0]);
});
