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
  engine.gather_bytes(bytes, order, x, 2, 2);
  t.same(get(x, 4), [1, 0.4, 0, 0.2]);
  engine.gather_values(put(1, 2, 3, 4, 5, 6), order, x, 2, 2);
  t.same(get(x, 4), [5, 6, 1, 2]);
  const classes = end;
  new Uint8Array(memory.buffer, classes, 3).set([1, 0, 2]);
  end += 8;
  engine.gather_classes(classes, order, x, 2, 3);
  t.same(get(x, 6), [0, 0, 1, 0, 1, 0]);
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
