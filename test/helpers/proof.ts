/** A proof in its short form, as a test. */
import t from 'tap';
import { Missing, type Proof } from '../../torture/proof.js';

/** The same cases every time: what is new is for `npm run torture` to find. */
const SEED = 1;
/** A guard that is missing is noticed after a few cases as a rule; a run ends with the first. */
const OFTEN = 8;

/** The promise holds in the short form; and the proof notices each guard that is taken out. */
export function shortForm(proof: Proof, sabotages: readonly string[] = []): void {
  t.test(`${proof.name}: ${proof.what}`, async (t) => {
    try {
      t.pass(JSON.stringify(await proof.run({ count: proof.short, seed: SEED })));
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      t.pass(error.message, { skip: error.message });
    }
  });
  notices(proof, sabotages);
}

/**
 * The proof notices each guard that is taken out.
 * @param often in how many times as many cases as its short form has, at most
 */
export function notices(proof: Proof, sabotages: readonly string[], often = OFTEN): void {
  for (const sabotage of sabotages) {
    t.test(`${proof.name} notices that ${sabotage} is taken out`, async (t) => {
      try {
        await proof.run({ count: often * proof.short, seed: SEED, sabotage });
        t.fail('expected a violation');
      } catch (error) {
        if (error instanceof Missing) t.pass(error.message, { skip: error.message });
        else t.match(error, { name: 'Violation' });
      }
    });
  }
}
