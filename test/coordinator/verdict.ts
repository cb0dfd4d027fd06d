/** The rule by which a layer's gradients are right, wrong, too small to compare, or not checked. */
import t from 'tap';
import { judge, relativeDifference } from '../../src/coordinator/verdict.js';

/** Gradients (1, 1, 1, 1), numeric ones that are `apart` from them, and their errors. */
const judged = (apart: number, error: number, singleVsThreaded = 0) =>
  judge(
    {
      backprop: new Float64Array(4).fill(1),
      numeric: new Float64Array(4).fill(1 + 2 * apart),
      errors: new Float64Array(4).fill(2 * error),
    },
    singleVsThreaded,
    0,
  );

t.test('right: within 1e-7 by numeric gradients that are exact enough', async (t) => {
  t.match(judged(0, 0), { verdict: 'right', because: null, numericVsBackprop: 0, numericError: 0 });
  t.match(judged(0.99e-7, 2e-8), { verdict: 'right' });
  const { numericVsBackprop, numericError } = judged(5e-8, 2e-8);
  t.ok(Math.abs((numericVsBackprop ?? 0) / 5e-8 - 1) < 1e-6);
  t.ok(Math.abs((numericError ?? 0) / 2e-8 - 1) < 1e-6);
});

t.test('wrong: what no error of the numeric gradient explains', async (t) => {
  t.match(judged(1.01e-7, 0), { verdict: 'wrong', because: 'backpropagation and the loss disagree' });
  t.match(judged(5e-6, 1e-6), { verdict: 'wrong' });
  t.match(judged(0.3, 1e-2), { verdict: 'wrong' });
  t.match(judged(0, 0, 5e-324), { verdict: 'wrong', because: /same bits/ }, 'any difference between threads');
  t.match(judged(0, 0, Number.NaN), { verdict: 'wrong' });
});

t.test('too small: agreement would be luck, disagreement chance', async (t) => {
  t.match(judged(0, 3e-8), { verdict: 'too small' });
  t.match(judged(1.1e-7, 1e-8), { verdict: 'too small' }, 'neither right nor wrong for sure');
  t.match(judged(4e-6, 1e-6), {
    verdict: 'too small',
    because: "the loss's rounding gives numeric gradients an error up to 4e-6 of their size",
  });
  t.match(judged(0.9, 1), { verdict: 'too small', because: /as large as they are$/ });
});

t.test('what rounding leaves of terms that cancel excuses no more than that', async (t) => {
  const backprop = new Float64Array(4).fill(1e-16);
  const numeric = new Float64Array(4);
  const errors = new Float64Array(4).fill(1e-18);
  const by = (size: number) =>
    judge({ backprop, numeric, errors, roundings: new Float64Array(4).fill(size) }, 0, 0);
  t.match(by(1e-15), { verdict: 'too small', because: /^what rounding leaves .* as large as they are$/ });
  t.match(by(1e-17), { verdict: 'wrong' });
});

t.test('zeros', async (t) => {
  const zero = new Float64Array(2);
  const none = { verdict: 'right', numericVsBackprop: 0, numericError: null };
  t.match(judge({ backprop: zero, numeric: zero, errors: Float64Array.of(1, 1) }, 0, 0), none);
  const tiny = Float64Array.of(1e-30, 0);
  t.match(judge({ backprop: tiny, numeric: zero, errors: Float64Array.of(1e-12, 1e-12) }, 0, 0), {
    verdict: 'too small',
    numericVsBackprop: 1,
  });
  t.match(judge({ backprop: zero, numeric: tiny, errors: zero }, 0, 0), { verdict: 'wrong' });
});

t.test('not checked: nothing to compare', async (t) => {
  const empty = new Float64Array(0);
  const nothing = { backprop: empty, numeric: empty, errors: empty };
  const none = { verdict: 'not checked', numericVsBackprop: null, numericError: null };
  t.match(judge(nothing, 0, 1), { ...none, because: 'the only parameter lies at a kink of the activations' });
  for (const error of [Number.NaN, Number.POSITIVE_INFINITY]) {
    t.match(judged(0, error), {
      verdict: 'not checked',
      because: /^the loss is so large/,
      numericError: null,
    });
  }
  t.match(judge(nothing, 0, 24), { ...none, because: 'all 24 parameters lie at a kink of the activations' });
  t.match(judge(nothing, 1e-17, 24), { verdict: 'wrong' }, 'and yet threads can be compared');
});

t.test('numbers that are none', async (t) => {
  const one = Float64Array.of(1);
  const nan = Float64Array.of(Number.NaN);
  t.match(judge({ backprop: nan, numeric: one, errors: Float64Array.of(0) }, 0, 0), { verdict: 'wrong' });
  t.match(judge({ backprop: Float64Array.of(Number.POSITIVE_INFINITY), numeric: one, errors: one }, 0, 0), {
    verdict: 'wrong',
  });
  for (const backprop of [one, nan]) {
    t.match(judge({ backprop, numeric: nan, errors: nan }, 0, 0), {
      verdict: 'not checked',
      because: /not a finite number/,
      numericVsBackprop: null,
    });
  }
});

t.test('relativeDifference, of any size', async (t) => {
  const good = Float64Array.of(1, 2, 3);
  t.equal(relativeDifference(good, good), 0);
  t.ok(relativeDifference(good, Float64Array.of(1, 2, 3.000003)) > 1e-7);
  t.ok(Number.isNaN(relativeDifference(good, Float64Array.of(1, Number.NaN, 3))));
  t.equal(relativeDifference(new Float64Array(3), new Float64Array(3)), 0);
  for (const scale of [1e-200, 1e200]) {
    const half = relativeDifference(Float64Array.of(3 * scale, 4 * scale), Float64Array.of(3 * scale, 0));
    t.ok(Math.abs(half - 4 / 8) < 1e-15, `squares neither vanish nor overflow at ${scale}`);
  }
});
