import t from 'tap';
import { configOptions, flag, last, runOptions, setOption, text, whole } from '../../src/commands/options.js';

const rows = whole('', 1, 9);

t.test('whole numbers are digits, within their range', async (t) => {
  t.equal(rows.read(undefined, 'rows'), undefined);
  for (const [digits, value] of Object.entries({ 1: 1, 9: 9, '007': 7 })) {
    t.equal(rows.read(digits, 'rows'), value);
  }
  for (const wrong of ['0', '10', '-1', '+1', '1.0', '1e0', '0x1', '', ' 1', 'one', '1_0', '٣']) {
    t.throws(() => rows.read(wrong, 'rows'), {
      name: 'UserError',
      message: `--rows: expected a whole number from 1 to 9, got "${wrong}"`,
    });
  }
  const { seed } = configOptions;
  t.equal(seed.read('9007199254740991', 'seed'), Number.MAX_SAFE_INTEGER);
  t.throws(() => seed.read('9007199254740992', 'seed'), { name: 'UserError' });
});

t.test('threads: auto by default', async (t) => {
  const { threads } = runOptions;
  t.equal(threads.read(undefined, 'threads'), 'auto');
  t.equal(threads.read('auto', 'threads'), 'auto');
  t.equal(threads.read('256', 'threads'), 256);
  for (const wrong of ['257', '0', 'Auto', '']) {
    t.throws(() => threads.read(wrong, 'threads'), {
      name: 'UserError',
      message: `--threads: expected auto or a whole number from 1 to 256, got "${wrong}"`,
    });
  }
});

t.test('texts and flags', async (t) => {
  t.equal(text('').read('x', 'resume'), 'x');
  t.equal(text('').read(undefined, 'resume'), undefined);
  t.equal(flag('').read(true, 'force'), true);
  t.equal(flag('').read(undefined, 'force'), false);
});

t.test('the last of several wins, but of --set all count', async (t) => {
  t.equal(last(['1', '2']), '2');
  t.equal(rows.read(['x', '2'], 'rows'), 2);
  t.equal(text('').read(['a', 'b'], 'engine'), 'b');
  t.same(setOption.set.read(['a=1', 'b=2'], 'set'), ['a=1', 'b=2']);
});
