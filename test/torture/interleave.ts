/** Barrier, steps and evaluation in many interleavings of their threads. */
import '../helpers/bare.js';
import t from 'tap';
import { interleaving } from '../../torture/proofs/interleave.js';
import { shortForm } from '../helpers/proof.js';

t.test('the same seed gives the same interleavings, another seed others', async (t) => {
  const run = (seed: number) => interleaving.run({ count: 10, seed });
  const first = await run(5);
  t.strictSame(await run(5), first);
  t.notSame(await run(6), first);
});

shortForm(interleaving);
