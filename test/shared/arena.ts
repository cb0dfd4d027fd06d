/** The plan of the shared memory, and the cutting of work. */
import t from 'tap';
import { largestTile, tilesOf } from '../../src/averaging/tiles.js';
import { network } from '../../src/model/network.js';
import { cut, defaultShards, shardsOf } from '../../src/plan/shards.js';
import { ArenaPlan, view } from '../../src/shared/arena.js';
import { sliceOf } from '../../src/worker/averaging/slice.js';

t.test('regions start on cache lines, do not overlap, and are views of one shared memory', async (t) => {
  const plan = new ArenaPlan();
  const a = plan.add('a', 'uint8', 3);
  const b = plan.add('b', 'float64', 9);
  const c = plan.add('c', 'float32', 1);
  t.strictSame([a.offset, b.offset, c.offset], [64, 128, 256]);
  const memory = plan.allocate();
  t.ok(memory.buffer instanceof SharedArrayBuffer);
  view(memory, { ...b, type: 'float64' })[8] = 1;
  t.equal(view(memory, { ...a, type: 'uint8' }).length, 3);
  t.equal(view(memory, { ...c, type: 'float32' })[0], 0);
});

t.test('groups of regions; what the machine refuses to allocate', async (t) => {
  const plan = new ArenaPlan();
  plan.add('parameters', 'float32', 2 ** 20);
  plan.add('threads.0.h', 'float64', 2 ** 29);
  plan.add('threads.1.h', 'float64', 2 ** 29);
  t.strictSame(
    [...plan.groups()],
    [
      ['parameters', 2 ** 22],
      ['threads', 2 ** 33],
    ],
  );
  t.throws(() => plan.allocate(), {
    name: 'UserError',
    message: /^could not allocate 8,196 MiB of shared memory/,
  });
});

t.test('cuts cover everything once, in order, as evenly as can be', async (t) => {
  for (const [count, parts] of [
    [10, 3],
    [128, 8],
    [127, 16],
    [5, 5],
    [1, 1],
  ]) {
    const edges = Array.from({ length: parts + 1 }, (_, k) => cut(count, parts, k));
    t.equal(edges[0], 0);
    t.equal(edges[parts], count);
    const sizes = edges.slice(1).map((edge, k) => edge - edges[k]);
    t.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
  }
});

t.test('slices of the parameters meet on cache lines', async (t) => {
  for (const bytes of [4, 8]) {
    for (const threads of [1, 2, 3, 7]) {
      let at = 0;
      for (let k = 0; k < threads; k++) {
        const { from, to } = sliceOf(89_610, bytes, threads, k);
        t.equal(from, at);
        t.ok(from % (64 / bytes) === 0);
        at = to;
      }
      t.equal(at, 89_610);
    }
  }
});

t.test('shards follow from the batch size', async (t) => {
  const shards = [1, 15, 16, 32, 64, 128, 256, 1024, 100_000].map((rows) => defaultShards(rows));
  t.strictSame(shards, [1, 1, 1, 2, 4, 8, 16, 16, 16]);
  t.equal(shardsOf(3, 8), 3);
});

t.test(
  'every parameter is in exactly one tile, and large tiles are no larger than they should be',
  async (t) => {
    for (const widths of [
      [784, 100, 100, 10],
      [2, 8, 1],
      [33, 1, 70_000, 3],
    ]) {
      const net = network(
        widths[0],
        widths.slice(1).map((units) => ({ units, activation: 'relu' })),
        { name: 'he-uniform' },
      );
      const covered = new Uint8Array(net.parameters);
      const tiles = tilesOf(net);
      t.equal(largestTile(net), Math.max(...tiles.map((tile) => tile.values)));
      for (const tile of tiles) {
        const { shape } = net.layers[tile.layer].tensors[tile.tensor];
        t.equal(tile.values, tile.count * shape[shape.length - 1]);
        t.ok(tile.count <= 1 || tile.values <= 65_536);
        for (let k = 0; k < tile.values; k++) covered[tile.parameter + k]++;
      }
      t.ok(covered.every((times) => times === 1));
    }
  },
);
