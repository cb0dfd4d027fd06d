/** The oracle against arithmetic done by hand: every other engine is only compared with it. */
import t from 'tap';
import { createReference } from '../../src/engines/reference.js';
import { MOST_SCALARS } from '../../src/optimizers/optimizer.js';
import { Board } from '../helpers/board.js';
import { rank1Steps, stateSteps, steps } from '../helpers/odd.js';

const memory = { buffer: new ArrayBuffer(1 << 16) };
const engine = createReference(memory);

let end = 0;
/** Places float64 values, and gives their offset. */
function put(...values: number[]): number {
  const at = end;
  new Float64Array(memory.buffer, at, values.length).set(values);
  end += 8 * values.length;
  return at;
}
const room = (n: number) => put(...new Array(n).fill(Number.NaN));
const get = (at: number, n: number) => Array.from(new Float64Array(memory.buffer, at, n));

t.test('dense layers', (t) => {
  const x = put(1, 2, 3, 4, 5, 6);
  const w = put(1, -1, 0.5, 2, 0, 10);
  const u = room(4);
  engine.dense_forward(x, w, put(100, 200), u, 2, 3, 2, 0);
  t.same(get(u, 4), [102, 233, 106.5, 266], 'two rows of three inputs to two units');

  const delta = put(1, 2, 3, 4);
  const dx = room(6);
  engine.dense_backward_input(delta, w, dx, 2, 3, 2, 0);
  t.same(get(dx, 6), [-1, 4.5, 20, -1, 9.5, 40]);

  const dw = room(6);
  const db = room(2);
  engine.dense_backward_weights(x, delta, dw, 2, 3, 2, 0, 3, 0);
  engine.dense_backward_biases(delta, db, 2, 2);
  t.same(get(dw, 6), [13, 18, 17, 24, 21, 30]);
  t.same(get(db, 2), [4, 6]);
  engine.dense_backward_weights(x + 24, delta + 16, dw, 1, 3, 2, 1, 2, 0);
  t.same(get(dw, 4), [15, 20, 18, 24], 'the second row alone, the second and third input');

  const b = put(1, 1);
  engine.optimizers.sgd.rank1?.(x, delta, w, b, 3, 2, 0.5);
  t.same([...get(w, 6), ...get(b, 2)], [0.5, -2, -0.5, 0, -1.5, 7, 0.5, 0]);
  t.end();
});

t.test('16 bits: the nearest number, ties to even, and what that leaves out', (t) => {
  // By hand, and as PyTorch has them, but for the NaN: torch.tensor([…]).bfloat16().view(torch.int16)
  const sent: [number, number][] = [
    [1, 0x3f80],
    [-2.5, 0xc020],
    [1 + 2 ** -8, 0x3f80],
    [1 + 3 * 2 ** -8, 0x3f82],
    [1 + 2 ** -8 + 2 ** -20, 0x3f81],
    [3.3895e38, 0x7f7f],
    [3.4e38, 0x7f80],
    [-1e39, 0xff80],
    [2 ** -133, 1],
    [2 ** -134, 0],
    [-(3 * 2 ** -134), 0x8002],
    [Number.NaN, 0x7fc0],
  ];
  const n = sent.length;
  const x = put(...sent.map(([value]) => value));
  const rest = put(...new Array(n).fill(0));
  const halves = room(n);
  engine.halves_pack(x, rest, 1, halves, n);
  t.same(
    Array.from(new Uint16Array(memory.buffer, halves, n)),
    sent.map(([, bits]) => bits),
  );
  t.same(get(rest, 5), [0, 0, 2 ** -8, -(2 ** -8), 2 ** -20 - 2 ** -8]);
  engine.halves_pack(x, rest, 4, halves, 3);
  t.same(get(rest, 3), [0, 0, 2 ** -8]);
  engine.halves_unpack(halves, x, 3);
  t.same(get(x, 3), [1, -2.5, 1 + 2 ** -6]);
  t.end();
});

t.test('the sum over shards is a fixed tree', (t) => {
  const big = 2 ** 53;
  const dst = room(1);
  const sum = (...shards: number[]) => {
    engine.shards_sum(dst, put(...shards), 8, shards.length, 1);
    return get(dst, 1)[0];
  };
  t.equal(sum(big, 1, 1, -big), big + (1 - big), '(g0 + g1) + (g2 + g3)');
  t.equal(sum(big, 1, 1), big + 1 + 1, '(g0 + g1) + g2');
  t.equal(sum(big, 0, 0, 0, 1, 1), big + 2, 'a block of 4, then one of 2');
  t.equal(sum(...new Array(16).fill(0), 1, 1, big, 0, 0), 2 + big, '16, then 4, then 1');
  t.equal(sum(...new Array(8).fill(1), ...new Array(8).fill(2), 5), 29);
  t.equal(sum(big, 0, 0, 0, 1, 0, 1), big + 2, 'tree(7) = tree(4) + (tree(2) + tree(1))');
  const blocks = (...first: number[]) => first.flatMap((value) => [value, ...new Array(15).fill(0)]);
  t.equal(sum(...blocks(big, 0, 1, 1)), big + 2, '64 are halved');
  t.equal(sum(...blocks(big, 1, 1)), big, '48 = 32 + 16');
  t.equal(sum(...blocks(big, 1), 1, 1), big + 2, '34 = 32 + 2');
  t.equal(sum(7), 7);
  t.end();
});

t.test('rows are gathered in order', (t) => {
  const order = end;
  new Uint32Array(memory.buffer, order, 2).set([2, 0]);
  end += 8;
  const bytes = end;
  new Uint8Array(memory.buffer, bytes, 6).set([0, 51, 2, 3, 255, 102]);
  end += 8;
  const x = room(6);
  engine.gather.uint8.none(bytes, order, x, 2, 2);
  t.same(get(x, 4), [255, 102, 0, 51]);
  engine.gather.uint8.one(bytes, order, x, 2, 2, 1 / 256, 1 / 1024, 3);
  t.same(get(x, 2), [3 + 255 / 256 + 255 / 1024, 3 + 102 / 256 + 102 / 1024]);
  const values = put(1, 2, 3, 4, 5, 6);
  engine.gather.float64.none(values, order, x, 2, 2);
  t.same(get(x, 4), [5, 6, 1, 2]);
  engine.gather.float64.columns(values, order, x, 2, 2, put(2, 3), put(10, -1));
  t.same(get(x, 4), [20, 17, 12, 5]);
  const ints = end;
  new Int32Array(memory.buffer, ints, 6).set([-1, 2, 3, 4, -5, 6]);
  end += 24;
  engine.gather.int32.none(ints, order, x, 2, 2);
  t.same(get(x, 4), [-5, 6, -1, 2]);
  const singles = end;
  new Float32Array(memory.buffer, singles, 6).set([0.1, 2, 3, 4, 5, 6]);
  end += 24;
  engine.gather.float32.none(singles, order, x, 2, 2);
  t.same(get(x, 4), [5, 6, Math.fround(0.1), 2]);
  const classes = end;
  new Uint8Array(memory.buffer, classes, 3).set([1, 0, 2]);
  engine.gather_classes.uint8(classes, order, x, 2, 3);
  t.same(get(x, 6), [0, 0, 1, 0, 1, 0]);
  new Uint16Array(memory.buffer, classes, 3).set([300, 0, 2]);
  end += 8;
  const wide = room(602);
  engine.gather_classes.uint16(classes, order, wide, 2, 301);
  t.same(
    [...get(wide, 602).entries()].filter(([, value]) => value !== 0),
    [
      [2, 1],
      [601, 1],
    ],
  );
  t.end();
});

t.test('update', (t) => {
  const g = put(1, 2, 3);
  engine.scale(g, 3, 0.5);
  t.same(get(g, 3), [0.5, 1, 1.5]);
  const theta = put(1, 1, 1);
  engine.optimizers.sgd.step(theta, g, [0], 3, 1, 2, new Float64Array(MOST_SCALARS));
  t.same(get(theta, 3), [0, -1, -2]);
  t.end();
});

t.test('a new parameter that is not finite is noticed', (t) => {
  const own = { buffer: new ArrayBuffer(1 << 16) };
  const wrong = [...steps(5, 'float64'), ...stateSteps(5, 'float64'), ...rank1Steps(3, 4, 'float64')]
    .filter(({ operation, finite }) => {
      const verdict = operation(createReference(own), new Board(own, 'float64')).finite[0];
      return verdict !== Number(finite);
    })
    .map(({ title }) => title);
  t.same(wrong, []);
  t.end();
});
