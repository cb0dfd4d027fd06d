import '../helpers/bare.js';
import { join } from 'node:path';
import t from 'tap';
import { keeper, partIn } from '../../torture/part.js';
import { configurations } from '../../torture/proofs/configurations.js';
import { shortForm } from '../helpers/proof.js';

shortForm(configurations, ['gradients', 'threads']);

t.test('a part of a proof goes on where it stood', async (t) => {
  const path = join(t.testdir(), 'part');
  const asked = { seed: 7, first: 100, count: 50 };
  t.equal(partIn(path, asked), asked, 'nothing was kept yet');
  const keep = keeper(path, asked);
  for (let held = 1; held <= 20; held++) keep(held);
  t.same(partIn(path, asked), { seed: 7, first: 101, count: 49 }, 'not more often than once a second');
  keep(20, true);
  const left = { seed: 7, first: 120, count: 30 };
  t.same(partIn(path, { ...asked, seed: 8 }), left);
  keeper(path, left)(30, true);
  t.same(partIn(path, asked), { seed: 7, first: 150, count: 0 });
  keeper(undefined, asked)(3, true);
  t.equal(partIn(undefined, asked), asked);
});
