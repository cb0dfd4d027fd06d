import t from 'tap';
import { engineOf, last, seedOf, threadsOf, wholeNumber } from '../../src/commands/options.js';

t.test('whole numbers are digits, within their range', async (t) => {
  t.equal(wholeNumber('rows', undefined, 1, 9), undefined);
  for (const [text, value] of Object.entries({ 1: 1, 9: 9, '007': 7 })) {
    t.equal(wholeNumber('rows', text, 1, 9), value);
  }
  for (const text of ['0', '10', '-1', '+1', '1.0', '1e0', '0x1', '', ' 1', 'one', '1_0', '٣']) {
    t.throws(() => wholeNumber('rows', text, 1, 9), {
      name: 'UserError',
      message: `--rows: expected a whole number from 1 to 9, got "${text}"`,
    });
  }
  t.equal(seedOf('9007199254740991'), Number.MAX_SAFE_INTEGER);
  t.throws(() => seedOf('9007199254740992'), { name: 'UserError' });
});

t.test('threads: auto by default', async (t) => {
  t.equal(threadsOf(undefined), 'auto');
  t.equal(threadsOf('auto'), 'auto');
  t.equal(threadsOf('256'), 256);
});

t.test('engines', async (t) => {
  t.equal(engineOf(undefined), undefined);
  t.equal(engineOf('reference'), 'reference');
  t.throws(() => engineOf('was'), {
    message: '--engine: expected auto, wasm, blas or reference, got "was"; did you mean "wasm"?',
  });
  t.throws(() => engineOf('constructor'), { name: 'UserError' });
});

t.test('the last of several wins', async (t) => {
  t.equal(last(['1', '2']), '2');
  t.equal(wholeNumber('rows', ['x', '2'], 1, 9), 2);
});
