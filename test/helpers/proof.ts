/** A proof in its short form, as a test. */
import t from 'tap';
import { Missing, type Proof } from '../../torture/proof.js';

/** The same cases every time: what is new is for `npm run torture` to find. */
const SEED = 1;
/** A guard that is missing is noticed after a few cases as a rule; a run ends with the first. */
const OFTEN = 8;

/**
 * The promise holds in the short form; and the proof notices each guard that is taken out.
 * @param often in how many times as many cases at most
 */
export function shortForm(proof: Proof, sabotages: readonly string[] = [], often = OFTEN): void {
  t.test(`${proof.name}: ${proof.what}`, async (t) => {
    try {
      t.pass(JSON.stringify(await proof.run({ count: proof.short, seed: SEED })));
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      t.pass(error.message, { skip: error.message });
    }
  });
  for (const sabotage of sabotages) {
    t.test(`${proof.name} notices that ${sabotage} is taken out`, async (t) => {
      await t.rejects(proof.run({ count: often * proof.short, seed: SEED, sabotage }), { name: 'Violation' });
    });
  }
}
